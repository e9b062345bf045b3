// All tissues, traits and SNP sets together: multiple testing, genomic inflation, the tests over SNP sets and over tissues.
include { words } from './flags'

process COMBINE {
    label 'mem_large'

    input:
    val sources
    path associations, stageAs: 'associations/?/*', arity: '1..*'
    path genes, stageAs: 'genes/*', arity: '0..*'

    output:
    path 'combined', emit: folder
    path 'combined/{associations.tsv.gz,omnibus.tsv.gz,tissues.tsv.gz,summary.tsv}', emit: tables
    path 'combined/accounting.json', emit: accounting
    tuple val(task.process), val('tcra'), eval('combine_associations.py --version'), topic: versions

    script:
    def places = genes ? "--genes ${words(genes)}" : ''
    """
    # ${sources}
    combine_associations.py --associations ${words(associations)} ${places} --out combined
    """

    stub:
    """
    mkdir combined
    touch combined/{associations.tsv.gz,omnibus.tsv.gz,tissues.tsv.gz,summary.tsv,accounting.json}
    """
}
