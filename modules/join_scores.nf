// Score tables of a tissue joined into one: a large study has thousands, more than a task should take.
include { word; words } from './flags'

process JOIN_SCORES {
    tag "${tissue}, ${name}"
    label 'cpu_shard'
    cache 'deep' // as RANK

    input:
    val sources
    tuple val(tissue), val(name), path(scores, stageAs: 'scores/*', arity: '1..*')

    output:
    tuple val(tissue), path("${tissue}/joined/${name}.parquet"), emit: scores
    path "${tissue}/joined/${name}.parquet.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('join_scores.py --version'), topic: versions

    script:
    """
    # ${sources}
    mkdir -p ${word("${tissue}/joined")}
    join_scores.py --scores ${words(scores)} --out ${word("${tissue}/joined/${name}.parquet")}
    """

    stub:
    """
    mkdir -p ${tissue}/joined
    cat ${words(scores)} > ${tissue}/joined/${name}.parquet
    touch ${tissue}/joined/${name}.parquet.accounting.json
    """
}
