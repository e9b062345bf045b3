// Expression normalised and freed of hidden factors and known covariates, and its genes cut into chunks.
process EXPRESSION {
    label 'cpu_shard'

    input:
    val sources
    path expression
    path covariates, stageAs: 'covariates/*'
    val genesPerChunk
    val checked

    output:
    path 'expression.csv.gz', emit: expression
    path 'chunks.tsv', emit: chunks
    path 'expression.csv.gz.accounting.json', emit: accounting
    path 'expression.csv.gz.rejected.tsv.gz', emit: rejected
    tuple val(task.process), val('tcra'), eval('normalize_expression.py --version'), topic: versions

    script:
    def covariateFlags = covariates ? "--covariates ${covariates}" : ''
    """
    # ${sources}
    normalize_expression.py --expression ${expression} ${covariateFlags} --out expression.csv.gz
    plan_genes.py --expression expression.csv.gz --genes-per-chunk ${genesPerChunk} --out chunks.tsv
    """

    stub:
    """
    touch expression.csv.gz expression.csv.gz.accounting.json expression.csv.gz.rejected.tsv.gz
    printf 'chrom\\tfirst_gene\\tnumber_of_genes\\n1\\t0\\t10\\n' > chunks.tsv
    """
}
