// tCRA of one shard of variants: prediction with the alternate allele minus the reference, for every track of one or several tissues
// whose models share their trunk.
include { flags; word; words } from './flags'

process SCORE {
    tag "${variants.baseName}"
    label 'gpu'

    input:
    val sources
    tuple path(variants), val(tissues), path(models, stageAs: 'models/?/*', arity: '1..*')
    path genome, stageAs: 'genome/*', arity: '1..*'
    val settings

    output:
    path "*/scores/${variants.baseName}.parquet", arity: '1..*', emit: scores
    path "*/scores/${variants.baseName}.parquet.accounting.json", arity: '1..*', emit: accounting
    path "*/scores/${variants.baseName}.parquet.rejected.tsv.gz", arity: '1..*', emit: rejected
    tuple val(task.process), val('tcra'), eval('score_variants.py --version'), topic: versions

    script:
    def tables = tissues.collect { tissue -> "${tissue}/scores/${variants.baseName}.parquet" }
    def options = [
        'input-length': settings.input_length, 'target-bins': settings.target_bins, method: settings.method,
        precision: settings.precision,
    ]
    """
    # ${sources}
    mkdir -p ${words(tissues.collect { tissue -> "${tissue}/scores" })}
    score_variants.py --model ${words(models)} --fasta ${word(genome[0])} --variants ${words(variants)} ${flags(options)} --out ${words(tables)}
    """

    stub:
    """
    mkdir -p ${tissues.collect { tissue -> "${tissue}/scores" }.join(' ')}
    touch ${tissues.collect { tissue -> "${tissue}/scores/${variants.baseName}.parquet.{accounting.json,rejected.tsv.gz}" }.join(' ')}
    ${[tissues, models].transpose().collect { tissue, model -> "cat ${model}/model.json > ${tissue}/scores/${variants.baseName}.parquet" }.join('\n    ')}
    """
}
