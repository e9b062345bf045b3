// The demo only: what the run found, against what was planted.
include { fileFlags; word } from './flags'

process TRUTH {
    label 'cpu_small'

    input:
    val sources
    path demo
    tuple val(names), path(files, stageAs: 'files/?/*', arity: '1..*')

    output:
    path 'truth.json', emit: truth
    path 'summary.txt', emit: summary
    tuple val(task.process), val('tcra'), eval('compare_demo.py --version'), topic: versions

    script:
    """
    # ${sources}
    compare_demo.py --planted ${word("${demo}/planted.json")} ${fileFlags(names, files)} --out truth.json > summary.txt
    """

    stub:
    """
    touch truth.json summary.txt
    """
}
