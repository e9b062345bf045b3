// From model databases and GWAS to genes, over all tissues, traits and SNP sets.
include { sourcesOf } from '../modules/sources'
include { ASSOCIATE } from '../modules/associate'
include { COMBINE   } from '../modules/combine'

workflow ASSOCIATE_GENES {
    take:
    databases   // [tissue, files of a folder of model databases]: ['breast', [breast_400.db, breast_400_cov.txt.gz]]
    traits      // [{trait, kind: file or folder, settings: {flag: value}}, its GWAS, chain file of its liftover or []]:
                // [{trait: 'height', kind: 'file', settings: [:]}, height.tsv.gz, []]
    genes       // value: gene annotation, or an empty list

    main:
    ASSOCIATE(sourcesOf('associate.py'), databases.combine(traits))
    folders = ASSOCIATE.out.folder.map { _tissue, folder -> folder }.collect(sort: true)
    COMBINE(sourcesOf('combine_associations.py'), folders, genes)

    flags = [tissues: 'omnibus-over-tissues', summary: 'association-summary'] // other tables are called as their flag
    tables = COMBINE.out.tables
        .flatMap { files -> files.collect { file -> ['', flags.getOrDefault(file.simpleName, file.simpleName), file] } }
    accounting = ASSOCIATE.out.accounting.flatten().mix(COMBINE.out.accounting)

    emit:
    tables      // ['', flag of the script that reads it, file]: ['', 'omnibus', omnibus.tsv.gz]
    accounting
}
