// The frozen trunk, run once per window of a few shards, for all tissues: it depends on windows, genome and checkpoint alone.
include { flags; word; words } from './flags'

process EMBED {
    tag "${shards.join(' ').take(60)}"
    label 'gpu'

    input:
    val sources
    val shards
    path windows
    path genome, stageAs: 'genome/*', arity: '1..*'
    tuple val(checkpoint), path(weights, stageAs: 'checkpoint/*')
    val settings

    output:
    path 'embeddings/*-*.{npy,json}', arity: '1..*', emit: embeddings
    path 'embeddings/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('embed_sequences.py --version'), topic: versions

    script:
    def sizes = [crop: settings.crop, width: settings.pool_width, 'sequences-per-shard': settings.sequences_per_shard]
    """
    # ${sources}
    embed_sequences.py --checkpoint ${word("checkpoint/${checkpoint}")} --bed ${words(windows)} --fasta ${word(genome[0])} ${flags(sizes)} \\
        --shards ${word(shards.join(','))} --out embeddings
    """

    stub:
    """
    mkdir embeddings
    touch ${words(shards.collectMany { shard -> ["embeddings/${shard}.npy", "embeddings/${shard}.json"] })} embeddings/accounting.json
    """
}
