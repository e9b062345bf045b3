// The report: one page for the run. With several tissues each has a page of its own too, with a tissue's sections.
include { sourcesOf } from '../modules/sources'
include { REPORT    } from '../modules/report'

workflow REPORT_STUDY {
    take:
    tables       // [tissue, or '' where all share it, flag of render_report.py, file]:
                 // ['breast', 'ranking', ranking.parquet]
    accounting   // the stages' accounting.json files, one or more per task: they go to the page as one file
    tissues      // value: number of tissues
    parameters   // the parameters of the run, as JSON

    main:
    // A tissue's models are on its own page, and by gene on the page of the study.
    everyones = tables.filter { tissue, flag, _file -> tissue && flag == 'model-summaries' }
        .map { tissue, _flag, file -> ['', "gene-models=${tissue}".toString(), file] }
    versions = channel.topic('versions').map { name, tool, text -> [name.tokenize(':').last(), tool, text].join('\t') }
        .unique().collectFile(name: 'versions.tsv', newLine: true, sort: true).map { file -> ['', 'versions', file] }
    given = channel.of(parameters).collectFile(name: 'parameters.json').map { file -> ['', 'parameters', file] }
    table = tables.mix(everyones, versions, given).combine(tissues).map { tissue, flag, file, number ->
        [number > 1 && tissue ? "${tissue}/report".toString() : 'report', flag, file]
    }
    everywhere = table.filter { page, flag, _file -> page == 'report' && flag in ['genes', 'versions', 'parameters'] }
        .map { _page, flag, file -> [flag, file] }.toList()

    // [folder of the page, [accounting], flags, files]:
    // ['breast/report', [], ['genes', 'ranking'], [genes.gtf, ranking.parquet]]
    page = table.groupTuple().combine(everywhere.map { pairs -> [pairs] })
        .combine(accounting.collectFile(name: 'accounting.json', newLine: true))
        .map { folder, flags, files, pairs, chain ->
            def all = [flags, files].transpose() + (folder == 'report' ? [] : pairs)
            def ordered = all.sort(false) { pair -> pair[0] }.transpose()
            [folder, folder == 'report' ? [chain] : [], ordered[0], ordered[1]]
        }
    REPORT(sourcesOf('render_report.py'), page)
}
