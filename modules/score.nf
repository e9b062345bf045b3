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
    tuple val(task.process), val('tcra'), eval('score_variants.py --version'), topic: versions

    script:
    """
    # ${sources}
    score_variants.py --model ${model} --fasta ${fasta[0]} --variants ${variants} --method ${settings.method} \\
        --input-length ${settings.input_length} --target-bins ${settings.target_bins} --out ${variants.baseName}.parquet
    """

    stub:
    """
    touch ${variants.baseName}.parquet ${variants.baseName}.parquet.accounting.json
    """
}
