// The frozen trunk, run once per window of a few shards.
process EMBED {
    tag "${tissue}, ${tfrecords*.baseName.join(' ').take(60)}"
    label 'gpu'

    input:
    val sources
    tuple val(tissue), path(tfrecords, stageAs: 'dataset/tfrecords/*', arity: '1..*'), path(dataset, stageAs: 'dataset/*')
    tuple val(checkpoint), path(weights, stageAs: 'checkpoint/*')

    output:
    tuple val(tissue), path('embeddings/*-*.{npy,json}'), emit: embeddings
    path 'embeddings/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('embed_sequences.py --version'), topic: versions

    script:
    """
    # ${sources}
    embed_sequences.py --checkpoint checkpoint/${checkpoint} --tfrecords dataset --shards ${tfrecords*.baseName.join(',')} --out embeddings
    """

    stub:
    """
    mkdir embeddings
    touch ${tfrecords.collect { file -> "embeddings/${file.baseName}.npy embeddings/${file.baseName}.json" }.join(' ')} embeddings/accounting.json
    """
}
