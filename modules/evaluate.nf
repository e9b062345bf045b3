// Correlation of predicted and measured coverage, track by track.
include { word; words } from './flags'

process EVALUATE {
    tag "${tissue}"
    label 'gpu'

    input:
    val sources
    tuple val(tissue), path(model), path(tfrecords, stageAs: 'dataset/tfrecords/*', arity: '1..*'), path(dataset, stageAs: 'dataset/*'),
        path(embeddings, stageAs: 'embeddings/*', arity: '0..*')

    output:
    tuple val(tissue), path("${tissue}/evaluation/track_correlations.parquet"), emit: correlations
    path "${tissue}/evaluation/track_correlations.parquet.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('evaluate_tracks.py --version'), topic: versions

    script:
    def cached = embeddings ? '--embeddings embeddings' : ''
    """
    # ${sources}
    mkdir -p ${word("${tissue}/evaluation")}
    evaluate_tracks.py --model ${words(model)} --tfrecords dataset ${cached} --out ${word("${tissue}/evaluation/track_correlations.parquet")}
    """

    stub:
    """
    mkdir -p ${tissue}/evaluation
    touch ${tissue}/evaluation/track_correlations.parquet{,.accounting.json}
    """
}
