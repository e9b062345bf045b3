"""Gene models of a chunk of genes: reads the inputs, streams the genotypes once, fits gene after gene, writes the tables."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.arrays import Floats
from tcra.common.files import atomic_text, atomic_together
from tcra.common.genome.chromosomes import plain_name, sort_key
from tcra.common.genome.genes import GeneAnnotation, read_annotation
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.expression.elastic_net import solver, solver_version
from tcra.expression.expression_table import ExpressionTable, read_expression_table
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import MODELLED, FitSettings
from tcra.expression.gene_windows import GeneWindow, SnpFilter, WindowReader, chromosome_dosages
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.record import GenotypeFile, Region
from tcra.expression.model_files import (
    GENOTYPE_VARIANCE,
    PHI_COLUMNS,
    PHI_SUMS,
    VARIANCE_COLUMNS,
    GeneTask,
    GeneText,
    ModelTables,
    table_paths,
    task_of,
    window_rsids,
)
from tcra.expression.nested_quality import draw_nested_folds
from tcra.expression.polygenicity import PhiSums, Predictor, phi_sums
from tcra.expression.prior import DISTANCE_OFFSET_BP, RANK_OFFSET
from tcra.expression.samples import shared_samples
from tcra.expression.settings import ChunkInputs, ChunkOptions
from tcra.expression.snp_sets import RankedChromosome, RankedVariants, read_ranking
from tcra.expression.workers import Job, fit_all

log = logging.getLogger(__name__)

FEWEST_GENES_TO_JUDGE = 10  # of a chromosome whose genes fit nothing: fewer may be an accident


def fit_chunk(inputs: ChunkInputs, options: ChunkOptions, out: Path) -> None:
    """Fit the chunk's genes for every SNP set and write summaries, weights, covariances and accounting into `out`.

    Genes come out in the order of the genome (genes outside the annotation last). Results do not depend on the chunk or the cores.

    Errors: UserError for inputs that do not fit together; a gene that cannot be fitted is no error but has the status `failed`.
    """
    expression = read_expression_table(inputs.expression, options.chrom)
    annotation = read_annotation(inputs.genes)
    files = [open_genotypes(path) for path in inputs.genotypes]
    overlap = shared_samples(files, inputs.expression, expression.samples)
    samples = overlap.shared
    folds = draw_folds(len(samples), options.folds, options.repeats, options.seed)
    tasks = _tasks(expression, annotation, options)
    chunk = _chunk(tasks, options)
    ranking = read_ranking(inputs.snp_sets, _ranks_needed(options), {task.chrom for task in tasks if task.chrom})
    settings = FitSettings(
        tuple(sorted(set(options.set_sizes))), folds, options.alpha, options.full_path,
        options.prior, options.prior_set or ranking.largest_rank,
        draw_nested_folds(len(samples), options.seed) if options.quality == "nested" else None,
    )  # fmt: skip
    snp_sets = ranking.chromosomes
    _require_snps(inputs, options, tasks, ranking)

    accounting = Accounting("GENE_MODELS")
    overlap.list_rejected(accounting)
    column = {sample: i for i, sample in enumerate(expression.samples)}
    values = expression.values[:, [column[sample] for sample in samples]]
    limits = SnpFilter(options.maf, options.impute)
    solver()
    with atomic_together():
        with ExitStack() as stack:
            tables = ModelTables(*(stack.enter_context(atomic_text(path)) for path in table_paths(out)))
            jobs = _jobs(chunk, tasks, files, samples, snp_sets, limits, accounting, values)
            outcomes: dict[str, int] = {}
            chrom_of = {tasks[row].gene_id: tasks[row].chrom for row in chunk}
            predictors: dict[str, list[Predictor]] = {chrom: [] for chrom in {tasks[row].chrom for row in chunk} - {""}}
            for outcome in progress(fit_all(jobs, settings, options.cores), "genes", len(chunk)):
                tables.write(outcome.text)
                _count(accounting, outcome.text, outcome.statuses, outcomes)
                if options.phi and outcome.predictors:
                    predictors[chrom_of[outcome.predictors[0].gene_id]].extend(outcome.predictors)
        if options.phi:
            sums = {c: phi_sums(chromosome_dosages(files, c, samples, limits), some) for c, some in predictors.items()}
            _write_phi(out, predictors, sums, ranking.all_chromosomes)
        accounting.write(out, {**_provenance(inputs, options, settings), "samples": overlap.sizes()})
    log.info("%s", ", ".join(f"{number} {status}" for status, number in sorted(outcomes.items())))


def _write_phi(
    out: Path, predictors: Mapping[str, Sequence[Predictor]], sums: Mapping[str, PhiSums], chromosomes: frozenset[str]
) -> None:
    """The numerators of φ, and what the denominator needs of these chromosomes."""
    with atomic_text(out / PHI_SUMS) as text:
        text.write("\t".join(PHI_COLUMNS) + "\n")
        for chrom in sorted(predictors, key=sort_key):
            for predictor, value in zip(predictors[chrom], sums[chrom].sums.tolist(), strict=True):
                text.write(f"{predictor.gene_id}\t{chrom}\t{predictor.snp_set}\t{value!r}\n")
    with atomic_text(out / GENOTYPE_VARIANCE) as text:
        text.write("\t".join(VARIANCE_COLUMNS) + "\n")
        for chrom in sorted(chromosomes | set(sums), key=sort_key):
            found = sums.get(chrom)
            text.write(f"{chrom}\t{found.snps}\t{found.variance!r}\n" if found else f"{chrom}\tNA\tNA\n")


def _ranks_needed(options: ChunkOptions) -> int | None:
    """The largest rank that any model takes; None for all."""
    if options.prior and not options.prior_set:
        return None
    return max(*options.set_sizes, options.prior_set)


def _provenance(inputs: ChunkInputs, options: ChunkOptions, settings: FitSettings) -> dict[str, Any]:
    parameters = {name: value for name, value in vars(options).items() if name != "cores"}  # they change no result
    if options.prior:
        parameters["prior"] = {
            **vars(options.prior),
            "ranks": settings.prior_ranks,
            "rank_offset": RANK_OFFSET,
            "distance_offset_bp": DISTANCE_OFFSET_BP,
        }
    record = provenance(parameters, [*inputs.genotypes, inputs.expression, inputs.genes, inputs.snp_sets])
    return {**record, "solver": solver_version()}


def _tasks(expression: ExpressionTable, annotation: GeneAnnotation, options: ChunkOptions) -> list[GeneTask]:
    """One task for each row of the expression table, in its order."""
    tasks = []
    for chrom, gene_id, name in zip(expression.chromosomes, expression.gene_ids, expression.gene_names, strict=True):
        gene = annotation.find(gene_id, plain_name(chrom))
        if gene is None:
            tasks.append(GeneTask(gene_id, name))
        else:
            tasks.append(task_of(gene, gene_id, gene.window(options.window_bp, options.around_tss)))
    if all(task.region is None for task in tasks):
        _unfit(
            options,
            len(tasks),
            f"{annotation.path}: none of the {len(tasks)} genes of the expression table (such as {tasks[0].gene_id}) is in it "
            f"on their chromosome; its chromosomes are {', '.join(annotation.chromosomes[:5])}; "
            "give the annotation that the expression was made with",
            at_all=plain_name(options.chrom) in annotation.chromosomes,
        )
    return tasks


def _unfit(options: ChunkOptions, genes: int, message: str, at_all: bool) -> None:
    """Inputs that have nothing in common. Of one chromosome of many, that may be as it is: on mitochondrion, Y and contigs, or where
    the study is of other chromosomes; then its genes get no model.

    genes: of the chromosome. at_all: whether the other file has the chromosome. Errors: UserError.
    """
    if not options.chrom or (at_all and genes >= FEWEST_GENES_TO_JUDGE):
        raise UserError(message)
    log.warning("chromosome %s: its genes get no model: %s", options.chrom, message)


def _chunk(tasks: list[GeneTask], options: ChunkOptions) -> list[int]:
    """Rows of the chunk's genes in the order of the genome."""
    end = options.first_gene + options.number_of_genes if options.number_of_genes else len(tasks)
    rows = list(range(options.first_gene, min(end, len(tasks))))
    if not rows:
        raise UserError(f"--first-gene {options.first_gene}: there are only {len(tasks)} genes (counted from 0)")
    return sorted(rows, key=lambda row: genome_order(tasks[row]))


def genome_order(task: GeneTask) -> tuple[Any, ...]:
    """Sort key: chromosome, end and start of the window, id; genes without a place last, by id."""
    if task.region is None:
        return (1, (0, ""), 0, 0, task.gene_id)
    return (0, sort_key(task.chrom), task.region[1], task.region[0], task.gene_id)


def _require_snps(inputs: ChunkInputs, options: ChunkOptions, tasks: list[GeneTask], ranking: RankedVariants) -> None:
    """Over all genes of the table, not the chunk's alone: a chunk may well lie where no SNP is."""
    placed = [task for task in tasks if task.region is not None]
    for task in placed:
        if task.region is not None and task.chrom in ranking.chromosomes:
            first, last = np.searchsorted(
                ranking.chromosomes[task.chrom].position, (task.region[0], task.region[1] + 1)
            )
            if last > first:
                return
    if placed:
        _unfit(
            options,
            len(placed),
            f"{inputs.snp_sets}: no SNP lies within the window of any gene of {inputs.genes}; "
            "are they of the same genome build, and of the same chromosomes?",
            at_all=plain_name(options.chrom) in ranking.all_chromosomes,
        )


def _jobs(
    chunk: list[int], tasks: list[GeneTask], files: list[GenotypeFile], samples: list[str], snp_sets: dict[str, RankedChromosome],
    limits: SnpFilter, accounting: Accounting, values: Floats,
) -> Iterator[Job]:  # fmt: skip
    """The genes of the chunk with their genotypes, chromosome by chromosome."""
    nothing, no_snps = np.zeros((len(samples), 0), np.int8), np.zeros(0, np.int64)
    by_chrom: dict[str, list[int]] = {}
    for row in chunk:
        by_chrom.setdefault(tasks[row].chrom, []).append(row)
    for chrom, rows in by_chrom.items():
        snps = snp_sets.get(chrom)
        if snps is None:
            for row in rows:
                yield Job(tasks[row], nothing, no_snps, no_snps, values[row], [])
            continue
        reader = WindowReader(files, samples, snps, limits, accounting)
        regions: list[Region] = [region for row in rows if (region := tasks[row].region)]
        for index, window in reader.windows(regions):
            yield _job(tasks[rows[index]], snps, window, values[rows[index]])
        _require_genotypes(reader)


def _job(task: GeneTask, snps: RankedChromosome, window: GeneWindow, expression: Floats) -> Job:
    rows = window.rows.tolist()
    names = window_rsids(snps, rows, window.names)
    variants = [
        (name, snps.variant_id[row], snps.ref[row], snps.alt[row]) for name, row in zip(names, rows, strict=True)
    ]
    return Job(task, window.dosages, snps.rank[window.rows], snps.position[window.rows], expression, variants)


def _require_genotypes(reader: WindowReader) -> None:
    if reader.matched or not reader.expected:
        return
    if reader.covering is None:
        log.warning("no genotypes on chromosome %s in the windows of its genes: they get no model", reader.snps.chrom)
    elif reader.expected >= 100:
        raise UserError(
            f"{reader.covering.path}: none of the {reader.expected} SNPs in the genes' windows on chromosome {reader.snps.chrom} "
            "is in it (by chromosome, position and alleles); is it of the same genome build as the SNP set?"
        )


def _count(accounting: Accounting, text: GeneText, statuses: list[str], outcomes: dict[str, int]) -> None:
    gene_id = text.summaries.split("\t", 1)[0]
    genes = accounting.count("gene models (genes × SNP sets)")
    for line, status in zip(text.summaries.splitlines(), statuses, strict=True):
        genes.received()
        kind, _, detail = status.partition(": ")
        outcomes[kind] = outcomes.get(kind, 0) + 1
        if kind == MODELLED:
            genes.passed()
        else:
            genes.reject(kind, gene_id, f"SNP set {line.rsplit(chr(9), 1)[1]}", detail)
