// The value of one parameter, or of one cell of the table of tissues, against its rule in nextflow_schema.json.
// It includes no other module: one that does can be included by one script only (strict parser of Nextflow 25.04).

/** What is wrong with a value, or null. */
def problem(name, value, rule) {
    if (value == null || value == '') {
        return null
    }
    def text = textOf(value, rule)
    def number = text.isNumber() ? text.toBigDecimal() : null
    if (rule.type == 'boolean' && !(text in ['true', 'false'])) {
        return "`${name}` is ${text}, expected true or false"
    }
    if (rule.type == 'integer' && !(text ==~ /-?\d+/)) {
        return "`${name}` is ${text}, expected a whole number"
    }
    if (rule.type == 'number' && number == null) {
        return "`${name}` is ${text}, expected a number"
    }
    if (number != null && rule.minimum != null && number < rule.minimum) {
        return "`${name}` is ${text}, expected at least ${rule.minimum}"
    }
    def most = rule.maximum != null ? rule.maximum : rule.type == 'integer' ? Integer.MAX_VALUE : null
    if (number != null && most != null && number > most) {
        return "`${name}` is ${text}, expected at most ${most}"
    }
    def allowed = rule['enum']
    if (allowed && !(text in allowed*.toString())) {
        return "`${name}` is ${text}, expected one of ${allowed.join(', ')}"
    }
    if (rule.pattern && !(text ==~ rule.pattern)) {
        return "`${name}` is ${text}; ${rule.errorMessage ?: 'expected the pattern ' + rule.pattern}"
    }
    // Local paths only: what an object store or a web server holds is seen when it is staged.
    return text ==~ /[a-z0-9]+:\/\/.*/ ? null : missingFile(name, text, rule) ?: unfit(name, text)
}

/** A value as text. Lists, as files of parameters have them, are joined by commas; numbers of a list are whole, also 1e6. */
def textOf(value, rule) {
    if (rule.format != 'number-list') {
        return value.toString()
    }
    def parts = value instanceof Collection ? value*.toString() : value.toString().split(',', -1).toList()
    return parts.collect { part -> wholeNumber(part.trim()) }.join(',')
}

def wholeNumber(text) {
    def number = text.isNumber() ? text.toBigDecimal() : null
    return number != null && number.remainder(1) == 0 ? number.toBigInteger().toString() : text
}

/** The value with its schema type; the schema's default is documentation only, nextflow.config holds the real one. */
def coerced(value, rule) {
    if (value == null || value == '') {
        return null
    }
    def text = textOf(value, rule)
    def convert = [
        boolean: { text == 'true' }, integer: { text.isInteger() ? text.toInteger() : text },
        number: { text.isNumber() ? text.toDouble() : text },
    ]
    return convert.containsKey(rule.type) ? convert[rule.type]() : text
}

def missingFile(name, text, rule) {
    if (!rule.exists) {
        return null
    }
    def named = rule.format == 'file-path-pattern' ? text.split(',').collect { part -> part.trim() } : []
    if (named && named.every { part -> part ==~ /[^=\/]+=.+/ }) {
        def missing = named.collect { part -> part.substring(part.indexOf('=') + 1) }.find { place -> !file(place).exists() }
        return missing ? "`${name}`: ${missing} does not exist" : null
    }
    if (rule.format == 'checkpoint') {
        return file("${text}.index").exists() || file(text).isDirectory() ? null
            : "`${name}`: no TensorFlow checkpoint at ${text} (neither ${text}.index nor a model folder)"
    }
    def found = file(text)
    if (found instanceof List) {
        return found ? null : "`${name}`: no file matches ${text}"
    }
    if (!found.exists()) {
        return "`${name}`: ${text} does not exist"
    }
    if (rule.format == 'file-path' && found.isDirectory()) {
        return "`${name}`: ${text} is a folder, expected a file"
    }
    return rule.format == 'directory-path' && !found.isDirectory() ? "`${name}`: ${text} is a file, expected a folder" : null
}

/** Folders and files that are there, but are not what their parameter means. */
def unfit(name, text) {
    if (name == 'model') {
        def record = file("${text}/model.json")
        return !record.exists() ? "`model`: ${text} has no model.json, expected the model folder of an earlier run"
            : !record.text.trim().startsWith('{') ? "`model`: ${record} is damaged, expected JSON as an earlier run wrote it" : null
    }
    if (name == 'scores') {
        def found = scoreFiles(text)
        def other = found.find { path -> !path.name.endsWith('.parquet') }
        return !found ? "`scores`: ${text} has no scores (*.parquet)"
            : other ? "`scores`: ${other} is not named *.parquet, expected scores in Parquet (docs/precomputed_scores.md)" : null
    }
    if (name == 'variants') {
        return variantFiles(text) ? null : "`variants`: ${text} has no variants (.vcf.gz, .vcf, .bcf, .pvar, .tsv, .csv, .txt)"
    }
    if (name == 'model_dbs') {
        return files("${text}/*.db") ? null : "`model_dbs`: ${text} has no model database (*.db)"
    }
    if (name == 'outdir') {
        def found = firstThere(file(text))
        return !found.isDirectory() ? "`outdir`: ${found} is a file, expected a folder"
            : !java.nio.file.Files.isWritable(found) ? "`outdir`: ${found} cannot be written to" : null
    }
    return null
}

/** Scores in a folder, or those that a file name or pattern names. */
def scoreFiles(text) {
    def place = file(text)
    return place instanceof Path && place.isDirectory() ? files("${text}/*.parquet") : files(text)
}

/** The files of variants that a text names: one file, a pattern or a folder; not the indexes that stand beside them. */
def variantFiles(text) {
    def place = text ? file(text) : []
    def found = place instanceof Path && place.isDirectory() ? files("${text}/*") : text ? files(text) : []
    return found.size() > 1 ? found.findAll { file -> file.name ==~ /.*\.(vcf|bcf|pvar|tsv|csv|txt)(\.b?gz|\.zst)?/ } : found
}

/** A path if it exists, else the nearest folder above it that does. */
def firstThere(path) {
    return path.exists() ? path : firstThere(path.parent)
}
