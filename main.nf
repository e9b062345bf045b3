#!/usr/bin/env nextflow
// From a tissue's transcription-factor ChIP-seq tracks to the genes behind a trait.
// A run can start at the tracks, at a trained model (--model), at scores (--scores) or at model databases (--model_dbs).

include { validated; parametersText                            } from './modules/params'
include { sourcesOf                                            } from './modules/sources'
include { rows                                                 } from './modules/tables'
include { givenInputs; demoInputs; withIndex; withCompanions; checkpointFiles; bigwigsOf; withBigwigs; traitsOf } from './modules/inputs'
include { DEMO                                                 } from './modules/demo'
include { CHECK_INPUTS                                         } from './modules/check_inputs'
include { PLAN                                                 } from './modules/plan'
include { COVERAGE                                             } from './modules/coverage'
include { TFRECORDS                                            } from './modules/tfrecords'
include { EMBED                                                } from './modules/embed'
include { TRAIN                                                } from './modules/train'
include { EVALUATE                                             } from './modules/evaluate'
include { SPLIT_VARIANTS                                       } from './modules/split_variants'
include { SCORE                                                } from './modules/score'
include { RANK                                                 } from './modules/rank'
include { ANNOTATE                                             } from './modules/annotate'
include { EXPRESSION                                           } from './modules/expression'
include { GENE_MODELS                                          } from './modules/gene_models'
include { MODEL_DB                                             } from './modules/model_db'
include { ASSOCIATE                                            } from './modules/associate'
include { COMBINE                                              } from './modules/combine'
include { TRUTH                                                } from './modules/truth'
include { REPORT                                               } from './modules/report'

workflow {
    def settings = validated(params, "${projectDir}/nextflow_schema.json")
    def train = !settings.model && !settings.scores && !settings.model_dbs
    def score = !settings.scores && !settings.model_dbs
    def fit = settings.demo || (settings.genotypes && !settings.model_dbs)
    def test = settings.demo || settings.traits

    // input: a map of files (value channel); the channels of a stage that does not run hold one empty list, or nothing
    input = settings.demo
        ? DEMO(sourcesOf('make_demo.py'), settings.seed, file("${projectDir}/assets/demo_trunk")).folder.map { folder -> demoInputs(folder) }
        : channel.value(givenInputs(settings))
    none = channel.value([])
    accounting = channel.empty()

    fasta = input.map { files -> files.fasta ? withIndex(files.fasta) : [] }
    genotypes = input.map { files -> files.genotypes ? withCompanions(files.genotypes) : [] }
    covariates = input.map { files -> files.covariates ?: [] }
    traits = test ? input.flatMap { files -> traitsOf(files.traits) } : channel.empty()    // [{trait, kind}, GWAS]
    checked = CHECK_INPUTS(
        sourcesOf('check_inputs.py'), genotypes, input.map { files -> files.expression ?: [] }, covariates, input.map { files -> files.genes ?: [] },
        input.map { files -> files.traits ?: [] }, traits.map { _row, gwas -> gwas }.toList()
    ).checked.map { _file -> true }    // the first stages wait for it, but their cache keys don't change with it

    // tracks → coverage → TFRecords → embeddings → model
    model = settings.model ? channel.value(file(settings.model)) : none
    history = none
    correlations = none
    if (train) {
        bigwigs = input.flatMap { files -> bigwigsOf(files.tracks) }                                                      // [index, bigWig]
        PLAN(
            sourcesOf('plan_tracks.py'), input.map { files -> files.tracks }, bigwigs.map { _index, bigwig -> bigwig }.toList(),
            input.map { files -> files.windows }, fasta, settings.coverage_settings, checked
        )
        track = PLAN.out.tracks.combine(bigwigs.toList().map { pairs -> [pairs] }).flatMap { table, pairs -> withBigwigs(table, pairs) }   // [row, bigWig]
        COVERAGE(sourcesOf('read_coverage.py'), track, PLAN.out.windows)
        shard = PLAN.out.shards.flatMap { table -> rows(table) }                                                          // {name, split, start, end}
        TFRECORDS(sourcesOf('write_tfrecords.py'), shard, COVERAGE.out.coverage.collect(sort: true), PLAN.out.windows, fasta)
        tfrecords = TFRECORDS.out.tfrecords.toSortedList { file -> file.name }
        checkpoint = input.map { files -> checkpointFiles(files.checkpoint) }                                             // [name, files]
        EMBED(
            sourcesOf('embed_sequences.py'), tfrecords.flatMap { files -> files.collate(settings.shards_per_embed_task) },
            PLAN.out.dataset, checkpoint
        )
        embeddings = EMBED.out.embeddings.flatten().filter { file -> file.name =~ /-\d+-\d+/ }.toSortedList { file -> file.name }
        TRAIN(sourcesOf('train_tracks.py'), tfrecords, PLAN.out.dataset, embeddings, checkpoint, settings.training_settings)
        EVALUATE(sourcesOf('evaluate_tracks.py'), TRAIN.out.model, tfrecords, PLAN.out.dataset, embeddings)
        model = TRAIN.out.model
        history = TRAIN.out.history
        correlations = EVALUATE.out.correlations
        accounting = accounting.mix(PLAN.out.accounting, COVERAGE.out.accounting, TFRECORDS.out.accounting, EMBED.out.accounting, TRAIN.out.accounting, EVALUATE.out.accounting)
    }

    // variants → scores → ranking and SNP sets
    scores = settings.scores ? channel.value(files(settings.scores)) : none
    shards = none
    if (score) {
        SPLIT_VARIANTS(sourcesOf('split_variants.py'), input.map { files -> files.variants }, fasta, settings.variants_per_shard, checked)
        SCORE(sourcesOf('score_variants.py'), SPLIT_VARIANTS.out.shards.flatten(), model, fasta, settings.scoring_settings)
        scores = SCORE.out.scores.collect(sort: true)
        shards = SPLIT_VARIANTS.out.shards
        accounting = accounting.mix(SPLIT_VARIANTS.out.accounting, SCORE.out.accounting)
    }
    ranking = none
    enrichment = none
    if (!settings.model_dbs) {
        evidence = input.map { files -> files.evidence }                                                                  // {kind: files}
        second = evidence.map { kinds -> kinds.second_scores }
        frequencies = evidence.map { kinds -> kinds.frequencies }
        RANK(
            sourcesOf('rank_variants.py'), scores, shards, evidence.map { kinds -> kinds.annotations }, evidence.map { kinds -> kinds.states },
            evidence.map { kinds -> kinds.variant_lists }, evidence.map { kinds -> kinds.clinvar }, evidence.map { kinds -> kinds.significant_gwas },
            second, frequencies, input.map { files -> files.genes ?: [] }, settings.subMap(['set_sizes', 'rank_by', 'matched_controls'])
        )
        ANNOTATE(
            sourcesOf('annotate_variants.py'), scores, shards, second, frequencies, evidence.map { kinds -> kinds.baseline },
            settings.subMap(['annotation_rule'])
        )
        ranking = RANK.out.ranking
        enrichment = RANK.out.enrichment
        accounting = accounting.mix(RANK.out.accounting, ANNOTATE.out.accounting)
    }

    // genotypes + expression + SNP sets → gene models, one database per set
    databases = settings.model_dbs ? channel.value(files("${settings.model_dbs}/*.db")) : none
    covariances = settings.model_dbs ? channel.value(files("${settings.model_dbs}/*_cov.txt.gz")) : none
    jointCovariance = settings.model_dbs ? channel.value(files("${settings.model_dbs}/*_joint_covariance.txt.gz")) : none
    summaries = none
    if (fit) {
        EXPRESSION(sourcesOf('normalize_expression.py') + sourcesOf('plan_genes.py'), input.map { files -> files.expression }, covariates, settings.genes_per_chunk, checked)
        chunk = EXPRESSION.out.chunks.flatMap { table -> rows(table) }                                                    // {chrom, first_gene, number_of_genes}
        GENE_MODELS(
            sourcesOf('fit_gene_models.py'), chunk, genotypes, EXPRESSION.out.expression, input.map { files -> files.genes }, ranking,
            settings.set_sizes, settings.subMap(['gene_window', 'maf', 'alpha', 'folds', 'repeats', 'fold_seed'])
        )
        MODEL_DB(sourcesOf('build_model_db.py'), GENE_MODELS.out.folder.collect(sort: true), settings.tissue)
        databases = MODEL_DB.out.databases
        covariances = MODEL_DB.out.covariances
        jointCovariance = MODEL_DB.out.jointCovariance
        summaries = MODEL_DB.out.summaries
        accounting = accounting.mix(EXPRESSION.out.accounting, GENE_MODELS.out.accounting, MODEL_DB.out.accounting)
    }

    // GWAS + gene models → associations, over all traits and SNP sets
    combined = none
    if (test) {
        ASSOCIATE(sourcesOf('associate.py'), traits, input.map { files -> files.traits }, databases, covariances, jointCovariance)
        COMBINE(sourcesOf('combine_associations.py'), ASSOCIATE.out.folder.collect(sort: true), input.map { files -> files.genes ?: [] })
        combined = COMBINE.out.folder
        accounting = accounting.mix(ASSOCIATE.out.accounting.flatten(), COMBINE.out.accounting)
    }

    truth = none
    if (settings.demo) {
        TRUTH(sourcesOf('compare_demo.py'), DEMO.out.folder, correlations, ranking, summaries, COMBINE.out.associations)
        truth = TRUTH.out.truth
    }
    versions = channel.topic('versions').map { process, tool, version -> "${process}\t${tool}\t${version}" }.unique()
        .collectFile(name: 'versions.tsv', newLine: true, sort: true).first()
    used = channel.of(parametersText(settings)).collectFile(name: 'parameters.json').first()
    REPORT(
        sourcesOf('render_report.py'), accounting.collect(sort: true), history, correlations, ranking, enrichment, summaries, combined,
        input.map { files -> files.genes ?: [] }, truth, versions, used
    )

    workflow.onComplete = {
        if (workflow.success && !workflow.stubRun && !workflow.preview) {
            def summary = file("${settings.outdir}/summary.txt")
            println "report: ${settings.outdir}/report/report.html"
            println settings.demo && summary.exists() ? summary.text.trim() : ''
        }
    }
}
