"""Fine-mapping of a study: priors over all regions, then every region's posteriors, and the tables."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.arrays import Floats, Integers
from tcra.common.files import atomic_folder, atomic_text
from tcra.common.genome.chromosomes import plain_name, sort_key
from tcra.common.genome.genes import read_annotation
from tcra.common.provenance import provenance
from tcra.common.table_text import write_rows, write_table
from tcra.errors import UserError
from tcra.finemapping import finemap_tables as tables
from tcra.finemapping.chromosome_data import ChromosomeData, load_chromosome
from tcra.finemapping.colocalisation import TraitDesign
from tcra.finemapping.conditional_test import threshold
from tcra.finemapping.finemap_accounting import STAGE, FinemapAccounting
from tcra.finemapping.finemap_parameters import read_parameters, write_parameters
from tcra.finemapping.gene_places import locate_genes
from tcra.finemapping.priors import SNP_GROUP, EffectData, Priors, fit_priors
from tcra.finemapping.reference_panel import PanelFiles
from tcra.finemapping.region_posterior import RegionPosterior, map_region
from tcra.finemapping.regions import read_regions
from tcra.finemapping.score_classes import CLASS_NAMES, read_score_classes
from tcra.finemapping.settings import FinemapInputs, FinemapOptions, PriorOptions
from tcra.finemapping.single_effect import single_effects
from tcra.finemapping.tissue_expression import TissueExpression, colocalise_gene, read_tissues
from tcra.finemapping.trained_models import read_models
from tcra.finemapping.z_table import Z_COLUMNS, read_z_tables

log = logging.getLogger(__name__)
OTHER_SET = "another SNP set of its gene and tissue is used"
NOT_LISTED = "not in the model's table extra"
OTHER_CHROMOSOME = "on another chromosome than the one that was asked for"


class Study:
    """The inputs that all chromosomes share, and each chromosome's own as it is asked for (the last one stays in memory)."""

    def __init__(self, inputs: FinemapInputs, options: FinemapOptions) -> None:
        self.inputs, self.options = inputs, options
        self.models = read_models(inputs.models, options.snp_set, options.matching.model_db_snp_key or "rsid")
        annotation = read_annotation(inputs.genes) if inputs.genes else None
        self.places = locate_genes(self.models, annotation)
        self.regions = read_regions(inputs.regions) if inputs.regions else None
        self.panel = PanelFiles(inputs.genotypes)
        scores = read_score_classes(inputs.scores) if inputs.scores else None
        self.classes = CLASS_NAMES if scores else (SNP_GROUP,)
        self.tissues = self.models.tissues
        self.tissue: Integers = np.array([self.tissues.index(name) for name in self.models.table["tissue"]], np.int64)
        self.tests = int(self.models.chosen.sum())
        self.chromosomes = self._chromosomes()

        @lru_cache(maxsize=1)
        def load(chrom: str) -> ChromosomeData:
            return load_chromosome(chrom, self.models, self.places, self.regions, self.panel, scores, inputs, options)

        self.load = load

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the prior groups: tissues, then classes of SNPs."""
        return (*self.tissues, *self.classes)

    def _chromosomes(self) -> list[str]:
        """Chromosomes that may have something to map, in natural order."""
        known = set(self.places.chrom[self.models.chosen].tolist())
        if self.regions is not None:
            with_regions = {one.chrom for one in self.regions}
            known = with_regions if "" in known else known & with_regions
        known.discard("")
        wanted = plain_name(self.options.chromosome) if self.options.chromosome else ""
        found = sorted((one for one in known if one == wanted or not wanted), key=sort_key)
        if not found:
            where = f"chromosome {wanted}" if wanted else "any chromosome"
            raise UserError(
                f"no gene model has a place in a region on {where}: give --genes (GTF or BED) with the models' gene ids"
                + (
                    ""
                    if self.inputs.regions is None
                    else f", and regions of the same build ({self.inputs.regions} has {len(self.regions or [])})"
                )
            )
        return found

    def effect_data(self) -> EffectData:
        """z and groups of all regions with a gene model that has a z; SNPs thinned as the options say."""
        z: list[Floats] = []
        group: list[Integers] = []
        step = max(1, round(1 / self.options.priors.thin))
        for chrom in self.chromosomes:
            data = self.load(chrom)
            for region in data.mapped:
                number = len(data.models.of(region))
                keep = np.concatenate((np.arange(number), number + np.arange(0, len(data.snp_rows(region)), step)))
                z.append(data.z_scores(region)[keep])
                group.append(data.groups(region, self.tissue, len(self.tissues))[keep])
        if not z:
            raise UserError(self.explain_nothing())
        start = np.cumsum([0, *map(len, z[:-1])])
        return EffectData(np.concatenate(z), np.concatenate(group), start, self.groups, 1 / step)

    def explain_nothing(self) -> str:
        """One line: why no gene model has a z."""
        data = self.load(self.chromosomes[-1])
        seen, found = data.panel.size, int(np.isfinite(data.gwas.z).sum())
        weights, matched = len(data.matched.weight), int((data.matched.row >= 0).sum())
        ids = [name for name in data.panel.name[:1] if name]
        theirs, own = data.gwas.sample[:1] or ["nothing"], ids or ["nothing"]
        sides = f"ids look like {theirs[0]} in the GWAS and {own[0]} in the panel"
        advice = (
            "give --match-by position"
            if self.options.matching.match_by == "id"
            else "is the GWAS of another genome build (--liftover)?"
        )
        return (
            f"no gene model can be fine-mapped: on chromosome {data.panel.chrom}, {matched} of {weights} weights and {found} of the GWAS's "
            f"rows are among the panel's {seen} variants; {sides}; {advice}"
        )


def finemap(inputs: FinemapInputs, options: FinemapOptions, out: Path) -> None:
    """Fine-map all regions and write the tables, the parameters and the accounting into the folder `out`.

    Results do not depend on whether chromosomes are done in one run or in several (with the priors of one: `inputs.parameters`).

    Errors: UserError for inputs that do not fit together, or have nothing in common.
    """
    study = Study(inputs, options)
    expression = read_tissues(inputs.expression, study.tissues, study.panel.people) if options.coloc else {}
    priors, tests = _priors(study)
    record = provenance(_parameters(options), inputs.files)
    with atomic_folder(out) as folder:
        accounting = _map_chromosomes(study, priors, tests, expression, folder)
        write_parameters(folder / tables.PARAMETERS_FILE, priors, tests, {"trait": options.trait, **record})
        accounting.write(folder, {"trait": options.trait, **record})


def write_z_scores(inputs: FinemapInputs, options: FinemapOptions, out: Path) -> None:
    """Write the z-scores of all regions' variables, for priors that are fitted over several runs, with the accounting.

    Errors: as `finemap`.
    """
    study = Study(inputs, options)
    accounting = FinemapAccounting(study.models)
    reasons, _ = _left_out(study)
    with atomic_folder(out) as folder, atomic_text(folder / tables.Z_TABLE_FILE) as text:
        text.write("\t".join(Z_COLUMNS) + "\n")
        for chrom in study.chromosomes:
            data = study.load(chrom)
            for region in data.mapped:
                located = data.models.model[data.models.of(region)]
                table = study.models.table.iloc[located]
                ids = [*(table["gene"] + "|" + table["tissue"]), *data.names[data.snp_rows(region)]]
                group = np.array(study.groups, dtype=object)[data.groups(region, study.tissue, len(study.tissues))]
                columns = (data.regions[region].name, ids, group, data.z_scores(region))
                write_rows(text, pd.DataFrame(dict(zip(Z_COLUMNS, columns, strict=True))))
            accounting.add(data)
            _note(reasons, data)
        accounting.finish(reasons).write(folder, provenance(_parameters(options), inputs.files))


def write_priors(inputs: FinemapInputs, options: FinemapOptions, out: Path) -> None:
    """Write the priors of the study, and `chromosomes.tsv`: the chromosomes to fine-map with them, one task each. None are listed if no
    gene model is significant after Bonferroni over all gene models.

    Errors: as `finemap`.
    """
    study = Study(inputs, options)
    priors, tests = _priors(study)
    least_z = threshold(tests, options.conditional_p)
    strongest, chromosomes = 0.0, []
    for chrom in study.chromosomes:
        data = study.load(chrom)
        if data.mapped:
            chromosomes.append(chrom)
            strongest = max(strongest, float(np.abs(data.models.z[data.models.reason == ""]).max()))
    if strongest < least_z:
        log.warning(
            "no gene model has |z| of %.2f or more (Bonferroni over %d): nothing is fine-mapped", least_z, tests
        )
        chromosomes = []
    with atomic_folder(out) as folder:
        write_table(folder / tables.CHROMOSOMES_FILE, pd.DataFrame({"chrom": pd.Series(chromosomes, dtype=str)}))
        record = {"trait": options.trait, **provenance(_parameters(options), inputs.files)}
        write_parameters(folder / tables.PARAMETERS_FILE, priors, tests, record)


def fit_z_tables(paths: Sequence[Path], options: PriorOptions, parameters: Path | None, out: Path) -> None:
    """Priors from tables of z-scores alone, and every variable's single-effect PIP: `parameters.json`, `single_effect.tsv.gz`.

    parameters: take the priors of an earlier run instead of fitting them. thin: the share of all SNPs that the tables hold.
    """
    accounting = Accounting(STAGE)
    found = read_z_tables(paths, options.thin, accounting)
    data = found.data
    if parameters is not None:
        priors, tests = read_parameters(parameters, data.groups)
    else:
        priors = fit_priors(data, options.variance, options.fixed, options.fallback)
        tests = int(sum(one.size for name, one in priors.groups.items() if not name.startswith(SNP_GROUP)))
    prior, variance = priors.of(data.groups, data.group)
    effect, _ = single_effects(data.z, data.start, prior, variance)
    record = provenance(asdict(options), [*paths, *([parameters] if parameters else [])])
    with atomic_folder(out) as folder:
        write_table(folder / "single_effect.tsv.gz", found.table.assign(single_effect_pip=effect.alpha))
        write_parameters(folder / tables.PARAMETERS_FILE, priors, tests, record)
        accounting.write(folder, record)


def _parameters(options: FinemapOptions) -> dict[str, Any]:
    """All options but the chromosome: the priors and results of a chromosome do not depend on which others are done with it."""
    flat = asdict(options)
    del flat["chromosome"]
    return flat


def _priors(study: Study) -> tuple[Priors, int]:
    given, options = study.inputs.parameters, study.options.priors
    if given is not None:
        return read_parameters(given, study.groups)
    if options.fixed.complete:
        empty = EffectData(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64), study.groups)
        return fit_priors(empty, options.variance, options.fixed), study.tests
    return fit_priors(study.effect_data(), options.variance, options.fixed, options.fallback), study.tests


def _map_chromosomes(
    study: Study, priors: Priors, tests: int, expression: dict[str, TissueExpression], folder: Path
) -> Accounting:
    """Map region by region, and write the tables as they come."""
    accounting = FinemapAccounting(study.models)
    reasons, names = _left_out(study)
    headers = (tables.GENE_COLUMNS, tables.SNP_COLUMNS, tables.SET_COLUMNS, tables.REGION_COLUMNS)
    mapped = 0
    with ExitStack() as stack:
        genes, snps, sets, regions = (stack.enter_context(atomic_text(path)) for path in tables.table_files(folder))
        for text, columns in zip((genes, snps, sets, regions), headers, strict=True):
            text.write("\t".join(columns) + "\n")
        for chrom in study.chromosomes:
            data = study.load(chrom)
            _note(reasons, data, names)
            accounting.add(data)
            for region, posterior, rows in _posteriors(study, data, priors, tests, expression):
                mapped += 1
                write_rows(genes, rows[0])
                write_rows(snps, rows[1])
                write_rows(sets, rows[2])
                write_rows(regions, pd.DataFrame([rows[3]], columns=list(tables.REGION_COLUMNS)))
                if not posterior.fit.converged:
                    log.warning("region %s did not converge", data.regions[region].name)
        if not mapped:
            raise UserError(study.explain_nothing())
        write_rows(genes, tables.left_out_rows(study.models, reasons, names))
    log.info("%d regions fine-mapped, %d gene models in them", mapped, int((reasons == "").sum()))
    return accounting.finish(reasons)


RegionRows = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, object]]


def _posteriors(
    study: Study, data: ChromosomeData, priors: Priors, tests: int, expression: dict[str, TissueExpression]
) -> Iterator[tuple[int, RegionPosterior, RegionRows]]:
    """Each region of a chromosome with its posterior and its rows of the tables."""
    options, least_z = study.options, threshold(tests, study.options.conditional_p)
    for region in progress(data.mapped, f"regions of chromosome {data.panel.chrom}"):
        locus = data.locus(region, study.tissue, len(study.tissues))
        located = data.models.of(region)
        prior, variance = priors.of(study.groups, locus.group)
        weights = [data.models.weights[one] for one in located]
        posterior = map_region(locus, prior, variance, weights, data.models.sd[located], data.gwas.z, least_z, options)
        coloc = _colocalise(study, data, region, expression) if options.coloc else None
        yield (
            region,
            posterior,
            (
                tables.gene_rows(data, region, study.models, locus, posterior, coloc),
                tables.snp_rows(data, region, locus, posterior),
                tables.set_rows(data, region, study.models, locus, posterior),
                tables.region_row(data, region, study.models, locus, posterior),
            ),
        )


def _colocalise(study: Study, data: ChromosomeData, region: int, expression: dict[str, TissueExpression]) -> Floats:
    """Posteriors of H0 to H4 of the gene models of a region (m, 5)."""
    rows = data.snp_rows(region)
    dosages = data.panel.filled(rows)
    design = TraitDesign(study.options.gwas_samples or 0.0, study.options.cases)
    table = study.models.table.iloc[data.models.model[data.models.of(region)]]
    return np.array(
        [
            colocalise_gene(expression[tissue], gene, dosages, data.gwas.z[rows], data.panel.frequency[rows], design)
            for gene, tissue in zip(table["gene"], table["tissue"], strict=True)
        ]
    ).reshape(len(table), 5)


def _left_out(study: Study) -> tuple[NDArray[np.object_], list[str]]:
    """Why each gene model (m,) is not fine-mapped as far as is known before a chromosome is read, and their regions' names."""
    models = study.models
    reasons = np.full(len(models.table), "its place is in no region", dtype=object)
    if study.options.chromosome:
        elsewhere = (study.places.chrom != "") & (study.places.chrom != plain_name(study.options.chromosome))
        reasons[elsewhere] = OTHER_CHROMOSOME
    listed = models.table["listed"].to_numpy(bool)
    reasons[~models.chosen] = OTHER_SET
    reasons[~listed] = NOT_LISTED
    return reasons, [""] * len(models.table)


def _note(reasons: NDArray[np.object_], data: ChromosomeData, names: list[str] | None = None) -> None:
    """Put in what a chromosome says of its gene models; a model without a place that was found elsewhere stays so."""
    for model, region, reason in zip(
        data.models.model.tolist(), data.models.region.tolist(), data.models.reason, strict=True
    ):
        if reasons[model] == "":
            continue
        reasons[model] = reason
        if names is not None and region >= 0:
            names[model] = data.regions[region].name
