// One trait and tissue: every gene of every model database tested against the trait's GWAS (S-PrediXcan's statistic).
include { flags; fileFlags; word; words } from './flags'

process ASSOCIATE {
    tag "${tissue}, ${trait.trait}"
    label 'mem_large'

    input:
    val sources
    tuple val(tissue), path(models, stageAs: 'models/*', arity: '1..*'), val(trait), path(gwas, stageAs: 'gwas/*'),
        path(chain, stageAs: 'chain/*', arity: '0..*')

    output:
    tuple val(tissue), path("${tissue}/associations/${trait.trait}"), emit: folder
    path "${tissue}/associations/${trait.trait}/*.accounting.json", arity: '1..*', emit: accounting
    tuple val(task.process), val('tcra'), eval('associate.py --version'), topic: versions

    script:
    def lift = chain ? "--liftover ${words(chain)}" : ''
    def out = "${tissue}/associations/${trait.trait}"
    """
    # ${sources}
    associate.py --models models --trait ${word(trait.trait)} ${fileFlags(["gwas_${trait.kind}"], [gwas])} ${flags(trait.settings)} ${lift} \\
        --correlations ${word("${out}/correlations.tsv.gz")} --gwas-points ${word("${out}/gwas_points.tsv.gz")} --output_folder ${word(out)}
    """

    stub:
    def out = "${tissue}/associations/${trait.trait}"
    """
    mkdir -p ${out}
    touch ${out}/models_400.csv ${out}/models_400.csv.accounting.json
    """
}
