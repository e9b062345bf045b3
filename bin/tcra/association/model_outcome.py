"""The outcome of one model: its genes' tests, and the tables and the messages that come of them."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tcra.association.alignment import FREQUENCY_DIFFERS, Aligned, drop
from tcra.association.association_tables import flags_path
from tcra.association.diagnostics import gene_flags
from tcra.association.frequency_check import FrequencyCheck, compare_frequencies
from tcra.association.gwas.read_gwas import Gwas
from tcra.association.models.covariance import Covariance
from tcra.association.models.prediction_model import PredictionModel
from tcra.association.result_tables import account, calibrate, make_table
from tcra.association.settings import AssociateOptions
from tcra.association.statistic import GeneTests, associate_genes
from tcra.common.accounting import Accounting
from tcra.common.gwas.gwas_row_rules import describe_several_rows
from tcra.common.provenance import provenance
from tcra.common.table_text import write_table

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelOutcome:
    """aligned: without SNPs whose frequency was too far off. table: as it is written, but with whole gene ids."""

    model: PredictionModel
    aligned: Aligned
    frequency: FrequencyCheck
    tests: GeneTests
    table: pd.DataFrame
    accounting: Accounting


def associate_model(
    model: PredictionModel, covariance: Covariance, gwas: Gwas, aligned: Aligned, options: AssociateOptions
) -> ModelOutcome:
    """Test the genes of one model. aligned: its weights' z and beta in the GWAS."""
    frequency = compare_frequencies(model, covariance, gwas, aligned.source, aligned.flipped)
    if options.max_frequency_difference is not None:
        aligned = drop(aligned, frequency.distance > options.max_frequency_difference, FREQUENCY_DIFFERS)
    tests = associate_genes(model, covariance, np.where(model.listed[model.gene], aligned.z, np.nan), aligned.beta)
    table = make_table(model, tests, covariance, options.additional_output)
    if options.gwas_h2 is not None and options.gwas_N is not None:
        table = calibrate(table, model, options.gwas_h2, options.gwas_N)
    accounting = account(gwas, model, aligned, tests, set(table["gene"]))
    return ModelOutcome(model, aligned, frequency, tests, table, accounting)


def write_outcome(outcome: ModelOutcome, inputs: list[Path], out: Path, options: AssociateOptions) -> None:
    """Write the table, the genes' flags and the accounting. inputs: what the outcome comes from, for its record."""
    model, table = outcome.model, outcome.table
    written = set(table["gene"])
    flags = gene_flags(model, outcome.tests, outcome.aligned, options.trait)
    flags = flags[flags["gene"].isin(written)]
    if options.remove_ens_version:
        table, flags = (one.assign(gene=one["gene"].str.split(".").str[0]) for one in (table, flags))
    record = provenance(flat_options(options), inputs)
    record |= {
        "trait": options.trait,
        "model": model.name,
        "snp_set": model.snp_set,
        "frequency_check": outcome.frequency.summary(),
    }
    write_table(flags_path(out), flags)
    write_table(out, table, separator=",")
    outcome.accounting.write(out, record)


def flat_options(options: AssociateOptions) -> dict[str, object]:
    """The options by the names of their flags."""
    groups = ("settings", "matching")
    flat = {name: value for name, value in asdict(options).items() if name not in groups}
    return {**flat, **asdict(options.settings), **asdict(options.matching)}


def report_outcome(outcome: ModelOutcome) -> None:
    """Log how much of the model was used, and what looks wrong."""
    model, aligned, tests, table = outcome.model, outcome.aligned, outcome.tests, outcome.table
    code, ids = pd.factorize(model.snp)
    used, total = np.count_nonzero(np.bincount(code[tests.used])), len(ids)
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
        lost = outcome.accounting.count("SNPs of the model").rejected
        log.warning("%s: SNPs lost: %s", model.name, "; ".join(f"{number} {why}" for why, number in lost.most_common()))
    others = int((aligned.other_allele & tests.used).sum())
    if others:
        log.warning(
            "%s: %d weights were used with the z of another allele of their site (the model has one id for both), as S-PrediXcan does; "
            "their genes have the flag other_allele",
            model.name, others,
        )  # fmt: skip
    matched = int(np.count_nonzero(aligned.source >= 0))
    if warning := describe_several_rows(aligned.conflicts, matched, "weights"):
        log.warning("%s: %s", model.name, warning)
    check = outcome.frequency.summary()
    if check["compared"] and check["beyond_0.2"] > 0.05 * check["compared"]:
        log.warning(
            "%s: the allele frequency of %d of %d SNPs differs by more than 0.2 from the model's: another population or effect allele?",
            model.name, check["beyond_0.2"], check["compared"],
        )  # fmt: skip
