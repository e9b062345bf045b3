// Nextflow's cache keys see the entry script of a task, but not the package that it imports. So each process
// takes a digest of all the Python that its entry script reaches: an edit there reruns that stage, and no other.

/** A digest of an entry script's imports from bin/tcra, followed through every module, with the data files beside them. */
def sourcesOf(script) {
    def bin = file("${projectDir}/bin")
    def reached = reach([bin.resolve(script)], [] as Set, bin)
    def folders = reached.collect { path -> path.parent }.findAll { folder -> folder.parent.name == 'tcra' || folder.parent.parent.name == 'tcra' } as Set
    def data = folders.collectMany { folder -> files("${folder}/**.{html,css,js,json,tsv,txt}") }
    def parts = (reached + data).toSet().sort { path -> path.toString() }.collect { path -> path.text }
    return parts.join('\n').md5()
}

/** All files reachable from `waiting` by imports of the package. */
def reach(waiting, seen, bin) {
    def fresh = waiting.findAll { path -> !(path in seen) } as Set
    return fresh ? reach(fresh.collectMany { path -> imports(path, bin) }, seen + fresh, bin) : seen
}

/** Files that one file imports: `from tcra.a.b import c` may mean tcra/a/b/c.py, or a name in tcra/a/b.py. */
def imports(path, bin) {
    def text = path.text.replaceAll(/(?s)\(([^()]*)\)/) { all -> "(${all[1].replaceAll(/\s*\n\s*/, ' ')})" }
    def found = (text =~ /(?m)^\s*(?:from\s+(tcra[\w.]*)\s+import\s+\(?([\w ,]+)|import\s+(tcra[\w.]*))/).collect { match -> match }
    return found.collectMany { match ->
        def module = match[1] ?: match[3]
        def names = (match[2] ?: '').split(',').collect { name -> name.trim().split(' ')[0] }.findAll { name -> name }
        def modules = [module] + names.collect { name -> "${module}.${name}" }
        modules.collectMany { name -> moduleFiles(name, bin) }
    }
}

/** The files of a dotted module name that exist: the module and the __init__ of every package around it. */
def moduleFiles(module, bin) {
    def parts = module.tokenize('.')
    def around = (1..parts.size()).collect { depth -> bin.resolve(parts.take(depth).join('/') + '/__init__.py') }
    return (around + [bin.resolve(parts.join('/') + '.py')]).findAll { path -> path.exists() }
}
