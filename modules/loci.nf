// One trait, all tissues: GWAS, LD and the models' SNPs around the genes that pass, for the report.
include { flags; fileFlags; word; words } from './flags'

process LOCI {
    tag "${trait.trait}"
    label 'mem_large'

    input:
    val sources
    tuple val(trait), path(gwas, stageAs: 'gwas/*'), path(chain, stageAs: 'chain/*', arity: '0..*')
    tuple val(genotypes), path(panel, stageAs: 'panel/*', arity: '1..*')
    tuple val(names), path(files, stageAs: 'files/?/*', arity: '1..*')
    val gene_window

    output:
    path "loci/${trait.trait}", emit: folder
    path "loci/${trait.trait}/accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('extract_loci.py --version'), topic: versions

    script:
    def lift = chain ? "--liftover ${words(chain)}" : ''
    """
    # ${sources}
    extract_loci.py --genotypes ${words(genotypes.collect { name -> "panel/${name}" })} ${fileFlags(names, files)} ${flags('gene-window': gene_window)} \\
        --trait ${word(trait.trait)} ${fileFlags(["gwas_${trait.kind}"], [gwas])} ${flags(trait.settings)} ${lift} \\
        --out ${word("loci/${trait.trait}")}
    """

    stub:
    """
    mkdir -p loci/${trait.trait}
    touch loci/${trait.trait}/{loci.tsv,accounting.json,rejected.tsv.gz}
    touch loci/${trait.trait}/locus_{snps,weights,scores,states}.tsv.gz
    """
}
