// One trait, all tissues: how often gene models and SNPs act, fitted over all regions; and the chromosomes worth fine-mapping.
include { flags; fileFlags; word; words } from './flags'

process FINEMAP_PRIORS {
    tag "${trait.trait}"
    label 'mem_large'

    input:
    val sources
    tuple val(trait), path(gwas, stageAs: 'gwas/*'), path(chain, stageAs: 'chain/*', arity: '0..*')
    path models, stageAs: 'models/*', arity: '1..*'
    path panel, stageAs: 'panel/*', arity: '1..*'
    path genes, stageAs: 'genes/*', arity: '0..*'
    path regions, stageAs: 'regions/*', arity: '0..*'

    output:
    tuple val(trait), path("${trait.trait}/priors/parameters.json"), path("${trait.trait}/priors/chromosomes.tsv"), emit: priors
    tuple val(task.process), val('tcra'), eval('finemap_genes.py --version'), topic: versions

    script:
    def places = (genes ? "--genes ${words(genes)} " : '') + (regions ? "--regions ${words(regions)}" : '')
    def lift = chain ? "--liftover ${words(chain)}" : ''
    """
    # ${sources}
    finemap_genes.py --model_db_path ${words(models)} --genotypes ${word(panel[0])} --trait ${word(trait.trait)} ${fileFlags(["gwas_${trait.kind}"], [gwas])} \\
        ${places} ${flags(trait.settings)} ${lift} \\
        --only-priors --out ${word("${trait.trait}/priors")}
    """

    stub:
    """
    mkdir -p ${trait.trait}/priors
    touch ${trait.trait}/priors/parameters.json
    printf 'chrom\\n22\\n' > ${trait.trait}/priors/chromosomes.tsv
    """
}
