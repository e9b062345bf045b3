// One trait: every gene of every model database tested against its GWAS (S-PrediXcan's statistic).
process ASSOCIATE {
    tag "${trait.trait}"
    label 'mem_large'

    input:
    val sources
    tuple val(trait), path(gwas, stageAs: 'gwas/*')
    path traits
    path databases, stageAs: 'models/*'
    path covariances, stageAs: 'models/*'
    path jointCovariance, arity: '0..*'

    output:
    path "${trait.trait}", emit: folder
    path "${trait.trait}/*.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('associate.py --version'), topic: versions

    script:
    // By name, not by place: sorted by name, demo_4000_cov.txt.gz stands before demo_400_cov.txt.gz, but demo_400.db before demo_4000.db.
    def tables = [databases].flatten().collect { database -> "${database}".replaceFirst(/\.db$/, '_cov.txt.gz') }.join(' ')
    def joint = jointCovariance ? "--joint-covariance ${jointCovariance}" : ''
    """
    # ${sources}
    associate.py --model_db_path ${databases} --covariance ${tables} --traits ${traits} --trait ${trait.trait} \\
        --gwas_${trait.kind} ${gwas} --correlations ${trait.trait}/correlations.tsv.gz ${joint} \\
        --gwas-points ${trait.trait}/gwas_points.tsv.gz --output_folder ${trait.trait}
    """

    stub:
    """
    mkdir ${trait.trait}
    touch ${trait.trait}/models_400.csv ${trait.trait}/models_400.csv.accounting.json
    """
}
