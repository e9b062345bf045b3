// One track: its bigWig pooled to bins over every window.
process COVERAGE {
    tag "${track.id}"
    label 'cpu_shard'

    input:
    val sources
    tuple val(track), path(bigwig)
    path windows

    output:
    path "${track.index}.h5", emit: coverage
    path "${track.index}.h5.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('read_coverage.py --version'), topic: versions

    script:
    def softClip = track.clip_soft ? "--clip_soft ${track.clip_soft}" : ''
    def blacklist = track.blacklist ? "-b ${track.blacklist}" : ''
    """
    # ${sources}
    read_coverage.py --crop ${track.crop} -w ${track.width} -u ${track.statistic} -c ${track.clip} -s ${track.scale} \\
        ${softClip} ${blacklist} --order ${track.order} ${bigwig} ${windows} ${track.index}.h5
    """

    stub:
    """
    touch ${track.index}.h5 ${track.index}.h5.accounting.json
    """
}
