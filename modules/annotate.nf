// Annotation files for stratified LD score regression and polyfun.
include { flags; fileFlags; word } from './flags'

process ANNOTATE {
    tag "${tissue}"
    label 'mem_large'
    cache 'deep' // as RANK

    input:
    val sources
    tuple val(tissue), path(scores, stageAs: 'scores/*', arity: '1..*')
    tuple val(names), path(files, stageAs: 'files/?/*', arity: '0..*')
    val settings

    output:
    tuple val(tissue), path("${tissue}/annotations"), emit: folder
    path "${tissue}/annotations/accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('annotate_variants.py --version'), topic: versions

    script:
    """
    # ${sources}
    annotate_variants.py --scores scores ${flags(rule: settings.annotation_rule)} ${fileFlags(names, files)} --out ${word("${tissue}/annotations")}
    """

    stub:
    """
    mkdir -p ${tissue}/annotations
    touch ${tissue}/annotations/accounting.json
    """
}
