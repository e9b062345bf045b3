// One PredictDB database and covariance table per SNP set.
process MODEL_DB {
    label 'mem_large'

    input:
    val sources
    path chunks, stageAs: 'chunks/?/*'
    val name

    output:
    path 'models/*.db', emit: databases
    path 'models/*_cov.txt.gz', emit: covariances
    path 'models/*_joint_covariance.txt.gz', emit: jointCovariance
    path 'models/model_summaries.tsv', emit: summaries
    path 'models/accounting.json', emit: accounting
    path 'models/rejected.tsv.gz', emit: rejected
    tuple val(task.process), val('tcra'), eval('build_model_db.py --version'), topic: versions

    script:
    """
    # ${sources}
    build_model_db.py --chunks ${chunks} --name ${name} --out models
    """

    stub:
    """
    mkdir models
    touch models/${name}_400.db models/${name}_400_cov.txt.gz models/${name}_joint_covariance.txt.gz models/model_summaries.tsv models/accounting.json models/rejected.tsv.gz
    """
}
