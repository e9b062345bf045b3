// The files of a run, under the same names whether the user gave them or the demo made them.
include { rows; fileOf } from './tables'

/** Files that the user's parameters name; null where a parameter is not set. */
def givenInputs(settings) {
    def names = ['tracks', 'windows', 'fasta', 'variants', 'genotypes', 'expression', 'covariates', 'genes', 'traits']
    return names.collectEntries { name -> [(name): settings[name] ? file(settings[name]) : null] } +
        [checkpoint: settings.checkpoint, evidence: evidenceOf(settings)]
}

/** What the ranking is tested against, by kind: lists of files, each named by its file. */
def evidenceOf(settings) {
    def kinds = ['annotations', 'states', 'variant_lists', 'clinvar', 'significant_gwas', 'second_scores', 'frequencies', 'baseline']
    return kinds.collectEntries { kind -> [(kind): settings[kind] ? files(settings[kind], type: 'any') : []] }
}

/** Files in the folder that the DEMO process makes. */
def demoInputs(folder) {
    return [
        tracks: folder / 'tracks.csv', windows: folder / 'windows.bed', fasta: folder / 'genome.fa', checkpoint: folder.resolve('checkpoint/variables').toUriString(),
        variants: folder / 'variants.vcf.gz', genotypes: folder / 'genotypes.vcf.gz', expression: folder / 'expression.bed.gz',
        covariates: folder / 'covariates.tsv', genes: folder / 'genes.gtf', traits: folder / 'traits.csv', evidence: evidenceOf([annotations: folder / 'motif_sites.bed']),
    ]
}

/** A FASTA file and its index, if it has one: the index saves every task a pass over the genome. */
def withIndex(fasta) {
    return [fasta] + existing(fasta, ["${fasta.name}.fai"])
}

/** A genotype file and the files that belong to it: those that its format needs, and an index or a packed .pvar where there is one. */
def withCompanions(genotypes) {
    def base = genotypes.baseName
    def others = genotypes.name.endsWith('.bed') ? ["${base}.bim", "${base}.fam"].collect { name -> genotypes.resolveSibling(name) }
        : genotypes.name.endsWith('.pgen') ? [genotypes.resolveSibling("${base}.psam")] + existing(genotypes, ["${base}.pvar", "${base}.pvar.zst"])
        : existing(genotypes, ["${genotypes.name}.tbi", "${genotypes.name}.csi"])
    return [genotypes] + others
}

/** Those of the named files that stand beside a file. */
def existing(path, names) {
    return names.collect { name -> path.resolveSibling(name) }.findAll { other -> other.exists() }
}

/** A TensorFlow checkpoint prefix as [name of the prefix, its files]; a model folder as [its name, the folder]. */
def checkpointFiles(prefix) {
    def folder = file(prefix)
    return folder.isDirectory() ? [folder.name, folder] : [folder.name, files("${prefix}.{index,data-*}")]
}

/** The bigWig files of a tracks table as [index, file], in its order; basenji's targets.txt is a tracks table too. */
def bigwigsOf(table) {
    return rows(table, [['bigwig', 'file']]).withIndex().collect { row, index -> [index.toString(), fileOf(row.bigwig ?: row.file, table)] }
}

/** Each planned track with its bigWig, of pairs [index, file]. A track on one side only would be lost in silence: that stops the run. */
def withBigwigs(table, pairs) {
    def files = pairs.collectEntries { index, bigwig -> [(index): bigwig] }
    def planned = rows(table)
    if (planned.collect { row -> row.index }.toSet() != files.keySet()) {
        exit 1, "${table.name} plans ${planned.size()} tracks, the tracks table has ${files.size()}, and they are not the same: please report this fault"
    }
    return planned.collect { row -> [row, files[row.index]] }
}

/** Traits as [{trait, kind: file or folder}, its GWAS]. */
def traitsOf(table) {
    return rows(table, [['trait'], ['path']]).collect { row ->
        if (!(row.trait ==~ /[A-Za-z0-9][\w.-]*/)) {
            exit 2, "${table.name}: trait `${row.trait}` is not a plain name (letters, digits, _ . -)"
        }
        def gwas = fileOf(row.path, table)
        [[trait: row.trait, kind: gwas.isDirectory() ? 'folder' : 'file'], gwas]
    }
}

