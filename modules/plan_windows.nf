// Windows checked against the genome, sorted by split and cut into shards: what the tissues' training data have in common.
include { flags; word; words } from './flags'

process PLAN_WINDOWS {
    label 'cpu_small'

    input:
    val sources
    path windows
    path genome, stageAs: 'genome/*', arity: '1..*'
    path weights, stageAs: 'checkpoint/*', arity: '0..*' // only if embeddings are kept under a key
    val settings

    output:
    path 'windows/sequences.bed', emit: windows
    path 'windows/shards.tsv', emit: shards
    path 'windows/key.txt', emit: key, optional: true
    path 'windows/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('plan_windows.py --version'), topic: versions

    script:
    def sizes = [
        crop: settings.crop, width: settings.pool_width, 'sequences-per-shard': settings.sequences_per_shard,
        'test-fold': settings.test_fold,
    ]
    def keyed = weights ? "--checkpoint-files ${words(weights)}" : ''
    """
    # ${sources}
    plan_windows.py --bed ${words(windows)} --fasta ${word(genome[0])} ${keyed} ${flags(sizes)} --out windows
    """

    stub:
    """
    mkdir windows
    touch windows/{sequences.bed,accounting.json}
    ${weights ? 'echo key > windows/key.txt' : ''}
    printf 'split\\tindex\\tname\\tstart\\tend\\n' > windows/shards.tsv
    printf 'train\\t0\\ttrain-0-0\\t0\\t1\\ntest\\t0\\ttest-0-0\\t1\\t2\\n' >> windows/shards.tsv
    """
}
