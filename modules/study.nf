// A study's files, under the same names whether the user gave them or the demo made them.
include { userRows; fileOf; tissueTable           } from './tables'
include { tissuesOf                               } from './tissues'
include { genotypeFiles; withCompanions; existing } from './genotypes'
include { scoreFiles; variantFiles                } from './values'

/**
 * The study as one map. Shared by all tissues: windows, genome ([FASTA, its index]), checkpoint ([name, files]), variants, genes,
 * evidence and traits; `to_train`, `to_score`: whether any tissue needs windows, or variants. `tissues` has one map per tissue with
 * its files (see tissuesOf). What is not given is null or an empty list.
 */
def studyOf(given) {
    def table = optional(given.traits)
    def tissues = tissuesOf(given, tissueTable(given).rows)
    def study = [
        windows: optional(given.windows), genome: given.fasta ? withIndex(file(given.fasta)) : [],
        checkpoint: given.checkpoint ? checkpointFiles(given.checkpoint) : [], variants: variantFiles(given.variants),
        genes: optional(given.genes), evidence: evidenceOf(given), traits_table: table, traits: table ? traitsOf(table) : [],
        tissues: tissues.collect { row -> withFiles(row) }, to_train: tissues.any { row -> row.start == 'tracks' },
        to_score: tissues.any { row -> row.start in ['tracks', 'model'] },
        regions: optional(given.regions), finemap: given.finemap.toString() == 'true', panel: panelOf(given, tissues),
    ]
    def unfit = pathsIn(study).findAll { path -> !isPlain(path) }.unique()
    if (unfit) {
        exit 2, "${unfit[0]} cannot be handed to a task: a path may have letters, digits, blanks and any of _ . , + - = @ % : ( ) ' & ~ #, " +
            "and the file's name begins with a letter, a digit, _ or .; rename it, or make a link of a plain name"
    }
    return study
}

/** All paths of a study. */
def pathsIn(part) {
    def inside = part instanceof Map ? part.values() : part instanceof Collection ? part : []
    return part instanceof Path ? [part] : inside.collectMany { each -> pathsIn(each) }
}

/** Whether Nextflow can stage a path as what it is: in the scripts that link a task's inputs, it does not escape $ ; * [ { and the like. */
def isPlain(path) {
    def text = path.scheme == 'file' ? path.toString() : path.name
    return text ==~ /[\p{L}\p{M}\p{N} _.,+=@%:()'&~#\/-]*/ && path.name ==~ /[\p{L}\p{N}_.].*/
}

/**
 * Genotypes whose LD fine-mapping and the report's loci use: --ld_panel, else the first tissue's that has them. [their names, the
 * files and their companions], or an empty list.
 */
def panelOf(given, tissues) {
    def found = given.ld_panel ?: tissues.findResult { row -> row.genotypes }
    def panel = found ? genotypeFiles(found) : []
    if (panel.size() > 1 && given.finemap.toString() == 'true') {
        exit 2, "--finemap reads LD from one genotype file, but ${found} names ${panel.size()}: name one with --ld_panel"
    }
    return panel ? [panel.collect { genotypes -> genotypes.name }, panel.collectMany { genotypes -> withCompanions(genotypes) }] : []
}

/** The parameters that name files, as the DEMO process makes them in its folder. */
def demoFiles(folder) {
    return [
        tissues: 'tissues.csv', windows: 'windows.bed', fasta: 'genome.fa', checkpoint: 'checkpoint/variables', variants: 'variants.vcf.gz',
        genotypes: 'genotypes.vcf.gz', genes: 'genes.gtf', traits: 'traits.csv', annotations: 'motif_sites.bed',
    ].collectEntries { name, place -> [(name): folder.resolve(place).toUriString()] }
}

/** A tissue with files for the texts: tracks as the table and its bigWigs, in its order. */
def withFiles(row) {
    def table = row.start == 'tracks' ? file(row.tracks) : null
    return [
        tissue: row.tissue, start: row.start, tracks: table, bigwigs: table ? bigwigsOf(table) : [],
        model: row.start == 'model' ? file(row.model) : null, scores: row.start == 'scores' ? scoreFiles(row.scores) : [],
        model_dbs: row.start == 'model_dbs' ? files("${row.model_dbs}/*") : [],
        expression: row.expression && row.genotypes && row.start != 'model_dbs' ? file(row.expression) : null,
        covariates: row.covariates ? [file(row.covariates)] : [],
        genotypes: row.genotypes ? genotypeFiles(row.genotypes).collectMany { panel -> withCompanions(panel) } : [],
    ]
}

/** What CHECK_INPUTS looks at: [what, genotypes, models, flag of each further file, files], per tissue and for all traits. */
def checksOf(study) {
    def tissues = study.tissues.findAll { row -> row.expression }.collect { row ->
        [row.tissue, row.genotypes, []] +
            named([['expression', row.expression], ['covariates', row.covariates], ['genes', study.genes]])
    }
    def gwas = study.traits.collect { row -> row[1] }
    def traits = gwas ? [['all traits', [], []] + named([['traits', study.traits_table], ['gwas', gwas]])] : []
    def databases = study.tissues.findAll { row -> row.model_dbs }.collect { row -> ['all models', [], row.model_dbs, [], []] }
    return tissues + traits + databases
}

/** Pairs of a flag and its file or files as two lists, the flag of each file and the files: what fileFlags in flags.nf takes. */
def named(pairs) {
    def single = pairs.collectMany { flag, files -> [files].flatten().findAll { file -> file }.collect { file -> [flag, file] } }
    return [single.collect { flag, _file -> flag }, single.collect { _flag, file -> file }]
}

/** What the ranking is tested against: {ranking, annotations}, each as the flags of the stage's script and the files (see named). */
def evidenceOf(given) {
    def labelled = [annotations: 'annotation', states: 'states', variant_lists: 'variant-list', clinvar: 'clinvar', significant_gwas: 'gwas']
        .collectMany { name, flag -> labelledFiles(given[name]).collect { label, file -> ["${flag}=${label}".toString(), file] } }
    def shared = [['second-scores', filesOf(given.second_scores)], ['frequencies', filesOf(given.frequencies)]]
    def matched = given.matched_controls ? [['genes', filesOf(given.genes)]] : []
    return [ranking: named(labelled + shared + matched), annotations: named(shared + [['baseline', filesOf(given.baseline)]])]
}

/** Files with their labels, [label, file]: as `label=file,label=file` gives them, or those of a pattern, by their names up to a dot. */
def labelledFiles(text) {
    def parts = text ? text.toString().split(',').collect { part -> part.trim() } : []
    return parts && parts.every { part -> part.contains('=') }
        ? parts.collect { part -> [part.substring(0, part.indexOf('=')), file(part.substring(part.indexOf('=') + 1))] }
        : filesOf(text).collect { path -> [path.simpleName, path] }
}

def filesOf(pattern) {
    return pattern ? files(pattern, type: 'any') : []
}

def optional(text) {
    return text ? file(text) : null
}

/** A FASTA file and its index, if it has one: the index saves every task a pass over the genome. */
def withIndex(fasta) {
    return [fasta] + existing(fasta, ["${fasta.name}.fai"])
}

/** A TensorFlow checkpoint prefix as [name of the prefix, its files]; a model folder as [its name, the folder]. */
def checkpointFiles(prefix) {
    def folder = file(prefix)
    return folder.isDirectory() ? [folder.name, folder] : [folder.name, files("${prefix}.{index,data-*}")]
}

/** The bigWig files of a tracks table, in its order; basenji's targets.txt is a tracks table too. */
def bigwigsOf(table) {
    return userRows(table, [['bigwig', 'file']]).collect { row -> fileOf(row.bigwig ?: row.file, table) }
}

/**
 * Traits as [{trait, kind, settings}, its GWAS, the chain file of its liftover or an empty list]: `kind` is file or folder, settings
 * are the other columns, each named as its flag of associate.py.
 */
def traitsOf(table) {
    return userRows(table, [['trait'], ['path']]).collect { row ->
        if (!(row.trait ==~ /[A-Za-z0-9][\w.-]*/)) {
            exit 2, "${table.name}: trait `${row.trait}` is not a plain name (letters, digits, _ . -)"
        }
        def gwas = fileOf(row.path, table)
        def settings = row.findAll { name, cell -> cell && !(name in ['trait', 'path', 'liftover']) }
        def chain = row.liftover ? fileOf(row.liftover, table) : []
        [[trait: row.trait, kind: gwas.isDirectory() ? 'folder' : 'file', settings: settings], gwas, chain]
    }
}
