// Preflight of the tracks, and the plan: settings of each track, TFRecord shards, statistics.json.
process PLAN {
    label 'cpu_small'

    input:
    val sources
    path table
    path bigwigs, stageAs: 'bigwigs/?/*'
    path windows
    path fasta
    val settings
    val checked

    output:
    path 'plan/tracks.tsv', emit: tracks
    path 'plan/shards.tsv', emit: shards
    path 'plan/sequences.bed', emit: windows
    path 'plan/{statistics.json,targets.txt,sequences.bed}', emit: dataset
    path 'plan/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('plan_tracks.py --version'), topic: versions

    script:
    def softClip = settings.clip_soft == null ? '' : "--clip_soft ${settings.clip_soft}"
    """
    # ${sources}
    plan_tracks.py --tracks ${table} --bigwigs ${bigwigs} --bed ${windows} --fasta ${fasta[0]} \\
        --crop ${settings.crop} --width ${settings.pool_width} --statistic ${settings.statistic} \\
        --clip ${settings.clip} --scale ${settings.scale} ${softClip} --order ${settings.order} \\
        --sequences-per-shard ${settings.sequences_per_shard} --out plan
    """

    stub:
    """
    mkdir plan
    touch plan/{statistics.json,targets.txt,sequences.bed,accounting.json}
    printf 'index\\tid\\tbigwig\\tflags\\n0\\tA\\tA.bw\\t-w 128\\n' > plan/tracks.tsv
    printf 'split\\tindex\\tname\\tstart\\tend\\ntrain\\t0\\ttrain-0-0\\t0\\t1\\ntest\\t0\\ttest-0-0\\t1\\t2\\n' > plan/shards.tsv
    """
}
