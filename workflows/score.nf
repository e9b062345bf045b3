// From variants and models to scores, and from scores to the ranking, the SNP sets and annotation files.
include { sourcesOf      } from '../modules/sources'
include { SPLIT_VARIANTS } from '../modules/split_variants'
include { SCORE          } from '../modules/score'
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

    // [tissue, [Parquet files]]: ['breast', [variants-1-00000.parquet, variants-2-00000.parquet]]
    scores = SCORE.out.scores.flatten().map { file -> [file.parent.parent.name, file] }.groupTuple()
        .map { tissue, files -> [tissue, files.sort(false) { file -> file.name }] }.mix(given)
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
        .mix(SCORE.out.accounting.flatten(), RANK.out.accounting, ANNOTATE.out.accounting)

    emit:
    ranking      // [tissue, Parquet]
    scores       // [tissue, [Parquet files]]
    tables       // [tissue, flag of the script that reads it, file]: ['breast', 'ranking', ranking.parquet]
    accounting
}

/** What tells a model's trunk: the checksum in its model.json; where an older version wrote none, the model's own place. */
def trunkOf(model) {
    return new groovy.json.JsonSlurper().parseText(model.resolve('model.json').text).trunk ?: model.toUriString()
}
