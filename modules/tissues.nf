// The tissues of a study: the rows of --tissues, or one that the run's own parameters describe.
// It includes no other module: one that does can be included by one script only (strict parser of Nextflow 25.04).

/**
 * One map per row of the table of tissues: its name, where it starts (tracks, model, scores or model_dbs), and its files as text. An empty cell takes the
 * run's parameter; a row that says itself where it starts takes no other start. This alone decides which stages run for a tissue.
 */
def tissuesOf(given, rows) {
    def starts = ['model_dbs', 'scores', 'model', 'tracks']
    def run = given.subMap(starts + ['expression', 'covariates', 'genotypes'])
    return rows.collect { row ->
        def own = run.findAll { name, _text -> !(name in starts) || !row.keySet().any { other -> other in starts } } + row
        own + [start: starts.find { name -> own[name] } ?: 'tracks']
    }
}

/**
 * What is wrong with the names and files of the tissues. table: see tissueTable in tables.nf. rules: those of the parameters, by name
 * (nextflow_schema.json). problemOf: what is wrong with a value, by its name, text and rule, or null.
 */
def tissueMistakes(given, table, rules, problemOf) {
    def shared = ['windows', 'combined', 'finemapping', 'loci', 'genes.tsv.gz', 'report', 'pipeline_info', 'rejected_variants', 'truth.json', 'summary.txt']
    def clash = table.rows.findAll { row -> row.tissue in shared }
        .collect { row -> "tissue `${row.tissue}` has the name of a part of the results, choose another" }
    return given.tissues ? clash + tableMistakes(given, table, rules, problemOf) : clash
}

def tableMistakes(given, table, rules, problemOf) {
    def rows = table.rows
    def columns = ['tissue', 'tracks', 'expression', 'covariates', 'genotypes', 'model', 'scores']
    def unknown = table.columns.findAll { name -> !(name in columns) }
        .collect { name -> "column `${name}` is not known, expected ${columns.join(', ')}" }
    def plain = rows.findAll { row -> !(row.tissue ==~ rules.tissue.pattern) }
        .collect { row -> "tissue `${row.tissue ?: ''}` is not a plain name; ${rules.tissue.errorMessage}" }
    def repeated = rows.countBy { row -> row.tissue }.findAll { _name, number -> number > 1 }
        .collect { name, _number -> "tissue `${name}` stands in more than one row" }
    def files = rows.collectMany { row ->
        def wrong = row.findAll { name, _text -> name in columns - 'tissue' }.collect { name, text -> problemOf.call(name, text, rules[name]) }
        wrong.findAll { message -> message }.collect { message -> "tissue `${row.tissue}`, ${message}" }
    }
    def databases = given.model_dbs ? ['`model_dbs` does not go with it: databases carry the names of their tissues'] : []
    return (unknown + plain + repeated + files + databases).collect { message -> "${table.name}: ${message}".toString() }
}

/** What would run, as text for -preview: the stages of each tissue, and those of all. Joined scores (JOIN_SCORES) depend on the scores' number. */
def plannedText(given, tissues) {
    def modelled = { row -> row.start != 'model_dbs' && row.expression && row.genotypes }
    def own = { row ->
        def stages = [
            [modelled.call(row) || row.start == 'model_dbs', 'CHECK_INPUTS'],
            [row.start == 'tracks', 'PLAN COVERAGE TFRECORDS TRAIN EVALUATE'],
            [row.start in ['tracks', 'model'], 'SCORE'], [row.start != 'model_dbs', 'RANK ANNOTATE'],
            [modelled.call(row), 'EXPRESSION GENE_MODELS MODEL_DB'],
            [given.traits && (modelled.call(row) || row.start == 'model_dbs'), 'ASSOCIATE'],
        ]
        stages.findAll { runs, _names -> runs }.collect { _runs, names -> names }.join(' ')
    }
    def training = tissues.any { row -> row.start == 'tracks' }
    def tested = given.traits && tissues.any { row -> modelled.call(row) || row.start == 'model_dbs' }
    def panel = given.ld_panel || tissues.any { row -> row.genotypes }
    def shared = [
        [given.traits, 'CHECK_INPUTS'], [training, 'PLAN_WINDOWS'], [training && given.trunk_mode == 'cached', 'EMBED'],
        [tissues.any { row -> row.start in ['tracks', 'model'] }, 'SPLIT_VARIANTS'], [tested, 'COMBINE'],
        [tested && panel && given.finemap.toString() == 'true', 'FINEMAP_PRIORS FINEMAP'], [tested && panel && given.genes, 'LOCI'],
        [true, 'REPORT'],
    ]
    def all = shared.findAll { runs, _names -> runs }.collect { _runs, names -> names }.join(' ')
    return 'would run, for each tissue:\n' + tissues.collect { row -> "  ${row.tissue}: ${own.call(row)}\n" }.join('') + "would run, for all tissues:\n  ${all}"
}

/** Inputs that a run needs and does not have: it depends on where each tissue starts. */
def missingInputs(given, tissues) {
    def training = tissues.findAll { row -> row.start == 'tracks' }
    def scoring = tissues.findAll { row -> row.start in ['tracks', 'model'] }
    def ranked = tissues.findAll { row -> row.start != 'model_dbs' }
    def modelled = ranked.findAll { row -> row.expression || (row.genotypes && !given.tissues) }
    def untested = given.traits && ranked && !modelled
    def needed = [
        [training.any { row -> !row.tracks }, 'tracks', 'the tracks table'],
        [training && !given.windows, 'windows', 'the training windows (BED)'],
        [training && !given.checkpoint, 'checkpoint', 'the pre-trained Enformer'],
        [scoring && !given.fasta, 'fasta', 'the reference genome'],
        [scoring && !given.variants, 'variants', 'the variants to score'],
        [modelled.any { row -> !row.expression }, 'expression', 'the expression table'],
        [untested || modelled.any { row -> !row.genotypes }, 'genotypes', 'the genotypes for the gene models'],
        [modelled && !given.genes, 'genes', 'the gene annotation'],
        [!ranked && !given.traits, 'traits', 'the traits table'],
    ]
    def start = [
        tracks: 'from tracks', model: 'from a trained model (--model)', scores: 'from scores (--scores)',
        model_dbs: 'from model databases (--model_dbs)',
    ][(training + scoring + tissues)[0].start]
    def starts = ['model', 'scores', 'model_dbs'].findAll { name -> given[name] }
    def several = starts.size() > 1 ? ["a run has one start: give one of " + starts.collect { name -> "`${name}`" }.join(', ')] : []
    return several + needed.findAll { missing, _name, _what -> missing }
        .collect { _missing, name, what -> "`${name}` is missing: a run that starts ${start} needs ${what}" }
}
