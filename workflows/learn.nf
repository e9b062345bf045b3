// From tracks to a model: coverage of the windows, training data, the frozen trunk's output, transfer learning.
include { sourcesOf } from '../modules/sources'
include { rows      } from '../modules/tables'
include { PLAN      } from '../modules/plan'
include { COVERAGE  } from '../modules/coverage'
include { TFRECORDS } from '../modules/tfrecords'
include { EMBED     } from '../modules/embed'
include { TRAIN     } from '../modules/train'
include { EVALUATE  } from '../modules/evaluate'

workflow LEARN_TRACKS {
    take:
    tracks      // [tissue, tracks table, its bigWigs in order], one per tissue that starts from tracks: ['breast', tracks.csv, [FOXA1.bw, GATA3.bw]]
    windows     // value: BED of training windows
    genome      // value: [FASTA, its index if there is one]: [hg38.fa, hg38.fa.fai]
    checkpoint  // value: [name of the prefix, files]: ['variables', [variables.index, variables.data-00000-of-00001]]
    settings    // map of parameters, {group}_settings for those of one group

    main:
    PLAN(sourcesOf('plan_tracks.py'), tracks, windows, genome, settings.coverage_settings)

    // [tissue, row of plan/tracks.tsv, bigWig, windows]: ['breast', {index: '0', id: 'FOXA1', …}, FOXA1.bw, sequences.bed]
    track = PLAN.out.tracks.join(tracks.map { tissue, _table, bigwigs -> [tissue, bigwigs] }).join(PLAN.out.windows)
        .flatMap { tissue, plan, bigwigs, bed -> [rows(plan), bigwigs].transpose().collect { row, bigwig -> [tissue, row, bigwig, bed] } }
    COVERAGE(sourcesOf('read_coverage.py'), track)
    coverage = COVERAGE.out.coverage.combine(PLAN.out.tracks.map { tissue, plan -> [tissue, rows(plan).size()] }, by: 0)
        .map { tissue, file, number -> [groupKey(tissue, number), file] }.groupTuple().map { key, files -> [key.toString(), sorted(files)] }

    // [tissue, {name, split, start, end}, windows, coverage of all tracks]: ['breast', {name: 'train-0-0', …}, sequences.bed, [0.h5, 1.h5]]
    shard = PLAN.out.shards.join(PLAN.out.windows).join(coverage)
        .flatMap { tissue, plan, bed, files -> rows(plan).collect { row -> [tissue, row, bed, files] } }
    TFRECORDS(sourcesOf('write_tfrecords.py'), shard, genome)
    tfrecords = TFRECORDS.out.tfrecords.combine(PLAN.out.shards.map { tissue, plan -> [tissue, rows(plan).size()] }, by: 0)
        .map { tissue, file, number -> [groupKey(tissue, number), file] }.groupTuple().map { key, files -> [key.toString(), sorted(files)] }

    dataset = tfrecords.join(PLAN.out.dataset)                                                  // [tissue, [TFRecords], [statistics.json, …]]
    part = dataset.flatMap { tissue, files, plan -> files.collate(settings.shards_per_embed_task).collect { some -> [tissue, some, plan] } }
    EMBED(sourcesOf('embed_sequences.py'), part, checkpoint)
    embeddings = EMBED.out.embeddings.groupTuple().map { tissue, files -> [tissue, sorted(files.flatten())] }
    training = dataset.join(embeddings)                                                         // [tissue, [TFRecords], [statistics.json, …], [train-0-0.npy, …]]

    TRAIN(sourcesOf('train_tracks.py'), training, checkpoint, settings.training_settings)
    EVALUATE(sourcesOf('evaluate_tracks.py'), TRAIN.out.model.join(training))

    models = TRAIN.out.model
    tables = TRAIN.out.history.map { tissue, file -> [tissue, 'history', file] }
        .mix(EVALUATE.out.correlations.map { tissue, file -> [tissue, 'track-correlations', file] })
    accounting = PLAN.out.accounting.mix(
        COVERAGE.out.accounting, TFRECORDS.out.accounting, EMBED.out.accounting, TRAIN.out.accounting, EVALUATE.out.accounting
    )

    emit:
    models        // [tissue, model folder]
    tables        // [tissue, flag of the script that reads it, file]: ['breast', 'history', history.parquet]
    accounting
}

def sorted(files) {
    return files.sort(false) { file -> file.name }
}
