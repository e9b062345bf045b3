// The loci of every trait's genes, for the report: only where genotypes and a gene annotation are given.
include { sourcesOf } from '../modules/sources'
include { LOCI      } from '../modules/loci'

workflow EXTRACT_LOCI {
    take:
    databases      // [tissue, files of a folder of model databases]: ['breast', [breast_400.db, breast_400_cov.txt.gz]]
    traits         // [{trait, kind: file or folder, settings: {flag: value}}, its GWAS, chain file of its liftover or []]:
                   // [[trait: 'height', kind: 'file', settings: [:]], height.tsv.gz, []]
    associations   // ['', flag of the script that reads it, file], the tables of COMBINE:
                   // ['', 'omnibus', omnibus.tsv.gz]
    panel          // value: [names of genotype files, these and their companions]; without a value nothing runs:
                   // [['chr21.bed', 'chr22.bed'], [chr21.bed, chr21.bim, chr21.fam, chr22.bed, chr22.bim, chr22.fam]]
    genes          // value: gene annotation, or an empty list: genes.gtf
    ranking        // [tissue, ranking]: ['breast', ranking.parquet]
    scores         // [tissue, [its score tables]]: ['breast', [variants-1-00000.parquet]]
    evidence       // [flag=LABEL, file], the ranking's evidence, of which chromatin states are shown:
                   // ['states=liver', liver.bed]
    settings       // map of parameters; read here: gene_window

    main:
    needed = databases.flatMap { _tissue, files -> files.findAll { file -> file.name.endsWith('.db') } }
        .map { file -> ['model_db_path', file] }.mix(
            associations.filter { _tissue, flag, _file -> flag in ['associations', 'omnibus', 'omnibus-over-tissues'] }
                .map { _tissue, _flag, file -> ['associations', file] },
            genes.filter { file -> file }.map { file -> ['genes', file] }
        )
    shown = ranking.map { tissue, file -> ["rankings=${tissue}".toString(), file] }.mix(
        scores.flatMap { tissue, files ->
            files.findAll { file -> file.name.endsWith('.parquet') }.collect { file -> ["scores=${tissue}".toString(), file] }
        },
        evidence.filter { flag, _file -> flag.startsWith('states=') }
    )
    // value: [flags, files], if models, associations and genes are there:
    // [['associations', 'genes', 'model_db_path'], [omnibus.tsv.gz, genes.gtf, breast_400.db]]
    files = needed.mix(shown).toSortedList { one, other -> one[0] <=> other[0] ?: one[1].name <=> other[1].name }
        .filter { pairs -> ['model_db_path', 'associations', 'genes'].every { flag -> pairs.any { pair -> pair[0] == flag } } }
        .map { pairs -> pairs.transpose() }
    LOCI(sourcesOf('extract_loci.py'), traits, panel, files, settings.gene_window)

    tables = LOCI.out.folder.map { folder -> ['', 'loci', folder] }
    accounting = LOCI.out.accounting

    emit:
    tables       // ['', flag of render_report.py, folder of a trait]: ['', 'loci', height]
    accounting   // accounting.json of each trait
}
