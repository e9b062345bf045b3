// One HTML page for people, and its figures.
include { fileFlags; word; words } from './flags'

process REPORT {
    tag "${page}"
    label 'mem_large'

    input:
    val sources
    tuple val(page), path(accounting, stageAs: 'accounting/?/*', arity: '0..*'), val(names),
        path(files, stageAs: 'files/?/*', arity: '1..*')

    output:
    path "${page}", emit: folder
    path 'genes.tsv.gz', optional: true, emit: genes

    script:
    def chain = accounting ? "--accounting ${words(accounting)}" : ''
    def genes = page == 'report' ? '--gene-table genes.tsv.gz' : ''
    """
    # ${sources}
    render_report.py ${chain} ${fileFlags(names, files)} ${genes} --out ${word(page)}
    """

    stub:
    """
    mkdir -p ${page}
    touch ${page}/report.html
    """
}
