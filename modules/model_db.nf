// A tissue's model databases: one PredictDB file and covariance table per SNP set.
include { word; words } from './flags'

process MODEL_DB {
    tag "${tissue}"
    label 'mem_large'

    input:
    val sources
    tuple val(tissue), path(chunks, stageAs: 'chunks/?/*', arity: '1..*')

    output:
    tuple val(tissue), path("${tissue}/model_databases/*"), emit: databases
    tuple val(tissue), path("${tissue}/model_databases/model_summaries.tsv"), emit: summaries
    path "${tissue}/model_databases/accounting.json", emit: accounting
    path "${tissue}/model_databases/rejected.tsv.gz", emit: rejected
    tuple val(task.process), val('tcra'), eval('build_model_db.py --version'), topic: versions

    script:
    """
    # ${sources}
    build_model_db.py --chunks ${words(chunks)} --name ${word(tissue)} --out ${word("${tissue}/model_databases")}
    """

    stub:
    """
    mkdir -p ${tissue}/model_databases
    touch ${tissue}/model_databases/${tissue}_{400.db,400_cov.txt.gz,joint_covariance.txt.gz}
    touch ${tissue}/model_databases/{model_summaries.tsv,accounting.json,rejected.tsv.gz}
    """
}
