// From variants and models to scores, and from scores to the ranking, the SNP sets and annotation files.
include { sourcesOf      } from '../modules/sources'
include { SPLIT_VARIANTS } from '../modules/split_variants'
include { SCORE          } from '../modules/score'
include { JOIN_SCORES    } from '../modules/join_scores'
include { RANK           } from '../modules/rank'
include { ANNOTATE       } from '../modules/annotate'

workflow SCORE_VARIANTS {
    take:
    models     // [tissue, model folder]: ['breast', model]; models with one trunk are scored in one pass
    given      // [tissue, [Parquet files]], one per tissue that starts from scores
    variants   // [files of variants], once, if any model is to score them: [chr1.vcf.gz, chr2.vcf.gz]
    genome     // value: [FASTA, its index if there is one]
    evidence   // value: {ranking, annotations}, each [flags, files]:
               // [['annotation=motifs', 'frequencies'], [motifs.bed, af.tsv.gz]]
    settings   // map of parameters

    main:
    SPLIT_VARIANTS(sourcesOf('split_variants.py'), variants, genome, settings.variants_per_shard)
    shards = SPLIT_VARIANTS.out.shards.collect()

    // [shard, [tissues], [models]]: [variants-1-00000.tsv, ['breast', 'lung'], [model, model]]
    passes = models.map { tissue, model -> [trunkOf(model), tissue, model] }.groupTuple()
        .map { _trunk, tissues, folders -> [tissues, folders].transpose().sort { pair -> pair[0] }.transpose() }
    SCORE(sourcesOf('score_variants.py'), shards.flatten().combine(passes), genome, settings.scoring_settings)

    // [tissue, [Parquet files]]: ['breast', [variants-1-00000.parquet, variants-2-00000.parquet]]. Of a large study each hundred tables
    // are joined into one, since no task should take thousands of files.
    most = 100
    table = SCORE.out.scores.flatten().map { file -> [file.parent.parent.name, file] }.groupTuple().mix(given)
        .map { tissue, files -> [tissue, byName(files)] }
    parts = table.map { tissue, files -> [tissue, files.size() > most ? files.collate(most) : []] }
    part = parts.flatMap { tissue, groups ->
        groups.withIndex().collect { files, place -> [tissue, String.format('joined-%05d', place), files] }
    }
    JOIN_SCORES(sourcesOf('join_scores.py'), part)
    joined = JOIN_SCORES.out.scores.combine(parts, by: 0)
        .map { tissue, file, groups -> [groupKey(tissue, groups.size()), file] }.groupTuple()
        .map { key, files -> [key.toString(), byName(files)] }
    scores = table.filter { _tissue, files -> files.size() <= most }.mix(joined)
    RANK(
        sourcesOf('rank_variants.py'), scores, evidence.map { kinds -> kinds.ranking },
        settings.subMap(['set_sizes', 'rank_by', 'rank_tracks', 'matched_controls', 'state_groups'])
    )
    ANNOTATE(
        sourcesOf('annotate_variants.py'), scores, evidence.map { kinds -> kinds.annotations },
        settings.subMap(['annotation_rule'])
    )

    ranking = RANK.out.ranking
    tables = RANK.out.ranking.map { tissue, file -> [tissue, 'ranking', file] }
        .mix(RANK.out.enrichment.map { tissue, file -> [tissue, 'enrichment', file] })
    accounting = SPLIT_VARIANTS.out.accounting
        .mix(SCORE.out.accounting.flatten(), JOIN_SCORES.out.accounting, RANK.out.accounting, ANNOTATE.out.accounting)

    emit:
    ranking      // [tissue, Parquet]
    scores       // [tissue, [Parquet files]], at most a hundred, or joined
    tables       // [tissue, flag of the script that reads it, file]: ['breast', 'ranking', ranking.parquet]
    accounting
}

/** What tells a model's trunk: the checksum in its model.json; where an older version wrote none, the model's own place. */
def trunkOf(model) {
    return new groovy.json.JsonSlurper().parseText(model.resolve('model.json').text).trunk ?: model.toUriString()
}

def byName(files) {
    return files.sort(false) { file -> file.name }
}
