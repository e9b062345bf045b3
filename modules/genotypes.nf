// Genotype files and what belongs to them (index, .bim, .fam, .pvar, .psam).

/** Of one panel's staged files: the one that is named on command lines. */
def mainFile(files) {
    return files.find { file -> file.name ==~ /.*\.(vcf|vcf\.b?gz|bcf|bed|pgen)/ } ?: files[0]
}
