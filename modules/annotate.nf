// Annotation files for stratified LD score regression and polyfun.
process ANNOTATE {
    label 'mem_large'

    input:
    val sources
    path scores, stageAs: 'scores/*'
    path shards, stageAs: 'shards/*'
    path secondScores, stageAs: 'second/*', arity: '0..*'
    path frequencies, arity: '0..*'
    path baseline, stageAs: 'baseline/*', arity: '0..*'
    val settings

    output:
    path 'annotations', emit: folder
    path 'annotations/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('annotate_variants.py --version'), topic: versions

    script:
    def rsids = shards ? '--rsids shards' : ''
    def second = secondScores ? '--second-scores second' : ''
    def frequency = frequencies ? "--frequencies ${frequencies[0]}" : ''
    def base = baseline ? "--baseline ${baseline[0]}" : ''
    """
    # ${sources}
    annotate_variants.py --scores scores --rule ${settings.annotation_rule} ${rsids} ${second} ${frequency} ${base} --out annotations
    """

    stub:
    """
    mkdir annotations
    touch annotations/accounting.json
    """
}
