// Small tables that the user writes: which files belong to a run. Contents are checked in Python; here only paths are read.

/** Rows of a comma- or tab-separated table as maps, `table` being its path. `needed`: for each needed column, the names it may have. */
def rows(table, needed = []) {
    def lines = table.readLines().collect { line -> line.replace('\uFEFF', '') }.findAll { line -> line.trim() && !line.startsWith('##') }
    if (!lines) {
        exit 2, "${table.name} is empty, expected a header and a row a file"
    }
    def separator = lines[0].count('\t') >= lines[0].count(',') && lines[0].contains('\t') ? '\t' : ','
    def header = cells(lines[0], separator)
    def missing = needed.find { names -> !names.any { name -> name in header } }
    if (missing) {
        exit 2, "${table.name} has no column ${missing.join(' or ')}; found ${header.join(', ')} (cells are separated by commas or tabs)"
    }
    return lines.drop(1).collect { line ->
        def values = cells(line, separator)
        header.withIndex().collectEntries { name, i -> [(name): i < values.size() ? values[i] : ''] }
    }
}

/** Cells of one line, without quotes around them. */
def cells(line, separator) {
    return line.split(separator == ',' ? /,(?=(?:[^"]*"[^"]*")*[^"]*$)/ : '\t', -1).collect { cell -> cell.trim().replaceAll(/^"|"$/, '') }
}

/** The file that a cell names: an absolute path or URI, or a path relative to the table. */
def fileOf(cell, table) {
    if (!cell) {
        exit 2, "${table.name}: a row names no file, its cell is empty"
    }
    def path = cell ==~ /([a-z0-9]+:\/|\/).*/ ? file(cell) : table.parent.resolve(cell)
    if (!path.exists()) {
        exit 2, "${table.name}: ${cell} does not exist (paths are relative to the table's folder)"
    }
    return path
}
