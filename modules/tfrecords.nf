// One shard of training data: DNA and the coverage of all tracks for a range of windows.
process TFRECORDS {
    tag "${shard.name}"
    label 'cpu_shard'

    input:
    val sources
    val shard
    path coverage, stageAs: 'coverage/*'
    path windows
    path fasta

    output:
    path "${shard.name}.tfr", emit: tfrecords
    path "${shard.name}.tfr.accounting.json", emit: accounting
    tuple val(task.process), val('tcra'), eval('write_tfrecords.py --version'), topic: versions

    script:
    """
    # ${sources}
    write_tfrecords.py -s ${shard.start} -e ${shard.end} ${fasta[0]} ${windows} coverage ${shard.name}.tfr
    """

    stub:
    """
    touch ${shard.name}.tfr ${shard.name}.tfr.accounting.json
    """
}
