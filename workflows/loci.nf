// The loci of every trait's genes, for the report: only where genotypes and a gene annotation are given.
include { sourcesOf } from '../modules/sources'
include { LOCI      } from '../modules/loci'

workflow EXTRACT_LOCI {
    take:
    databases      // [tissue, [*.db, *_cov.txt.gz, *_joint_covariance.txt.gz]]
    traits         // [{trait, kind: file or folder, settings: {flag: value}}, its GWAS, chain file of its liftover or []]
    associations   // ['', flag, file]: tables of COMBINE
    panel          // value: [names of genotype files, these and their companions]; without them nothing runs
    genes          // value: gene annotation, or an empty list
    ranking        // [tissue, ranking]: ['breast', ranking.parquet]
    scores         // [tissue, [its score tables]]: ['breast', [variants-1-00000.parquet]]
    evidence       // [flag=LABEL, file] of the ranking, of which chromatin states are shown: ['states=liver', liver.bed]
    settings       // map of parameters

    main:
    models = databases.flatMap { _tissue, files -> files.findAll { file -> file.name.endsWith('.db') } }
        .toSortedList { one, other -> one.name <=> other.name }.filter { files -> files.size() > 0 }
    tested = associations.filter { _tissue, flag, _file -> flag in ['associations', 'omnibus', 'tissues'] }
        .map { _tissue, _flag, file -> file }.toSortedList { one, other -> one.name <=> other.name }.filter { files -> files.size() > 0 }
    annotation = genes.filter { file -> file }
    shown = ranking.map { tissue, file -> ["rankings=${tissue}".toString(), file] }.mix(
        scores.flatMap { tissue, files ->
            files.findAll { file -> file.name.endsWith('.parquet') }.collect { file -> ["scores=${tissue}".toString(), file] }
        },
        evidence.filter { flag, _file -> flag.startsWith('states=') }
    )
    said = shown.toSortedList { one, other -> one[0] <=> other[0] ?: one[1].name <=> other[1].name }
        .map { pairs -> [pairs.collect { pair -> pair[0] }, pairs.collect { pair -> pair[1] }] }
    flank = [settings.gene_window.toString().toInteger(), 500000].min()
    LOCI(sourcesOf('extract_loci.py'), traits, models, tested, panel, annotation, said, flank)

    tables = LOCI.out.folder.map { folder -> ['', 'loci', folder] }
    accounting = LOCI.out.accounting

    emit:
    tables       // ['', flag of render_report.py, folder of a trait]
    accounting
}
