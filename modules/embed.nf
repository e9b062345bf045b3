// The frozen trunk, run once per window of a few shards, for all tissues: it depends on windows, genome and checkpoint alone.
// With `store`, which must not depend on anything else, a task whose output is in the folder does not run; the engine then takes no
// output but files, so that there is no version line here.
include { flags; word; words } from './flags'

process EMBED {
    tag "${shards.join(' ').take(60)}"
    label 'gpu'
    storeDir "${store}"

    input:
    val sources
    tuple val(shards), val(store) // store: the folder that keeps the embeddings between runs, or an empty text
    path windows
    path genome, stageAs: 'genome/*', arity: '1..*'
    tuple val(checkpoint), path(weights, stageAs: 'checkpoint/*')
    val settings

    output:
    path 'embeddings/*-*.{npy,json}', arity: '1..*', emit: embeddings
    path "embeddings/${shards[0]}.accounting.json", emit: accounting

    script:
    def sizes = [crop: settings.crop, width: settings.pool_width, 'sequences-per-shard': settings.sequences_per_shard]
    """
    # ${sources}
    embed_sequences.py --checkpoint ${word("checkpoint/${checkpoint}")} --bed ${words(windows)} --fasta ${word(genome[0])} ${flags(sizes)} \\
        --shards ${word(shards.join(','))} --out embeddings
    mv embeddings/accounting.json ${word("embeddings/${shards[0]}.accounting.json")}
    """

    stub:
    """
    mkdir embeddings
    touch ${words(shards.collectMany { shard -> ["embeddings/${shard}.npy", "embeddings/${shard}.json"] })} ${word("embeddings/${shards[0]}.accounting.json")}
    """
}
