// All variants ranked by |tCRA|, the nested SNP sets, and the evidence that the ranking means something.
include { flags; fileFlags; word; words } from './flags'

process RANK {
    tag "${tissue}"
    label 'mem_large'
    cache 'deep' // by content: the scores of a tissue are the same whatever other tissues were scored in the same pass

    input:
    val sources
    tuple val(tissue), path(scores, stageAs: 'scores/*', arity: '1..*')
    tuple val(names), path(evidence, stageAs: 'evidence/?/*', arity: '0..*')
    val settings

    output:
    tuple val(tissue), path("${tissue}/ranking"), emit: folder
    tuple val(tissue), path("${tissue}/ranking/ranking.parquet"), emit: ranking
    tuple val(tissue), path("${tissue}/ranking/enrichment.tsv"), emit: enrichment
    path "${tissue}/ranking/accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('rank_variants.py --version'), topic: versions

    script:
    def rule = [
        'set-sizes': settings.set_sizes, 'rank-by': settings.rank_by, 'rank-tracks': settings.rank_tracks,
        'matched-controls': settings.matched_controls,
    ]
    def groups = settings.state_groups ? "--state-group ${words(settings.state_groups.tokenize('; '))}" : ''
    """
    # ${sources}
    rank_variants.py --scores scores ${flags(rule)} ${groups} ${fileFlags(names, evidence)} --out ${word("${tissue}/ranking")}
    """

    stub:
    """
    mkdir -p ${tissue}/ranking
    touch ${tissue}/ranking/{ranking.parquet,sets.tsv,enrichment.tsv,accounting.json}
    """
}
