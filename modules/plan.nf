// Preflight of a tissue's tracks, and the plan: settings of each track, statistics.json.
include { flags; word; words } from './flags'

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
    tuple val(tissue), path("${tissue}/plan/targets.txt"), emit: targets
    tuple val(tissue), path("${tissue}/plan/{statistics.json,targets.txt,sequences.bed}"), emit: dataset
    path "${tissue}/plan/accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('plan_tracks.py --version'), topic: versions

    script:
    def defaults = settings.subMap(['crop', 'statistic', 'clip', 'clip_soft', 'scale', 'order']) +
        [width: settings.pool_width, 'sequences-per-shard': settings.sequences_per_shard]
    """
    # ${sources}
    plan_tracks.py --tracks ${words(table)} --bigwigs ${words(bigwigs)} --bed ${words(windows)} --fasta ${word(genome[0])} ${flags(defaults)} \\
        --out ${word("${tissue}/plan")}
    """

    stub:
    // The table's columns are taken to be id,bigwig[,clip].
    """
    mkdir -p ${tissue}/plan
    touch ${tissue}/plan/{statistics.json,sequences.bed,accounting.json}
    cat ${words(table)} > ${tissue}/plan/targets.txt
    printf 'index\\tid\\tbigwig\\tcoverage\\tdescription\\twidth\\tclip\\n' > ${tissue}/plan/tracks.tsv
    awk -F, -v OFS='\\t' 'NR > 1 { print NR - 2, \$1, \$2, \$1 ".h5", "", 128, \$3 }' ${words(table)} >> ${tissue}/plan/tracks.tsv
    """
}
