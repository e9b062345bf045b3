// Elastic-net expression models of a chunk of genes, for all SNP sets at once.
process GENE_MODELS {
    tag "chromosome ${chunk.chrom}, gene ${chunk.first_gene} on"
    label 'cpu_shard'

    input:
    val sources
    val chunk
    path genotypes, stageAs: 'genotypes/*', arity: '0..*'
    path expression
    path genes
    path ranking
    val setSizes
    val settings

    output:
    path "${name}", emit: folder
    path "${name}.accounting.json", emit: accounting
    path "${name}.rejected.tsv.gz", emit: rejected
    tuple val(task.process), val('tcra'), eval('fit_gene_models.py --version'), topic: versions

    script:
    name = "chr${chunk.chrom}-gene${chunk.first_gene}"
    """
    # ${sources}
    fit_gene_models.py --genotypes ${mainFile(genotypes)} --expression ${expression} --genes ${genes} --snp-sets ${ranking} \\
        --set-sizes ${setSizes} --window ${settings.gene_window} --maf ${settings.maf} --alpha ${settings.alpha} \\
        --folds ${settings.folds} --repeats ${settings.repeats} --seed ${settings.fold_seed} \\
        --cores ${task.cpus} --chrom ${chunk.chrom} --first-gene ${chunk.first_gene} --number-of-genes ${chunk.number_of_genes} --out ${name}
    cp ${name}/accounting.json ${name}.accounting.json
    cp ${name}/rejected.tsv.gz ${name}.rejected.tsv.gz
    """

    stub:
    name = "chr${chunk.chrom}-gene${chunk.first_gene}"
    """
    mkdir ${name}
    touch ${name}/{model_summaries.tsv,weights.tsv,covariances.txt.gz,joint_covariances.txt.gz} ${name}.accounting.json ${name}.rejected.tsv.gz
    """
}

include { mainFile } from './check_inputs'
