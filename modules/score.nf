// tCRA of one shard of variants: prediction with the alternate allele minus the reference, for every track.
process SCORE {
    tag "${variants.baseName}"
    label 'gpu'

    input:
    val sources
    path variants
    path model
    path fasta
    val settings

    output:
    path "${variants.baseName}.parquet", emit: scores
    path "${variants.baseName}.parquet.accounting.json", emit: accounting
    path "${variants.baseName}.parquet.rejected.tsv.gz", emit: rejected
    tuple val(task.process), val('tcra'), eval('score_variants.py --version'), topic: versions

    script:
    def length = settings.input_length ? "--input-length ${settings.input_length}" : ''
    def bins = settings.target_bins ? "--target-bins ${settings.target_bins}" : ''
    """
    # ${sources}
    score_variants.py --model ${model} --fasta ${fasta[0]} --variants ${variants} --method ${settings.method} \\
        ${length} ${bins} --out ${variants.baseName}.parquet
    """

    stub:
    """
    touch ${variants.baseName}.parquet ${variants.baseName}.parquet.accounting.json ${variants.baseName}.parquet.rejected.tsv.gz
    """
}
