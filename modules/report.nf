// One HTML page for people, and its figures.
include { fileFlags } from './flags'

process REPORT {
    label 'mem_large'

    input:
    val sources
    path accounting, stageAs: 'accounting/?/*', arity: '0..*'
    tuple val(names), path(files, stageAs: 'files/?/*', arity: '1..*')

    output:
    path 'report', emit: folder

    script:
    def chain = accounting ? "--accounting ${accounting}" : ''
    """
    # ${sources}
    render_report.py ${chain} ${fileFlags(names, files)} --out report
    """

    stub:
    """
    mkdir report
    touch report/report.html
    """
}
