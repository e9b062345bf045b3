// One track: its bigWig pooled to bins over every window.
process COVERAGE {
    tag "${track.id}"
    label 'cpu_shard'

    input:
    val sources
    tuple val(tissue), val(track), path(bigwig), path(windows)

    output:
    tuple val(tissue), path("${track.index}.h5"), emit: coverage
    path "${track.index}.h5.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('read_coverage.py --version'), topic: versions

    script:
    """
    # ${sources}
    read_coverage.py ${track.flags} ${bigwig} ${windows} ${track.index}.h5
    """

    stub:
    """
    touch ${track.index}.h5 ${track.index}.h5.accounting.json
    """
}
