// Command lines: the one place where settings and staged files become flags. A process's script holds no value that has not gone through
// `flags`, `fileFlags`, `word` or `words`: names in data and of files are text to the shell, never commands.

/** `--NAME 'VALUE'` for each value that is set. The texts true and false are switches: `--NAME` alone, or nothing. */
def flags(settings) {
    def given = settings.findAll { _name, value -> value != null && !(value.toString() in ['', 'false']) }
    return given.collect { name, value -> value.toString() == 'true' ? word("--${name}") : "${word("--${name}")} ${word(value)}" }.join(' ')
}

/** A channel of [tissue, flag, file] as one value [flags, files], sorted; of the wanted flags, if any are named. A tissue is the label. */
def byFlag(tables, wanted = []) {
    return tables.filter { _tissue, flag, _file -> !wanted || flag in wanted }
        .toSortedList { one, other -> one[1] <=> other[1] ?: one[0] <=> other[0] }
        .map { list -> [list.collect { row -> row[0] ? "${row[1]}=${row[0]}".toString() : row[1] }, list.collect { row -> row[2] }] }
}

/**
 * `--NAME 'FILE' …` for staged files. names: the flag of each file, in their order, with a label after `=` where the flag
 * takes LABEL=FILE: ['genes', 'annotation=motifs'] gives `--genes 'FILE' --annotation 'motifs=FILE'`.
 */
def fileFlags(names, files) {
    return [names, files].transpose().groupBy { name, _file -> name.tokenize('=')[0] }
        .collect { flag, pairs -> "--${flag} " + pairs.collect { name, file -> labelled(name, file) }.join(' ') }.join(' ')
}

def labelled(name, file) {
    return word(name.contains('=') ? "${name.substring(name.indexOf('=') + 1)}=${file}" : file)
}

/** A value, or the name of a staged file, as one word of the shell. */
def word(value) {
    return "'" + value.toString().replace("'", "'\\''") + "'"
}

/** One value or file, or several, as words of the shell. */
def words(values) {
    return (values instanceof Collection ? values : [values]).collect { value -> word(value) }.join(' ')
}
