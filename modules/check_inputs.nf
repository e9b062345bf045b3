// What can be checked before the work: columns, chromosome names, samples in common, the genome build. One task per tissue, one for all traits.
include { fileFlags; words } from './flags'
include { panelFiles       } from './genotypes'

process CHECK_INPUTS {
    tag "${subject}"
    label 'cpu_small'

    input:
    val sources
    tuple val(subject), path(genotypes, stageAs: 'genotypes/*', arity: '0..*'), path(models, stageAs: 'models/*', arity: '0..*'),
        val(names), path(files, stageAs: 'files/?/*', arity: '0..*')

    output:
    tuple val(subject), path('checked.json'), emit: checked
    tuple val(task.process), val('tcra'), eval('check_inputs.py --version'), topic: versions

    script:
    def panel = genotypes ? "--genotypes ${words(panelFiles(genotypes))}" : ''
    def folder = models ? '--models models' : ''
    """
    # ${sources}
    check_inputs.py ${panel} ${folder} ${fileFlags(names, files)} --out checked.json
    """

    stub:
    """
    echo '{}' > checked.json
    """
}
