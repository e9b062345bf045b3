// All variants ranked by mean |tCRA|, the nested SNP sets, and the evidence that the ranking means something.
process RANK {
    label 'mem_large'

    input:
    val sources
    path scores, stageAs: 'scores/*'
    path shards, stageAs: 'shards/*'
    path annotations, stageAs: 'annotations/*', arity: '0..*'
    val setSizes

    output:
    path 'ranking', emit: folder
    path 'ranking/ranking.parquet', emit: ranking
    path 'ranking/enrichment.tsv', emit: enrichment
    path 'ranking/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('rank_variants.py --version'), topic: versions

    script:
    def rsids = shards ? '--rsids shards' : ''
    def named = annotations.collect { bed -> "--annotation ${bed.simpleName}=${bed}" }.join(' ')
    """
    # ${sources}
    rank_variants.py --scores scores --set-sizes ${setSizes} ${rsids} ${named} --out ranking
    """

    stub:
    """
    mkdir ranking
    touch ranking/{ranking.parquet,sets.tsv,enrichment.tsv,accounting.json}
    """
}
