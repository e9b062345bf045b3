// From expression and SNP sets to gene-expression models: one database per tissue and SNP set.
include { sourcesOf   } from '../modules/sources'
include { rows        } from '../modules/tables'
include { EXPRESSION  } from '../modules/expression'
include { GENE_MODELS } from '../modules/gene_models'
include { MODEL_DB    } from '../modules/model_db'

workflow MODEL_EXPRESSION {
    take:
    expression   // [tissue, table, [covariates], [genotypes and what belongs to them]], one per tissue with expression:
                 // ['breast', breast.bed.gz, [covariates.tsv], [panel.vcf.gz, panel.vcf.gz.tbi]]
    checked      // [tissue, what CHECK_INPUTS found], for each tissue with expression; others may be among them
    ranking      // [tissue, ranking]: ['breast', ranking.parquet]
    genes        // value: gene annotation
    settings     // map of parameters

    main:
    measured = expression.map { tissue, file, covariates, _genotypes -> [tissue, file, covariates] }
    genotypes = expression.map { tissue, _file, _covariates, panel -> [tissue, panel] }.join(checked)
        .map { tissue, panel, found -> [tissue, byChromosome(panel, found)] }
    EXPRESSION(
        sourcesOf('normalize_expression.py') + sourcesOf('plan_genes.py'), measured, genes,
        settings.subMap(['factors', 'already_normalized', 'genes_per_chunk'])
    )
    number = EXPRESSION.out.chunks.map { tissue, chunks -> [tissue, rows(chunks).size()] }

    // [tissue, {chrom, first_gene, number_of_genes}, genotypes, expression, ranking], one per chunk of genes
    chunk = EXPRESSION.out.chunks.join(genotypes).join(EXPRESSION.out.expression).join(ranking)
        .flatMap { tissue, chunks, panel, table, ranks ->
            rows(chunks).collect { row -> [tissue, row, panel[row.chrom] ?: panel.all, table, ranks] }
        }
    GENE_MODELS(
        sourcesOf('fit_gene_models.py'), chunk, genes,
        settings.subMap(
            ['set_sizes', 'gene_window', 'maf', 'missing_genotypes', 'alpha', 'folds', 'repeats', 'fold_seed', 'prior', 'prior_set', 'quality', 'phi']
        )
    )
    fitted = GENE_MODELS.out.folder.combine(number, by: 0)
        .map { tissue, folder, chunks -> [groupKey(tissue, chunks), folder] }.groupTuple()
        .map { key, folders -> [key.toString(), folders.sort(false) { folder -> folder.name }] }
    MODEL_DB(sourcesOf('build_model_db.py'), fitted)

    databases = MODEL_DB.out.databases
    tables = MODEL_DB.out.summaries.map { tissue, file -> [tissue, 'model-summaries', file] }
    accounting = EXPRESSION.out.accounting.mix(GENE_MODELS.out.accounting, MODEL_DB.out.accounting)

    emit:
    databases    // [tissue, files of the folder of model databases]
    tables       // [tissue, flag of the script that reads it, file]: ['breast', 'model-summaries', model_summaries.tsv]
    accounting
}

/**
 * A panel's files by chromosome: {all, 1, 2, …}. A chromosome has its own files and those that may hold several, each with what belongs
 * to it. checked: what CHECK_INPUTS found; `genotypes` has each genotype file's one chromosome, or an empty text.
 */
def byChromosome(panel, checked) {
    def chromosomes = new groovy.json.JsonSlurper().parse(checked).genotypes ?: [:]
    // A companion is named as its genotype file up to the last part: chr1.bed, chr1.bim; chr1.vcf.gz, chr1.vcf.gz.tbi.
    def chromosomeOf = { file ->
        def names = chromosomes.keySet().findAll { name -> file.name.startsWith(name.replaceFirst(/[^.]*$/, '')) }
        chromosomes[names.max { name -> name.size() }]
    }
    return [all: panel] + chromosomes.values().findAll { chrom -> chrom }.unique(false).collectEntries { chrom ->
        [chrom, panel.findAll { file -> !chromosomeOf.call(file) || chromosomeOf.call(file) == chrom }]
    }
}
