// One trait and chromosome, all tissues: which gene and which SNP of each region acts.
include { flags; fileFlags; word; words } from './flags'

process FINEMAP {
    tag "${trait.trait}, chromosome ${chrom}"
    label 'mem_large'

    input:
    val sources
    tuple val(trait), path(gwas, stageAs: 'gwas/*'), path(chain, stageAs: 'chain/*', arity: '0..*'), path(priors), val(chrom)
    path models, stageAs: 'models/*', arity: '1..*'
    path panel, stageAs: 'panel/*', arity: '1..*'
    path genes, stageAs: 'genes/*', arity: '0..*'
    path regions, stageAs: 'regions/*', arity: '0..*'

    output:
    tuple val(trait), path("finemapping/${trait.trait}/chr${chrom}"), emit: folder
    path "finemapping/${trait.trait}/chr${chrom}/accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('finemap_genes.py --version'), topic: versions

    script:
    def places = (genes ? "--genes ${words(genes)} " : '') + (regions ? "--regions ${words(regions)}" : '')
    def lift = chain ? "--liftover ${words(chain)}" : ''
    """
    # ${sources}
    finemap_genes.py --model_db_path ${words(models)} --genotypes ${word(panel[0])} --trait ${word(trait.trait)} ${fileFlags(["gwas_${trait.kind}"], [gwas])} \\
        ${places} ${flags(trait.settings)} ${lift} \\
        --parameters ${words(priors)} ${flags(chrom: chrom)} --out ${word("finemapping/${trait.trait}/chr${chrom}")}
    """

    stub:
    def out = "finemapping/${trait.trait}/chr${chrom}"
    """
    mkdir -p ${out}
    touch ${out}/{genes.tsv,snps.tsv.gz,credible_sets.tsv,regions.tsv,parameters.json,accounting.json,rejected.tsv.gz}
    """
}
