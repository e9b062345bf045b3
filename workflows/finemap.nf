// From significant genes to causes: posterior probabilities of genes and SNPs per trait, over all tissues.
include { sourcesOf      } from '../modules/sources'
include { rows           } from '../modules/tables'
include { FINEMAP_PRIORS } from '../modules/finemap_priors'
include { FINEMAP        } from '../modules/finemap'

workflow FINEMAP_GENES {
    take:
    databases   // [tissue, files of a folder of model databases]: ['breast', [breast_400.db, breast_400_cov.txt.gz]]
    traits      // [{trait, kind: file or folder, settings: {flag: value}}, its GWAS, chain file of its liftover or []]:
                // [[trait: 'height', kind: 'file', settings: [:]], height.tsv.gz, []]
    panel       // value: [names of genotype files, these and their companions], here of one file; without a value nothing
                // runs: [['panel.vcf.gz'], [panel.vcf.gz, panel.vcf.gz.tbi]]
    genes       // value: gene annotation, or an empty list: genes.gtf
    regions     // value: LD blocks (BED), or an empty list; without a value nothing runs: ld_blocks.bed

    main:
    models = databases.flatMap { _tissue, files -> files.findAll { file -> file.name.endsWith('.db') } }
        .toSortedList { one, other -> one.name <=> other.name }.filter { files -> files.size() > 0 }
    genotypes = panel.map { _names, files -> files }
    FINEMAP_PRIORS(sourcesOf('finemap_genes.py'), traits, models, genotypes, genes, regions)

    // [{trait, …}, GWAS, chain, parameters.json, chromosome], one per chromosome with something to fine-map:
    // [[trait: 'height', …], height.tsv.gz, [], parameters.json, '22']
    chromosome = FINEMAP_PRIORS.out.priors.map { trait, priors, table -> [trait.trait, priors, rows(table)] }
        .join(traits.map { trait, gwas, chain -> [trait.trait, trait, gwas, chain] })
        .flatMap { _name, priors, found, trait, gwas, chain -> found.collect { row -> [trait, gwas, chain, priors, row.chrom] } }
    FINEMAP(sourcesOf('finemap_genes.py'), chromosome, models, genotypes, genes, regions)

    tables = FINEMAP.out.folder.map { _trait, folder -> ['', 'finemapping', folder] }
    accounting = FINEMAP.out.accounting

    emit:
    tables       // ['', flag of render_report.py, folder of a chromosome]: ['', 'finemapping', chr22]
    accounting   // accounting.json of each chromosome
}
