// Variants checked against the genome, sorted, and cut into shards by chromosome and position.
include { flags; word; words } from './flags'

process SPLIT_VARIANTS {
    label 'cpu_shard'

    input:
    val sources
    path variants, stageAs: 'input/?/*', arity: '1..*'
    path genome, stageAs: 'genome/*', arity: '1..*'
    val shardSize

    output:
    path 'variants/variants-*.tsv', arity: '1..*', emit: shards
    path 'rejected_variants/accounting.json', emit: accounting
    path 'rejected_variants/rejected.tsv.gz', emit: rejected
    tuple val(task.process), val('tcra'), eval('split_variants.py --version'), topic: versions

    script:
    """
    # ${sources}
    split_variants.py --variants ${words(variants)} --fasta ${word(genome[0])} ${flags('shard-size': shardSize)} --out variants
    mkdir rejected_variants
    mv variants/accounting.json variants/rejected.tsv.gz rejected_variants/
    """

    stub:
    """
    mkdir variants rejected_variants
    touch variants/variants-{1,2}-00000.tsv rejected_variants/{accounting.json,rejected.tsv.gz}
    """
}
