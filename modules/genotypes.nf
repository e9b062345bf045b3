// Genotype files, and what belongs to them: index, .bim, .fam, .pvar, .psam.

/** The genotype files that a text names: one file, a pattern (one file per chromosome, say), or a folder. */
def genotypeFiles(text) {
    def place = file(text)
    def found = place instanceof Path && place.isDirectory() ? mainFiles(files("${text}/*")) : files(text)
    def genotypes = found.size() > 1 ? mainFiles(found) : found
    if (!genotypes) {
        exit 2, "`genotypes`: ${text} has no genotypes (.vcf.gz, .vcf, .bcf, .bed, .pgen)"
    }
    return genotypes
}

/** Of files that stand together, those that are named on command lines. */
def mainFiles(files) {
    return files.findAll { file -> file.name ==~ /.*\.(vcf|vcf\.b?gz|bcf|bed|pgen)/ }
}

/** Of a panel's staged files, those that are named on command lines: a single file may have any name. */
def panelFiles(files) {
    return mainFiles(files) ?: files.take(1)
}

/** A genotype file and the files that belong to it: those that its format needs, and an index or a packed .pvar if there is one. */
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
