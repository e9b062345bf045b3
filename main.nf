#!/usr/bin/env nextflow
// From tissues' transcription-factor ChIP-seq tracks to the genes behind a trait.
// A tissue can start at its tracks, a trained model (--model), scores (--scores) or model databases (--model_dbs).

include { validated; parametersText    } from './modules/params'
include { studyOf; demoFiles; checksOf } from './modules/study'
include { byFlag                       } from './modules/flags'
include { sourcesOf                    } from './modules/sources'
include { DEMO                         } from './modules/demo'
include { CHECK_INPUTS                 } from './modules/check_inputs'
include { LEARN_TRACKS                 } from './workflows/learn'
include { SCORE_VARIANTS               } from './workflows/score'
include { MODEL_EXPRESSION             } from './workflows/express'
include { ASSOCIATE_GENES              } from './workflows/associate'
include { FINEMAP_GENES                } from './workflows/finemap'
include { EXTRACT_LOCI                 } from './workflows/loci'
include { TRUTH                        } from './modules/truth'
include { REPORT_STUDY                 } from './workflows/report'

workflow {
    settings = validated(params, "${projectDir}/nextflow_schema.json")

    // The study (a map, see studyOf), once its inputs are checked. What is a tissue's own is keyed by tissue.
    trunk = file("${projectDir}/assets/demo_trunk")
    demo = settings.demo ? DEMO(sourcesOf('make_demo.py'), settings.seed, trunk).folder : channel.empty()
    made = demo.map { folder -> studyOf(settings + demoFiles(folder)) }
    given = settings.demo ? made : channel.value(studyOf(settings))
    CHECK_INPUTS(sourcesOf('check_inputs.py'), given.flatMap { all -> checksOf(all) })
    study = given.combine(CHECK_INPUTS.out.checked.count()).map { all, _checks -> all }.first()
    tissue = study.flatMap { all -> all.tissues }
    genome = study.map { all -> all.genome }
    genes = study.map { all -> all.genes ?: [] }

    LEARN_TRACKS(
        tissue.filter { row -> row.start == 'tracks' }.map { row -> [row.tissue, row.tracks, row.bigwigs] },
        study.flatMap { all -> all.to_train ? [all.windows] : [] }, genome, study.map { all -> all.checkpoint },
        settings
    )
    SCORE_VARIANTS(
        LEARN_TRACKS.out.models.mix(tissue.filter { row -> row.model }.map { row -> [row.tissue, row.model] }),
        tissue.filter { row -> row.scores }.map { row -> [row.tissue, row.scores] },
        study.flatMap { all -> all.to_score ? [all.variants] : [] }, genome, study.map { all -> all.evidence }, settings
    )
    MODEL_EXPRESSION(
        tissue.filter { row -> row.expression }
            .map { row -> [row.tissue, row.expression, row.covariates, row.genotypes] },
        CHECK_INPUTS.out.checked, SCORE_VARIANTS.out.ranking, genes, settings
    )
    databases = MODEL_EXPRESSION.out.databases
        .mix(tissue.filter { row -> row.model_dbs }.map { row -> [row.tissue, row.model_dbs] })
    traits = study.flatMap { all -> all.traits }
    ASSOCIATE_GENES(databases, traits, genes)
    panel = study.filter { all -> all.panel }.map { all -> all.panel }
    FINEMAP_GENES(databases, traits, panel, genes, study.filter { all -> all.finemap }.map { all -> all.regions ?: [] })
    EXTRACT_LOCI(
        databases, traits, ASSOCIATE_GENES.out.tables, panel, genes, SCORE_VARIANTS.out.ranking,
        SCORE_VARIANTS.out.scores, study.flatMap { all -> all.evidence.ranking.transpose() }, settings
    )

    // What the report shows, and in the demo what is compared with the planted truth: [tissue or '', flag, file].
    tables = LEARN_TRACKS.out.tables
        .mix(SCORE_VARIANTS.out.tables, MODEL_EXPRESSION.out.tables, ASSOCIATE_GENES.out.tables)
    judged = ['track-correlations', 'ranking', 'model-summaries', 'associations', 'omnibus-over-tissues']
    TRUTH(sourcesOf('compare_demo.py'), demo, byFlag(tables, judged))
    shared = study.flatMap { all -> all.genes ? [['', 'genes', all.genes]] : [] }
        .mix(TRUTH.out.truth.map { file -> ['', 'truth', file] }, EXTRACT_LOCI.out.tables, FINEMAP_GENES.out.tables)
    accounting = LEARN_TRACKS.out.accounting.mix(
        SCORE_VARIANTS.out.accounting, MODEL_EXPRESSION.out.accounting, ASSOCIATE_GENES.out.accounting,
        FINEMAP_GENES.out.accounting, EXTRACT_LOCI.out.accounting
    )
    REPORT_STUDY(tables.mix(shared), accounting, study.map { all -> all.tissues.size() }, parametersText(settings))

    workflow.onComplete = {
        if (workflow.success && !workflow.stubRun && !workflow.preview) {
            def summary = file("${settings.outdir}/${settings.demo ? 'summary.txt' : 'report/summary.txt'}")
            println "report: ${settings.outdir}/report/report.html"
            println summary.exists() ? summary.text.trim() : ''
        }
    }
}
