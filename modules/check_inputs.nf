// Everything that can be checked before the work: columns, chromosome names, sample overlap, the genome build.
process CHECK_INPUTS {
    label 'cpu_small'

    input:
    val sources
    path genotypes, stageAs: 'genotypes/*', arity: '0..*'
    path expression
    path covariates, stageAs: 'covariates/*'
    path genes
    path traits
    path gwas, stageAs: 'gwas/?/*'

    output:
    path 'checked.json', emit: checked
    tuple val(task.process), val('tcra'), eval('check_inputs.py --version'), topic: versions

    script:
    def expressionFlags = genotypes ? "--genotypes ${mainFile(genotypes)} --expression ${expression} --genes ${genes}" : ''
    def covariateFlags = covariates ? "--covariates ${covariates}" : ''
    def traitFlags = traits ? "--traits ${traits} --gwas ${gwas}" : ''
    """
    # ${sources}
    check_inputs.py ${expressionFlags} ${covariateFlags} ${traitFlags} --out checked.json
    """

    stub:
    """
    touch checked.json
    """
}

/** Of a genotype file and its companions (index, .bim, .fam, .pvar, .psam): the one that is named on command lines. */
def mainFile(files) {
    return files.find { file -> file.name ==~ /.*\.(vcf|vcf\.b?gz|bcf|bed|pgen)/ } ?: files[0]
}
