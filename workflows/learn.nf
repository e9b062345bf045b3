// From tracks to models: coverage of the windows, training data, the frozen trunk's output, transfer learning.
include { sourcesOf    } from '../modules/sources'
include { rows         } from '../modules/tables'
include { PLAN_WINDOWS } from '../modules/plan_windows'
include { PLAN         } from '../modules/plan'
include { COVERAGE     } from '../modules/coverage'
include { TFRECORDS    } from '../modules/tfrecords'
include { EMBED        } from '../modules/embed'
include { TRAIN        } from '../modules/train'
include { EVALUATE     } from '../modules/evaluate'

workflow LEARN_TRACKS {
    take:
    tracks      // [tissue, tracks table, its bigWigs in order], one per tissue that starts from tracks:
                // ['breast', tracks.csv, [FOXA1.bw, GATA3.bw]]
    windows     // BED of training windows, if any tissue starts from tracks
    genome      // value: [FASTA, its index if there is one]: [hg38.fa, hg38.fa.fai]
    checkpoint  // value: [name of the prefix, files]: ['variables', [variables.index, variables.data-00000-of-00001]]
    settings    // map of parameters, {group}_settings for those of one group

    main:
    bins = settings.subMap(['crop', 'pool_width', 'sequences_per_shard'])
    weights = checkpoint.map { given -> settings.embeddings ? given[1] : [] }
    PLAN_WINDOWS(sourcesOf('plan_windows.py'), windows, genome, weights, bins + settings.subMap(['test_fold']))
    bed = PLAN_WINDOWS.out.windows.first()
    PLAN(sourcesOf('plan_tracks.py'), tracks, bed, genome, settings.coverage_settings)

    // The tracks of each tissue, once all plans are made: [track, tissue, number of the tissue's tracks, bigWig], the track
    // being {id, coverage (name of its file), settings, bigwig (its place)}, the same for two tissues that share it.
    planned = PLAN.out.tracks.count()
    track = PLAN.out.tracks.join(tracks.map { tissue, _table, bigwigs -> [tissue, bigwigs] }).combine(planned)
        .flatMap { tissue, plan, bigwigs, _plans ->
            def table = [rows(plan), bigwigs].transpose()
            table.collect { row, bigwig -> [trackOf(row, bigwig), tissue, table.size(), bigwig] }
        }
    COVERAGE(sourcesOf('read_coverage.py'), track.map { row, _tissue, _number, bigwig -> [row, bigwig] }.unique(), bed)

    // [tissue, [coverage of all its tracks]]: ['breast', [FOXA1.h5, GATA3.h5]]
    coverage = track.map { row, tissue, number, _bigwig -> [row, tissue, number] }.combine(COVERAGE.out.coverage, by: 0)
        .map { _row, tissue, number, file -> [groupKey(tissue, number), file] }.groupTuple()
        .map { key, files -> [key.toString(), byName(files)] }

    // Groups of shards: [[{split, index, name, start, end}, …]]
    shards = PLAN_WINDOWS.out.shards
        .flatMap { table -> rows(table).collate(settings.shards_per_embed_task).collect { group -> [group] } }
    part = PLAN.out.targets.join(coverage).combine(shards)
        .map { tissue, targets, files, group -> [tissue, group, targets, files] }
    TFRECORDS(sourcesOf('write_tfrecords.py'), part, bed, genome)
    store = settings.embeddings
        ? PLAN_WINDOWS.out.key.map { key -> "${file(settings.embeddings).toUriString()}/${key.text.trim()}".toString() }
        : channel.value('')
    names = shards.combine(planned).combine(store).map { group, _plans, place -> [group*.name, place] }
    // With the published way of training, the trunk runs at every step, and there is nothing to keep.
    EMBED(
        sourcesOf('embed_sequences.py'), settings.trunk_mode == 'cached' ? names : channel.empty(), bed, genome, checkpoint,
        bins
    )

    // [tissue, [TFRecords], [statistics.json, …], [embeddings of all shards]]
    embeddings = EMBED.out.embeddings.flatten().toSortedList { one, other -> one.name <=> other.name }
    training = TFRECORDS.out.tfrecords.groupTuple().map { tissue, files -> [tissue, byName(files.flatten())] }
        .join(PLAN.out.dataset).combine(embeddings.map { files -> [files] })
    schedule = ['scope', 'trunk_mode', 'train_steps', 'batch_size', 'learning_rate', 'evaluate_every', 'patience', 'seed']
    TRAIN(sourcesOf('train_tracks.py'), training, checkpoint, settings.subMap(schedule))
    EVALUATE(sourcesOf('evaluate_tracks.py'), TRAIN.out.model.join(training))

    models = TRAIN.out.model
    tables = TRAIN.out.history.map { tissue, file -> [tissue, 'history', file] }
        .mix(EVALUATE.out.correlations.map { tissue, file -> [tissue, 'track-correlations', file] })
    accounting = PLAN_WINDOWS.out.accounting.mix(
        PLAN.out.accounting, COVERAGE.out.accounting, TFRECORDS.out.accounting.flatten(), EMBED.out.accounting,
        TRAIN.out.accounting, EVALUATE.out.accounting
    )

    emit:
    models        // [tissue, model folder]
    tables        // [tissue, flag of the script that reads it, file]: ['breast', 'history', history.parquet]
    accounting
}

/** A track of a plan: what its coverage depends on. The plan's columns that do not say who a track is are its settings. */
def trackOf(row, bigwig) {
    def settings = row.findAll { name, cell -> cell && !(name in ['index', 'id', 'bigwig', 'coverage', 'description']) }
    return [id: row.id, coverage: row.coverage, settings: settings, bigwig: bigwig.toUriString()]
}

def byName(files) {
    return files.sort(false) { file -> file.name }
}
