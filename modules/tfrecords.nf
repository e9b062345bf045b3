// A few shards of a tissue's training data: DNA and the coverage of all its tracks for ranges of windows.
include { word; words } from './flags'

process TFRECORDS {
    tag "${tissue}, ${shards*.name.join(' ').take(60)}"
    label 'cpu_shard'

    input:
    val sources
    tuple val(tissue), val(shards), path(targets), path(coverage, stageAs: 'coverage/*', arity: '1..*')
    path windows
    path genome, stageAs: 'genome/*', arity: '1..*'

    output:
    tuple val(tissue), path('*.tfr', arity: '1..*'), emit: tfrecords
    path '*.tfr.accounting.json', arity: '1..*', emit: accounting
    tuple val(task.process), val('tcra'), eval('write_tfrecords.py --version'), topic: versions

    script:
    def commands = shards.collect { shard ->
        "write_tfrecords.py -s ${word(shard.start)} -e ${word(shard.end)} --targets ${words(targets)} ${word(genome[0])} ${words(windows)} coverage ${word("${shard.name}.tfr")}"
    }
    """
    # ${sources}
    ${commands.join('\n    ')}
    """

    stub:
    """
    touch ${words(shards.collectMany { shard -> ["${shard.name}.tfr", "${shard.name}.tfr.accounting.json"] })}
    """
}
