// One shard of training data: DNA and the coverage of all tracks of a tissue for a range of windows.
process TFRECORDS {
    tag "${tissue}, ${shard.name}"
    label 'cpu_shard'

    input:
    val sources
    tuple val(tissue), val(shard), path(windows), path(coverage, stageAs: 'coverage/*', arity: '1..*')
    path genome, stageAs: 'genome/*', arity: '1..*'

    output:
    tuple val(tissue), path("${shard.name}.tfr"), emit: tfrecords
    path "${shard.name}.tfr.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('write_tfrecords.py --version'), topic: versions

    script:
    """
    # ${sources}
    write_tfrecords.py -s ${shard.start} -e ${shard.end} ${genome[0]} ${windows} coverage ${shard.name}.tfr
    """

    stub:
    """
    touch ${shard.name}.tfr ${shard.name}.tfr.accounting.json
    """
}
