// The last layers, trained on a tissue's own tracks, from cached embeddings if there are any.
include { flags; word; words } from './flags'

process TRAIN {
    tag "${tissue}"
    label 'gpu'

    input:
    val sources
    tuple val(tissue), path(tfrecords, stageAs: 'dataset/tfrecords/*', arity: '1..*'), path(dataset, stageAs: 'dataset/*'),
        path(embeddings, stageAs: 'embeddings/*', arity: '0..*')
    tuple val(checkpoint), path(weights, stageAs: 'checkpoint/*')
    val settings

    output:
    tuple val(tissue), path("${tissue}/model"), emit: model
    tuple val(tissue), path("${tissue}/model/history.parquet"), emit: history
    path "${tissue}/model/accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('train_tracks.py --version'), topic: versions

    script:
    def cached = embeddings ? '--embeddings embeddings' : ''
    def schedule = settings.subMap(['scope', 'patience', 'seed']) + [
        'trunk-mode': settings.trunk_mode, steps: settings.train_steps, 'batch-size': settings.batch_size,
        'learning-rate': settings.learning_rate, 'evaluate-every': settings.evaluate_every,
    ]
    """
    # ${sources}
    train_tracks.py --checkpoint ${word("checkpoint/${checkpoint}")} --tfrecords dataset ${cached} ${flags(schedule)} --out ${word("${tissue}/model")}
    """

    stub:
    """
    mkdir -p ${tissue}/model/variables
    touch ${tissue}/model/{history.parquet,accounting.json} ${tissue}/model/variables/variables.index
    printf '{"trunk": "stub", "of": "%s"}' "\$(cat ${words(dataset)} | tr -d '\n"')" > ${tissue}/model/model.json
    """
}
