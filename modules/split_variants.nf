// Variants checked against the genome, sorted, and cut into shards by chromosome and position.
process SPLIT_VARIANTS {
    label 'cpu_shard'

    input:
    val sources
    path variants
    path fasta
    val shardSize
    val checked

    output:
    path 'variants/variants-*.tsv', emit: shards
    path 'variants/accounting.json', emit: accounting
    path 'variants/rejected.tsv.gz', emit: rejected
    tuple val(task.process), val('tcra'), eval('split_variants.py --version'), topic: versions

    script:
    """
    # ${sources}
    split_variants.py --variants ${variants} --fasta ${fasta[0]} --shard-size ${shardSize} --out variants
    """

    stub:
    """
    mkdir variants
    touch variants/variants-1-00000.tsv variants/variants-2-00000.tsv variants/accounting.json variants/rejected.tsv.gz
    """
}
