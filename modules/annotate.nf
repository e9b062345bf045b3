// Annotation files for stratified LD score regression and polyfun.
process ANNOTATE {
    label 'mem_large'

    input:
    val sources
    path scores, stageAs: 'scores/*'

    output:
    path 'annotations', emit: folder
    path 'annotations/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('annotate_variants.py --version'), topic: versions

    script:
    """
    # ${sources}
    annotate_variants.py --scores scores --out annotations
    """

    stub:
    """
    mkdir annotations
    touch annotations/accounting.json
    """
}
