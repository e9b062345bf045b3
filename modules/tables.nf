// Tables: those that stages write, and the user's own that name files, which must be known before there are tasks.
// One rule for both, that of read_table in bin/tcra/common/tables.py, which checks the user's tables (CHECK_INPUTS, PLAN):
// UTF-8; lines that are blank or start with ## do not count; the first line is the header; cells are separated by tabs, or by commas
// where the header has more of them; a cell may stand in double quotes, in which "" is one quote; spaces around a cell do not count.

/** Rows of a table as maps of text, by the header's names. */
def rows(table) {
    def lines = table.getText('UTF-8').replaceFirst('^\uFEFF', '').readLines().findAll { line -> line.trim() && !line.startsWith('##') }
    if (!lines) {
        exit 2, "${table.name} has no lines, expected a header and one row per entry"
    }
    def separator = lines[0].contains('\t') && lines[0].count('\t') >= lines[0].count(',') ? '\t' : ','
    def header = cells(lines[0], separator)
    return lines.drop(1).collect { line ->
        def values = cells(line, separator)
        if (values.size() != header.size()) {
            exit 2, "${table.name}: `${line}` has ${values.size()} cells, but the header has ${header.size()}"
        }
        [header, values].transpose().collectEntries()
    }
}

def cells(line, separator) {
    return line.split("${separator}(?=(?:[^\"]*\"[^\"]*\")*[^\"]*\$)", -1)
        .collect { cell -> cell.trim().replaceAll(/^"|"$/, '').replace('""', '"').trim() }
}

/** Rows of a table that the user wrote. needed: for each needed column, the names it may have. */
def userRows(table, needed) {
    def found = rows(table)
    if (!found) {
        exit 2, "${table.name} has no rows below its header"
    }
    def header = found[0].keySet()
    def missing = needed.find { names -> !names.any { name -> name in header } }
    if (missing) {
        exit 2, "${table.name} has no column ${missing.join(' or ')}; found ${header.join(', ')} (cells are separated by commas or tabs)"
    }
    return found
}

/**
 * The table of tissues as {name, columns, rows}: rows without their empty cells, paths resolved against the table's folder. Without
 * --tissues one row, that of the run's own tissue.
 */
def tissueTable(given) {
    if (!given.tissues) {
        return [name: '', columns: [], rows: [[tissue: given.tissue]]]
    }
    def table = file(given.tissues)
    def found = userRows(table, [['tissue']])
    def rows = found.collect { row ->
        row.findAll { _name, cell -> cell }.collectEntries { name, cell -> [name, name == 'tissue' ? cell : placeOf(cell, table)] }
    }
    return [name: table.name, columns: found[0].keySet(), rows: rows]
}

/** The path that a cell names, as text: an absolute path or an address as it stands, else relative to the table's folder. */
def placeOf(cell, table) {
    if (!cell) {
        exit 2, "${table.name}: a row names no file, its cell is empty"
    }
    return cell ==~ /([a-z0-9]+:\/|\/).*/ ? cell : table.parent.resolve(cell).toUriString()
}

/** The file or folder that a cell names. */
def fileOf(cell, table) {
    def path = file(placeOf(cell, table))
    if (!path.exists()) {
        exit 2, "${table.name}: ${cell} does not exist (paths are relative to the table's folder)"
    }
    return path
}
