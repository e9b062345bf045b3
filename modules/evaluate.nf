// Correlation of predicted and measured coverage, track by track.
process EVALUATE {
    label 'gpu'

    input:
    val sources
    path model
    path tfrecords, stageAs: 'dataset/tfrecords/*', arity: '1..*'
    path dataset, stageAs: 'dataset/*'
    path embeddings, stageAs: 'embeddings/*', arity: '1..*'

    output:
    path 'track_correlations.parquet', emit: correlations
    path 'track_correlations.parquet.accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('evaluate_tracks.py --version'), topic: versions

    script:
    """
    # ${sources}
    evaluate_tracks.py --model ${model} --tfrecords dataset --embeddings embeddings --out track_correlations.parquet
    """

    stub:
    """
    touch track_correlations.parquet track_correlations.parquet.accounting.json
    """
}
