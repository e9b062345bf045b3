// Elastic-net expression models of a chunk of a tissue's genes, for all SNP sets at once.
include { flags; word; words } from './flags'
include { panelFiles         } from './genotypes'

process GENE_MODELS {
    tag "${tissue}, chromosome ${chunk.chrom}, gene ${chunk.first_gene} on"
    label 'cpu_shard'

    input:
    val sources
    tuple val(tissue), val(chunk), path(genotypes, stageAs: 'genotypes/*', arity: '1..*'), path(expression), path(ranking)
    path genes
    val settings

    output:
    tuple val(tissue), path("${name}"), emit: folder
    path "${tissue}/rejected_genes/${name}.accounting.json", emit: accounting
    path "${tissue}/rejected_genes/${name}.rejected.tsv.gz", emit: rejected
    tuple val(task.process), val('tcra'), eval('fit_gene_models.py --version'), topic: versions

    script:
    name = "chr${chunk.chrom}-gene${chunk.first_gene}"
    def part = [chrom: chunk.chrom, 'first-gene': chunk.first_gene, 'number-of-genes': chunk.number_of_genes]
    def model = settings.subMap(['maf', 'alpha', 'folds', 'repeats', 'prior', 'quality', 'phi']) +
        ['prior-set': settings.prior ? settings.prior_set : '', missing: settings.missing_genotypes, 'set-sizes': settings.set_sizes, window: settings.gene_window, seed: settings.fold_seed]
    """
    # ${sources}
    fit_gene_models.py --genotypes ${words(panelFiles(genotypes))} --expression ${words(expression)} --genes ${words(genes)} --snp-sets ${words(ranking)} \\
        ${flags(model)} ${flags(part)} --cores ${task.cpus} --out ${word(name)}
    mkdir -p ${word("${tissue}/rejected_genes")}
    cp ${word("${name}/accounting.json")} ${word("${tissue}/rejected_genes/${name}.accounting.json")}
    cp ${word("${name}/rejected.tsv.gz")} ${word("${tissue}/rejected_genes/${name}.rejected.tsv.gz")}
    """

    stub:
    name = "chr${chunk.chrom}-gene${chunk.first_gene}"
    """
    mkdir -p ${name} ${tissue}/rejected_genes
    touch ${name}/{model_summaries.tsv,weights.tsv,covariances.txt.gz,joint_covariances.txt.gz}
    touch ${tissue}/rejected_genes/${name}.{accounting.json,rejected.tsv.gz}
    """
}
