// Preflight of a tissue's tracks, and the plan: settings of each track, TFRecord shards, statistics.json.
include { flags } from './flags'

process PLAN {
    tag "${tissue}"
    label 'cpu_small'

    input:
    val sources
    tuple val(tissue), path(table), path(bigwigs, stageAs: 'bigwigs/?/*', arity: '1..*')
    path windows
    path genome, stageAs: 'genome/*', arity: '1..*'
    val settings

    output:
    tuple val(tissue), path("${tissue}/plan/tracks.tsv"), emit: tracks
    tuple val(tissue), path("${tissue}/plan/shards.tsv"), emit: shards
    tuple val(tissue), path("${tissue}/plan/sequences.bed"), emit: windows
    tuple val(tissue), path("${tissue}/plan/{statistics.json,targets.txt,sequences.bed}"), emit: dataset
    path "${tissue}/plan/accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('plan_tracks.py --version'), topic: versions

    script:
    def defaults = settings.subMap(['crop', 'statistic', 'clip', 'clip_soft', 'scale', 'order']) +
        [width: settings.pool_width, 'sequences-per-shard': settings.sequences_per_shard]
    """
    # ${sources}
    plan_tracks.py --tracks ${table} --bigwigs ${bigwigs} --bed ${windows} --fasta ${genome[0]} ${flags(defaults)} --out ${tissue}/plan
    """

    stub:
    """
    mkdir -p ${tissue}/plan
    touch ${tissue}/plan/{statistics.json,targets.txt,sequences.bed,accounting.json}
    printf 'index\\tid\\tbigwig\\tflags\\n0\\tA\\tA.bw\\t-w 128\\n' > ${tissue}/plan/tracks.tsv
    printf 'split\\tindex\\tname\\tstart\\tend\\ntrain\\t0\\ttrain-0-0\\t0\\t1\\ntest\\t0\\ttest-0-0\\t1\\t2\\n' > ${tissue}/plan/shards.tsv
    """
}
