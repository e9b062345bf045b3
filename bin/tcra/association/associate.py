"""Associate genes with a trait: one GWAS against one or several expression models, read once."""

import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from tcra.association.alignment import OTHER_FREQUENCY, Aligned, align, drop
from tcra.association.correlation import correlate
from tcra.association.covariance import Covariance, read_covariance, single_snp_covariance
from tcra.association.diagnostics import gene_flags, snp_table, write_snps
from tcra.association.frequency import FrequencyCheck, compare_frequencies
from tcra.association.gwas import Gwas, read_gwas
from tcra.association.matching import IdMatcher, Matcher, PositionMatcher
from tcra.association.model import Model, read_model
from tcra.association.outputs import flags_path
from tcra.association.overlap import explain_no_overlap, explain_nothing_usable
from tcra.association.results import account, calibrate, make_table, write_rows
from tcra.association.settings import GwasSettings
from tcra.association.statistic import GeneTests, associate_genes
from tcra.cli import UserError
from tcra.common.accounting import Accounting
from tcra.common.genome.liftover import Liftover
from tcra.common.provenance import provenance
from tcra.common.read_ahead import ReadAhead
from tcra.common.tables import write_table

log = logging.getLogger("tcra.association")


@dataclass(frozen=True)
class Options:
    """What to compute and write, beyond the GWAS's own settings; names and meanings are S-PrediXcan's flags."""

    trait: str = ""
    model_db_snp_key: str | None = None
    single_snp_model: bool = False
    additional_output: bool = False
    remove_ens_version: bool = False
    gwas_h2: float | None = None
    gwas_N: float | None = None
    resolve_strand: bool = False
    match_by: Literal["id", "position"] = "id"
    liftover: Path | None = None
    max_frequency_difference: float | None = None
    snps_used: Path | None = None
    correlations: Path | None = None
    joint_covariance: list[Path] = field(default_factory=list)
    gwas_points: Path | None = None
    overwrite: bool = False
    settings: GwasSettings = field(default_factory=GwasSettings)

    def __post_init__(self) -> None:
        if (self.gwas_h2 is None) != (self.gwas_N is None):
            raise UserError("--gwas_h2 and --gwas_N go together: calibration needs both, or give neither")
        if self.gwas_h2 is not None and not 0 <= self.gwas_h2 <= 1:
            raise UserError(f"--gwas_h2 {self.gwas_h2}: expected a heritability between 0 and 1")
        if self.liftover is not None and self.match_by != "position":
            raise UserError("--liftover changes positions; give --match-by position too")
        if self.gwas_N is not None and self.gwas_N <= 0:
            raise UserError(f"--gwas_N {self.gwas_N}: expected the number of samples")


def associate(
    models: list[Path], covariances: list[Path], gwas_files: list[Path], outputs: list[Path], options: Options
) -> None:
    """Test every gene of every model and write one CSV a model, with its accounting beside it.

    models, covariances, outputs: one each per model, in the same order (no covariance with `single_snp_model`).

    Errors: UserError for inputs that cannot be used, or that have nothing in common.
    """
    for out in outputs:
        if out.exists() and not options.overwrite:
            raise UserError(f"{out} exists; delete it, or give --overwrite")
    if not options.single_snp_model and len(covariances) != len(models):
        raise UserError(
            f"{len(models)} model databases but {len(covariances)} covariances; give one --covariance for each"
        )
    loaded = [read_model(path, options.model_db_snp_key, options.match_by == "position") for path in models]
    for model in loaded:
        check_calibration(model, options)
    paths = [None] * len(loaded) if options.single_snp_model else covariances
    read = ReadAhead(_read_covariance, zip(loaded, paths, strict=True))  # while the GWAS is read
    matcher = _matcher(loaded, options)
    gwas = read_gwas(gwas_files, matcher, options.settings)
    if not any(len(file.code) for file in gwas.files):
        raise UserError(explain_no_overlap(gwas_files[0], loaded, gwas, options.match_by))
    aligned = [_align(model, gwas, matcher, options) for model in loaded]
    if not any((one.source >= 0).any() for one in aligned):
        raise UserError(explain_nothing_usable(gwas_files[0], aligned))
    snps: list[pd.DataFrame] = []
    tested: list[tuple[Model, GeneTests]] = []
    for model, path, covariance, one, out in zip(loaded, paths, read, aligned, outputs, strict=True):
        inputs = [model.path, *([path] if path else []), *gwas_files]
        tests, table = _associate_model(model, covariance, gwas, one, inputs, out, options)
        snps += [] if table is None else [table]
        tested += [(model, tests)] if options.correlations else []
    if options.snps_used:
        write_snps(options.snps_used, snps)
    if options.correlations:
        write_correlations(options.correlations, tested, options)
    if options.gwas_points:
        from tcra.association.figures.gwas_points import gwas_points

        points = gwas_points(gwas_files, options.settings)
        points.insert(0, "trait", options.trait)
        write_table(options.gwas_points, points)


def write_correlations(path: Path, tested: list[tuple[Model, GeneTests]], options: Options) -> None:
    """Write the correlation of each gene's predicted expression between the models: `trait, gene, model_1, model_2, correlation`."""
    table = correlate(tested, options.joint_covariance)
    if options.remove_ens_version:
        table["gene"] = table["gene"].str.split(".").str[0]
    table.insert(0, "trait", options.trait)
    write_table(path, table)
    unknown = int(table["correlation"].isna().sum())
    log.info("correlations of %d pairs of models, %d of them unknown (a covariance is missing)", len(table), unknown)


def check_calibration(model: Model, options: Options) -> None:
    """UserError if calibration is asked for and the model has no phi."""
    if options.gwas_h2 is not None and ("phi" not in model.extra or model.extra["phi"].isna().all()):
        what = "has no column phi" if "phi" not in model.extra else "has an empty phi for every gene"
        raise UserError(f"{model.path}: table extra {what}, which --gwas_h2 and --gwas_N need; leave both out")


def _read_covariance(pair: tuple[Model, Path | None]) -> Covariance:
    model, path = pair
    if path is None:
        return single_snp_covariance(model)
    covariance = read_covariance(path, model)
    check_pair(model, covariance, path)
    return covariance


def check_pair(model: Model, covariance: Covariance, path: Path) -> None:
    """UserError if the covariance has none of the model's genes: the files of two models were mixed up."""
    if np.isnan(covariance.snps_in_covariance).all():
        raise UserError(
            f"{path} has none of the {len(model.gene_names)} genes of {model.path.name} (such as {model.gene_names[0]}); give each model "
            "the covariance that was made with it, in the models' order"
        )


def _matcher(models: list[Model], options: Options) -> Matcher:
    if options.match_by == "id":
        return IdMatcher([model.snp for model in models], options.settings.keep_non_rsid)
    liftover = Liftover(options.liftover) if options.liftover else None
    return PositionMatcher([model.place for model in models], liftover)


def _align(model: Model, gwas: Gwas, matcher: Matcher, options: Options) -> Aligned:
    """With the alleles of weights that later rows replaced: they too say which alleles a site has."""
    more = model.replaced
    keys = (model.snp, more.snp) if options.match_by == "id" else (model.place, more.place)
    code = matcher.code(np.concatenate(keys))
    ref, eff = np.concatenate((model.ref, more.ref)), np.concatenate((model.eff, more.eff))
    return align(gwas, code, ref, eff, options.settings.input_pvalue_fix, options.resolve_strand, model.size)


def _associate_model(
    model: Model, covariance: Covariance, gwas: Gwas, aligned: Aligned, inputs: list[Path], out: Path, options: Options
) -> tuple[GeneTests, pd.DataFrame | None]:
    """Test one model and write its tables; returns the tests, and the table of its SNPs if that is asked for."""
    frequency = compare_frequencies(model, covariance, gwas, aligned.source, aligned.flipped)
    if options.max_frequency_difference is not None:
        aligned = drop(aligned, frequency.distance > options.max_frequency_difference, OTHER_FREQUENCY)
    tests = associate_genes(model, covariance, np.where(model.listed[model.gene], aligned.z, np.nan), aligned.beta)
    table = make_table(model, tests, covariance, options.additional_output)
    if options.gwas_h2 is not None and options.gwas_N is not None:
        table = calibrate(table, model, options.gwas_h2, options.gwas_N)
    flags = gene_flags(model, tests, aligned)
    flags = flags[flags["gene"].isin(set(table["gene"]))]
    accounting = account(gwas, model, aligned, tests, table)
    if options.remove_ens_version:
        table = table.assign(gene=table["gene"].str.split(".").str[0])
        flags = flags.assign(gene=flags["gene"].str.split(".").str[0])
    lifted = [options.liftover] if options.liftover else []
    record = provenance({**asdict(options), "settings": None, **asdict(options.settings)}, [*inputs, *lifted])
    record |= {
        "trait": options.trait,
        "model": model.name,
        "snp_set": model.snp_set,
        "frequency_check": frequency.summary(),
    }
    write_rows(flags_path(out), flags, "\t")
    write_rows(out, table, ",")
    accounting.write(out, record)
    _report(model, tests, aligned, table, accounting, frequency)
    return tests, snp_table(model, gwas, aligned, tests, frequency) if options.snps_used else None


def _report(
    model: Model,
    tests: GeneTests,
    aligned: Aligned,
    table: pd.DataFrame,
    accounting: Accounting,
    frequency: FrequencyCheck,
) -> None:
    used, total = len(set(model.snp[tests.used])), len(set(model.snp))
    log.info(
        "%s: %d of %d genes tested, %.0f %% of the model's SNPs used (%d of %d)",
        model.name, int(np.isfinite(table["zscore"]).sum()), len(model.gene_names), 100 * used / total, used, total,
    )  # fmt: skip
    without = len({g for g, _, _ in tests.missing})
    if 2 * without > len(model.gene_names):
        log.warning(
            "%s: covariances are missing for %d of %d genes, whose results are NA: was the covariance made with another model?",
            model.name, without, len(model.gene_names),
        )  # fmt: skip
    if 2 * used < total:
        lost = accounting.count("SNPs of the model").rejected
        log.warning("%s: SNPs lost: %s", model.name, "; ".join(f"{number} {why}" for why, number in lost.most_common()))
    others = int((aligned.other_allele & tests.used).sum())
    if others:
        log.warning(
            "%s: %d weights were used with the z of another allele of their site (the model has one id for both), as S-PrediXcan does; "
            "their genes have the flag other_allele",
            model.name, others,
        )  # fmt: skip
    check = frequency.summary()
    if check["compared"] and check["beyond_0.2"] > 0.05 * check["compared"]:
        log.warning(
            "%s: the allele frequency of %d of %d SNPs is more than 0.2 off the model's: another population, build or effect allele?",
            model.name, check["beyond_0.2"], check["compared"],
        )  # fmt: skip
