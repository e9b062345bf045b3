// A tissue's expression, normalised and freed of hidden factors and known covariates, and its genes cut into chunks.
include { flags; word; words } from './flags'

process EXPRESSION {
    tag "${tissue}"
    label 'cpu_shard'

    input:
    val sources
    tuple val(tissue), path(expression), path(covariates, stageAs: 'covariates/*', arity: '0..*')
    path genes
    val settings

    output:
    tuple val(tissue), path("${tissue}/expression/expression.csv.gz"), emit: expression
    tuple val(tissue), path("${tissue}/expression/chunks.tsv"), emit: chunks
    path "${tissue}/expression/expression.csv.gz.accounting.json", emit: accounting
    path "${tissue}/expression/expression.csv.gz.rejected.tsv.gz", emit: rejected
    tuple val(task.process), val('tcra'), eval('normalize_expression.py --version'), topic: versions

    script:
    def known = covariates ? "--covariates ${words(covariates)}" : ''
    def annotation = genes ? "--genes ${words(genes)}" : ''
    def table = "${tissue}/expression/expression.csv.gz"
    def hidden = flags(factors: settings.factors, 'already-normalized': settings.already_normalized)
    """
    # ${sources}
    mkdir -p ${word("${tissue}/expression")}
    normalize_expression.py --expression ${words(expression)} ${annotation} ${known} ${hidden} --out ${word(table)}
    plan_genes.py --expression ${word(table)} ${flags('genes-per-chunk': settings.genes_per_chunk)} \\
        --out ${word("${tissue}/expression/chunks.tsv")}
    """

    stub:
    """
    mkdir -p ${tissue}/expression
    touch ${tissue}/expression/expression.csv.gz{,.accounting.json,.rejected.tsv.gz}
    printf 'chrom\\tfirst_gene\\tnumber_of_genes\\n1\\t0\\t10\\n' > ${tissue}/expression/chunks.tsv
    """
}
