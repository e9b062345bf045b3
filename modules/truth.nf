// The demo only: what the run found, against what was planted.
process TRUTH {
    label 'cpu_small'

    input:
    val sources
    path demo
    path correlations
    path ranking
    path summaries
    path associations

    output:
    path 'truth.json', emit: truth
    path 'summary.txt', emit: summary
    tuple val(task.process), val('tcra'), eval('compare_demo.py --version'), topic: versions

    script:
    """
    # ${sources}
    compare_demo.py --planted ${demo}/planted.json --track-correlations ${correlations} --ranking ${ranking} \\
        --model-summaries ${summaries} --associations ${associations} --out truth.json > summary.txt
    """

    stub:
    """
    touch truth.json summary.txt
    """
}
