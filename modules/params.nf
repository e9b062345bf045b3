// Parameters: checked against nextflow_schema.json, all mistakes at once, before any task starts.
// Until Nextflow 25.04 values of the command line arrive as what they look like, from 25.10 on as text: every value is coerced to
// its schema type, and a text that was taken for a number (007) is refused.
include { problem; coerced                                      } from './values'
include { tissueTable                                           } from './tables'
include { tissuesOf; tissueMistakes; missingInputs; plannedText } from './tissues'

/** The parameters as a map with the schema's types, and one map per group (`coverage_settings`). Leaves with status 2 after naming every mistake. */
def validated(given, schemaFile) {
    def schema = readSchema(schemaFile)
    def declared = properties(schema)
    if (isTrue(given.help)) {
        println helpText(schema)
        exit 0
    }
    def unknown = given.keySet().findAll { name -> !declared.containsKey(name) }.collect { name -> unknownMessage(name, declared.keySet()) }
    def wrong = declared.collect { name, rule -> changed(name, given[name], rule) ?: problem(name, given[name], rule) }
        .findAll { message -> message != null }
    def settings = declared.collectEntries { name, rule -> [(name): coerced(given[name], rule)] }
    def table = !given.tissues || file(given.tissues).exists() ? tissueTable(settings) : null
    def problemOf = { name, text, rule -> problem(name, text, rule) }
    def mistakes = unknown + wrong + (settings.demo || !table ? [] :
        tissueMistakes(settings, table, declared, problemOf) + missingInputs(settings, tissuesOf(settings, table.rows)))
    if (mistakes) {
        def count = mistakes.size() == 1 ? '1 mistake' : "${mistakes.size()} mistakes"
        exit 2, "${count} in the parameters:\n" + mistakes.collect { mistake -> "  - ${mistake}" }.join('\n') + '\nSee: nextflow run . --help'
    }
    if (workflow.preview && !settings.demo) {
        println plannedText(settings, tissuesOf(settings, table.rows))
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

/** What is wrong with a text that Nextflow 25.04 took for a number of the command line and changed: 007 has become 7. Or null. */
def changed(name, value, rule) {
    def words = workflow.commandLine.tokenize(' =')
    def place = words.lastIndexOf("--${name}".toString())
    def typed = place >= 0 ? words[place + 1] : null
    return rule.type == 'string' && rule.format != 'number-list' && value instanceof Number && typed && typed != value.toString()
        ? "`${name}` is ${typed}, which Nextflow reads as ${value}: put it in quotes in a file of parameters (-params-file)" : null
}

def isTrue(value) {
    return value != null && value.toString() == 'true'
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
