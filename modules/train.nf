// The last layers, trained on the tissue's own tracks from cached embeddings.
process TRAIN {
    label 'gpu'

    input:
    val sources
    path tfrecords, stageAs: 'dataset/tfrecords/*', arity: '1..*'
    path dataset, stageAs: 'dataset/*'
    path embeddings, stageAs: 'embeddings/*', arity: '1..*'
    tuple val(checkpoint), path(weights, stageAs: 'checkpoint/*')
    val settings

    output:
    path 'model', emit: model
    path 'model/history.parquet', emit: history
    path 'model/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('train_tracks.py --version'), topic: versions

    script:
    def batch = settings.batch_size ? "--batch-size ${settings.batch_size}" : ''
    def rate = settings.learning_rate != null ? "--learning-rate ${settings.learning_rate}" : ''
    """
    # ${sources}
    train_tracks.py --checkpoint checkpoint/${checkpoint} --tfrecords dataset --embeddings embeddings \\
        --scope ${settings.scope} --steps ${settings.train_steps} ${batch} ${rate} \\
        --evaluate-every ${settings.evaluate_every} --patience ${settings.patience} --seed ${settings.seed} --out model
    """

    stub:
    """
    mkdir -p model/variables
    touch model/{model.json,history.parquet,accounting.json} model/variables/variables.index
    """
}
