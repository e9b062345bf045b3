// One HTML page for people, and its figures.
process REPORT {
    label 'mem_large'

    input:
    val sources
    path accounting, stageAs: 'accounting/?/*'
    path history
    path correlations
    path ranking
    path enrichment
    path summaries
    path combined
    path genes, stageAs: 'genes/*'
    path truth
    path versions
    path parameters

    output:
    path 'report', emit: folder

    script:
    def given = ['history': history, 'track-correlations': correlations, 'ranking': ranking, 'enrichment': enrichment,
        'model-summaries': summaries, 'genes': genes, 'truth': truth].findAll { _flag, file -> file }
    def flags = given.collect { flag, file -> "--${flag} ${file}" }.join(' ')
    def tests = combined ? "--associations ${combined}/associations.tsv.gz --omnibus ${combined}/omnibus.tsv.gz --tissues ${combined}/tissues.tsv.gz --summary ${combined}/summary.tsv" : ''
    """
    # ${sources}
    render_report.py --accounting ${accounting} ${flags} ${tests} --versions ${versions} --parameters ${parameters} --out report
    """

    stub:
    """
    mkdir report
    touch report/report.html
    """
}
