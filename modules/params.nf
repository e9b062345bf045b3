// Parameters: checked against nextflow_schema.json, all mistakes at once, before any task starts.
// From Nextflow 25.10 on, values of the command line arrive as text, so every value is coerced to its schema type.

/** The parameters as a map with the schema's types, and one map a group (`coverage_settings`). Leaves with status 2 after naming every mistake. */
def validated(given, schemaFile) {
    def schema = readSchema(schemaFile)
    def declared = properties(schema)
    if (isTrue(given.help)) {
        println helpText(schema)
        exit 0
    }
    def unknown = given.keySet().findAll { name -> !declared.containsKey(name) }.collect { name -> unknownMessage(name, declared.keySet()) }
    def wrong = declared.collect { name, rule -> problem(name, given[name], rule) }.findAll { message -> message != null }
    def settings = declared.collectEntries { name, rule -> [(name): coerced(given[name], rule)] }
    def missing = missingInputs(settings)
    def mistakes = unknown + wrong + missing
    if (mistakes) {
        def count = mistakes.size() == 1 ? '1 mistake' : "${mistakes.size()} mistakes"
        exit 2, "${count} in the parameters:\n" + mistakes.collect { mistake -> "  - ${mistake}" }.join('\n') + '\nSee: nextflow run . --help'
    }
    // The settings of each group as a map of its own, so that a stage's cache key holds no other stage's parameters.
    return settings + schema['$defs'].collectEntries { group, rules -> [(group + '_settings'): settings.subMap(rules.properties.keySet())] }
}

/** The parameters that are set, as JSON for the report. */
def parametersText(settings) {
    def given = settings.findAll { name, value -> value != null && !name.endsWith('_settings') }
    return groovy.json.JsonOutput.prettyPrint(groovy.json.JsonOutput.toJson(given))
}

/** The schema file as a map. */
def readSchema(schemaFile) {
    return new groovy.json.JsonSlurper().parseText(file(schemaFile).text)
}

/** All parameters of the schema, name to rule, whatever their group. */
def properties(schema) {
    return schema['$defs'].values().collectEntries { group -> group.properties }
}

def unknownMessage(name, known) {
    def plain = name.replace('-', '_')
    def near = known.min { other -> distance(plain, other) }
    def hint = distance(plain, near) <= Math.max(2, near.size().intdiv(3)) ? ", did you mean `${near}`?" : ''
    return "unknown parameter `${name}`${hint}"
}

/** Levenshtein distance of two words. */
def distance(left, right) {
    def first = (0..right.size()).toList()
    def last = left.toList().withIndex().inject(first) { row, item ->
        right.toList().withIndex().inject([item[1] + 1]) { next, other ->
            def same = item[0] == other[0] ? 0 : 1
            next + [[next.last() + 1, row[other[1] + 1] + 1, row[other[1]] + same].min()]
        }
    }
    return last.last()
}

/** What is wrong with one value, or null. */
def problem(name, value, rule) {
    if (value == null || value == '') {
        return null
    }
    def text = value.toString()
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

def missingFile(name, text, rule) {
    if (!rule.exists) {
        return null
    }
    if (rule.format == 'checkpoint') {
        return file("${text}.index").exists() || file(text).isDirectory() ? null : "`${name}`: no TensorFlow checkpoint at ${text} (neither ${text}.index nor a model folder)"
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
        return file("${text}/model.json").exists() ? null : "`model`: ${text} has no model.json, expected the model folder of an earlier run"
    }
    if (name == 'scores') {
        def other = [files(text, type: 'any')].flatten().find { path -> path.isDirectory() || !path.name.endsWith('.parquet') }
        return !other ? null : other.isDirectory() ? "`scores`: ${other} is a folder, expected its files: '${other}/*.parquet'"
            : "`scores`: ${other} is not named *.parquet, expected scores in Parquet (docs/precomputed_scores.md)"
    }
    if (name == 'model_dbs') {
        def databases = files("${text}/*.db")
        def alone = databases.find { database -> !file("${text}/${database.baseName}_cov.txt.gz").exists() }
        return !databases ? "`model_dbs`: ${text} has no model database (*.db)"
            : alone ? "`model_dbs`: ${text} has ${alone.name}, but not its covariances ${alone.baseName}_cov.txt.gz" : null
    }
    if (name == 'outdir') {
        def found = firstThere(file(text))
        return !found.isDirectory() ? "`outdir`: ${found} is a file, expected a folder"
            : !java.nio.file.Files.isWritable(found) ? "`outdir`: ${found} cannot be written to" : null
    }
    return null
}

/** A path if it exists, else the nearest folder above it that does. */
def firstThere(path) {
    return path.exists() ? path : firstThere(path.parent)
}

/** The value with its schema type; the schema's default is documentation only, nextflow.config holds the real one. */
def coerced(value, rule) {
    if (value == null || value == '') {
        return null
    }
    def text = value.toString()
    def convert = [boolean: { text == 'true' }, integer: { text.isInteger() ? text.toInteger() : text }, number: { text.isNumber() ? text.toDouble() : text }]
    return convert.containsKey(rule.type) ? convert[rule.type]() : text
}

def isTrue(value) {
    return value != null && value.toString() == 'true'
}

/** Which inputs a run needs depends on where it starts. */
def missingInputs(settings) {
    if (settings.demo) {
        return []
    }
    def training = !settings.model && !settings.scores && !settings.model_dbs
    def scoring = !settings.scores && !settings.model_dbs
    def fitting = !settings.model_dbs
    def needed = (training ? [tracks: 'the tracks table', windows: 'the training windows (BED)', checkpoint: 'the pre-trained Enformer'] : [:]) +
        (scoring ? [fasta: 'the reference genome', variants: 'the variants to score'] : [:]) +
        (fitting && settings.genotypes ? [expression: 'the expression table', genes: 'the gene annotation'] : [:]) +
        (!fitting ? [traits: 'the traits table'] : [:]) +
        (settings.traits && fitting ? [genotypes: 'the genotypes for the gene models'] : [:])
    def start = training ? 'from tracks' : settings.model_dbs ? 'from model databases (--model_dbs)' : settings.scores ? 'from scores (--scores)' : 'from a trained model (--model)'
    def starts = ['model', 'scores', 'model_dbs'].findAll { name -> settings[name] }
    def several = starts.size() > 1 ? ["a run has one start: give one of " + starts.collect { name -> "`${name}`" }.join(', ')] : []
    return several + needed.findAll { name, _what -> !settings[name] }.collect { name, what -> "`${name}` is missing: a run that starts ${start} needs ${what}" }
}

/** The text of --help, by the schema's groups. */
def helpText(schema) {
    def groups = schema['$defs'].values().collect { group ->
        def lines = group.properties.findAll { _name, rule -> !rule.hidden }.collect { name, rule ->
            def standard = rule.default == null ? '' : " [${rule.default}]"
            def choices = rule['enum'] ? " (${rule['enum'].join(' | ')})" : ''
            "  --${name.padRight(24)} ${rule.description}${choices}${standard}"
        }
        "${group.title}\n${lines.join('\n')}"
    }
    return "${schema.title}\n${schema.description}\n\n  make demo                                    the demo cohort\n" +
        "  nextflow run . --tracks tracks.csv ...       your own data; -resume goes on after a stop\n\n${groups.join('\n\n')}\n"
}
