// What can be checked before the work: columns, chromosome names, samples in common, the genome build. One task per tissue, one for all traits.
include { fileFlags } from './flags'
include { mainFile  } from './genotypes'

process CHECK_INPUTS {
    tag "${subject}"
    label 'cpu_small'

    input:
    val sources
    tuple val(subject), path(genotypes, stageAs: 'genotypes/*', arity: '0..*'), val(names), path(files, stageAs: 'files/?/*', arity: '1..*')

    output:
    path 'checked.json', emit: checked
    tuple val(task.process), val('tcra'), eval('check_inputs.py --version'), topic: versions

    script:
    def panel = genotypes ? "--genotypes ${mainFile(genotypes)}" : ''
    """
    # ${sources}
    check_inputs.py ${panel} ${fileFlags(names, files)} --out checked.json
    """

    stub:
    """
    touch checked.json
    """
}
