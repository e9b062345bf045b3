// One track: its bigWig pooled to bins over every window. Its settings are values, so that another track's change is none here.
include { flags; word; words } from './flags'

process COVERAGE {
    tag "${track.id}"
    label 'cpu_shard'

    input:
    val sources
    tuple val(track), path(bigwig)
    path windows

    output:
    tuple val(track), path("${track.coverage}"), emit: coverage
    path "${track.coverage}.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('read_coverage.py --version'), topic: versions

    script:
    """
    # ${sources}
    read_coverage.py ${flags(track.settings)} ${words(bigwig)} ${words(windows)} ${word(track.coverage)}
    """

    stub:
    """
    touch ${word(track.coverage)} ${word("${track.coverage}.accounting.json")}
    """
}
