// All variants ranked by |tCRA|, the nested SNP sets, and the evidence that the ranking means something.
process RANK {
    label 'mem_large'

    input:
    val sources
    path scores, stageAs: 'scores/*'
    path shards, stageAs: 'shards/*'
    path annotations, stageAs: 'annotations/*', arity: '0..*'
    path states, stageAs: 'states/*', arity: '0..*'
    path variantLists, stageAs: 'lists/*', arity: '0..*'
    path clinvar, stageAs: 'clinvar/*', arity: '0..*'
    path gwas, stageAs: 'gwas/*', arity: '0..*'
    path secondScores, stageAs: 'second/*', arity: '0..*'
    path frequencies, arity: '0..*'
    path genes, arity: '0..*'
    val settings

    output:
    path 'ranking', emit: folder
    path 'ranking/ranking.parquet', emit: ranking
    path 'ranking/enrichment.tsv', emit: enrichment
    path 'ranking/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('rank_variants.py --version'), topic: versions

    script:
    def named = [annotation: annotations, states: states, 'variant-list': variantLists, clinvar: clinvar, gwas: gwas]
        .findAll { _flag, files -> files }
        .collect { flag, files -> "--${flag} " + files.collect { file -> "${file.simpleName}=${file}" }.join(' ') }.join(' ')
    def rsids = shards ? '--rsids shards' : ''
    def second = secondScores ? '--second-scores second' : ''
    def frequency = frequencies ? "--frequencies ${frequencies[0]}" : ''
    def places = genes ? "--genes ${genes[0]}" : ''
    def matched = settings.matched_controls ? "--matched-controls ${settings.matched_controls} ${places}" : ''
    """
    # ${sources}
    rank_variants.py --scores scores --set-sizes ${settings.set_sizes} --summary ${settings.rank_by} \\
        ${rsids} ${second} ${frequency} ${matched} ${named} --out ranking
    """

    stub:
    """
    mkdir ranking
    touch ranking/{ranking.parquet,sets.tsv,enrichment.tsv,accounting.json}
    """
}
