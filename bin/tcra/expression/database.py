"""Model databases in PredictDB's layout, which S-PrediXcan reads: one SQLite file and one table of covariances for each SNP set,
and one table of covariances between the sets."""

import errno
import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_path, atomic_text, atomic_together
from tcra.common.provenance import as_json, provenance
from tcra.common.table_text import write_table
from tcra.errors import UserError
from tcra.expression.chunks import covariances_of, joint_covariances_of, read_chunks, read_phi, weights_of
from tcra.expression.database_format import (
    COVARIANCE_TABLE_COLUMNS,
    EXTRA_COLUMNS,
    INDEXES,
    LARGEST_P,
    LEAST_RHO,
    SCHEMA,
    covariance_line,
    covariance_path,
    database_path,
    joint_covariance_path,
)
from tcra.expression.gene_model import MODELLED
from tcra.expression.model_files import SUMMARIES, SUMMARY_COLUMNS, WEIGHTS
from tcra.expression.q_values import q_values
from tcra.expression.settings import DatabaseOptions

log = logging.getLogger(__name__)

WHOLE_NUMBERS = ("lambda_iteration", "n_snps_in_model", "n_samples", "n_snps_in_window", "window_start", "window_end")
PAR_COPY = "copy on Y of a gene on X"


@dataclass
class OpenDatabase:
    """The open database and covariance table of one SNP set."""

    database: sqlite3.Connection
    covariances: TextIO


def build_databases(folders: Sequence[Path], options: DatabaseOptions, out: Path) -> None:
    """Merge the chunks into `out`: a database and its covariances per SNP set, the joint covariances of all SNPs of a gene's models
    (of genes in several databases whose models differ in SNPs), `model_summaries.tsv` of all genes, and the accounting.
    Kept are models with rho > 0.1 and p < 0.05 of the chosen quality, or with `keep_all` every model that has a SNP.

    The q-values are Benjamini–Hochberg's (or Storey's) over all models of the SNP set, before the rule. Same chunks in any order
    and cut, same bytes.

    Errors: UserError as of `chunks.read_chunks`.
    """
    summaries, record = read_chunks(folders)
    accounting = Accounting("MODEL_DB")
    quality = _quality(options, record)
    _add_quality(summaries, quality)
    phi = read_phi(folders, options.genome_variance)
    keys = zip(summaries["gene_id"], summaries["chrom"], summaries["snp_set"], strict=True)
    summaries["phi"] = [phi.get(key, np.nan) for key in keys]
    summaries["pred_perf_qval"] = np.nan
    for _, rows in summaries.groupby("snp_set"):
        summaries.loc[rows.index, "pred_perf_qval"] = q_values(rows["quality_pval"].to_numpy(float), options.q_values)
    on_x = set(summaries.loc[summaries["chrom"] == "X", "gene_id"])
    reasons = [_reason(row, options.keep_all, on_x) for row in summaries.itertuples()]
    summaries["in_database"] = ["no" if reason else "yes" for reason in reasons]
    _account(accounting, summaries, reasons)

    rule = "every model with a SNP" if options.keep_all else f"{quality} quality: rho > {LEAST_RHO} and p < {LARGEST_P}"
    sets = list(dict.fromkeys(summaries["snp_set"]))
    name = options.name
    with atomic_together(), ExitStack() as stack, system_errors(out):
        models = {snp_set: _open(stack, database_path(out, name, snp_set)) for snp_set in sets}
        for snp_set, model in models.items():
            _describe(model.database, name, snp_set, summaries[summaries["snp_set"] == snp_set], record, rule)
        joint = stack.enter_context(atomic_text(joint_covariance_path(out, name)))
        joint.write(" ".join(COVARIANCE_TABLE_COLUMNS) + "\n")
        _fill(models, joint, summaries, folders)
        for model in models.values():
            model.database.executescript(INDEXES)
            model.database.commit()
        summaries = summaries.astype(dict.fromkeys(WHOLE_NUMBERS, "Int64"))
        write_table(out / SUMMARIES, summaries[[*SUMMARY_COLUMNS[:-1], "pred_perf_qval", "in_database", "snp_set"]])
        accounting.write(out, {**provenance(vars(options), []), "models": record})
    for snp_set, rows in summaries.groupby("snp_set", sort=False):
        log.info("SNP set %s: %d genes in the database of %d", snp_set, (rows["in_database"] == "yes").sum(), len(rows))


@contextmanager
def system_errors(out: Path) -> Iterator[None]:
    """What keeps SQLite from writing, as the error of the system that it is: a full disk, most often."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(errno.ENOSPC if "full" in str(error) else errno.EIO, str(error), str(out)) from None


def _quality(options: DatabaseOptions, record: Mapping[str, Any]) -> str:
    """The quality that the rule reads."""
    fitted = str(record.get("parameters", {}).get("quality", "published"))
    if options.quality == "nested" and fitted != "nested":
        raise UserError("--quality nested: the chunks were fitted with --quality published; fit them again with nested")
    return options.quality or fitted


def _add_quality(summaries: pd.DataFrame, quality: str) -> None:
    """Columns of the chosen quality: rho and its p for the rule; R² and p for the pred.perf columns. The R² of nested cross-validation
    is the square of its rho, as in PredictDB."""
    nested = quality == "nested"
    rho, rho_p = ("nested_rho", "nested_pval") if nested else ("rho_avg", "rho_pval")
    summaries["quality_rho"], summaries["quality_rho_pval"] = summaries[rho], summaries[rho_p]
    summaries["quality_R2"] = summaries["nested_rho"] ** 2 if nested else summaries["pred_perf_R2"]
    summaries["quality_pval"] = summaries["nested_pval" if nested else "pred_perf_pval"]


def _reason(row: Any, keep_all: bool, on_x: set[str]) -> str:
    """Why a model is not in the database; empty if it is."""
    if row.status != MODELLED:
        return str(row.status)
    if row.chrom == "Y" and row.gene_id in on_x:
        return PAR_COPY
    good = row.quality_rho > LEAST_RHO and row.quality_rho_pval < LARGEST_P
    return "" if keep_all or good else "quality rule"


def _account(accounting: Accounting, summaries: pd.DataFrame, reasons: Sequence[str]) -> None:
    for gene_id, snp_set, detail, reason in zip(
        summaries["gene_id"], summaries["snp_set"], summaries["reason"], reasons, strict=True
    ):
        count = accounting.count(f"gene models of SNP set {snp_set}")
        count.received()
        if reason:
            count.reject(reason, gene_id, f"SNP set {snp_set}", detail if isinstance(detail, str) else "")
        else:
            count.passed()


def _open(stack: ExitStack, path: Path) -> OpenDatabase:
    temporary = stack.enter_context(atomic_path(path))
    temporary.unlink()  # SQLite makes its own file
    database = sqlite3.connect(temporary)
    stack.callback(database.close)
    database.executescript(SCHEMA)
    covariances = stack.enter_context(atomic_text(covariance_path(path)))
    covariances.write(" ".join(COVARIANCE_TABLE_COLUMNS) + "\n")
    return OpenDatabase(database, covariances)


def _describe(
    database: sqlite3.Connection, name: str, snp_set: str, summaries: pd.DataFrame, record: Mapping[str, Any], rule: str
) -> None:
    parameters = record.get("parameters", {})
    tested = int(summaries["quality_pval"].notna().sum())
    database.execute("INSERT INTO sample_info VALUES (?)", (int(summaries["n_samples"].iloc[0]),))
    database.execute(
        f"INSERT INTO construction VALUES ({', '.join('?' * 12)})",
        (name, snp_set, *(parameters.get(key) for key in ("seed", "folds", "repeats", "alpha")), tested, rule,
         record.get("software"), record.get("solver"), as_json(parameters), as_json(record.get("inputs", {}))),
    )  # fmt: skip
    kept = summaries[summaries["in_database"] == "yes"]
    names = EXTRA_COLUMNS.values()
    rows = [tuple(_cell(row[name]) if name else None for name in names) for row in kept.to_dict("records")]
    database.executemany(f"INSERT INTO extra VALUES ({', '.join('?' * len(names))})", rows)


def _cell(value: Any) -> Any:
    """A value of a table of summaries for SQLite: text, number, or NULL."""
    return value if isinstance(value, str) else None if pd.isna(value) else float(value)


def _fill(models: Mapping[str, OpenDatabase], joint: TextIO, summaries: pd.DataFrame, folders: Sequence[Path]) -> None:
    """Weights and covariances of the genes in the databases, gene by gene."""
    weights, covariances, between = weights_of(folders), covariances_of(folders), joint_covariances_of(folders)
    modelled = summaries[summaries["status"] == MODELLED]
    kept = set(
        zip(*(modelled.loc[modelled["in_database"] == "yes", c] for c in ("gene_id", "chrom", "snp_set")), strict=True)
    )
    keys = zip(modelled["chunk"].tolist(), modelled["gene_id"].tolist(), modelled["snp_set"].tolist(), strict=True)
    sizes = dict(zip(keys, modelled["n_snps_in_model"].tolist(), strict=True))
    genes = modelled.drop_duplicates(["chunk", "chrom", "gene_id"])
    for chunk, chrom, gene_id in zip(
        genes["chunk"].tolist(), genes["chrom"].tolist(), genes["gene_id"].tolist(), strict=True
    ):
        lines = weights.of(chunk, gene_id)
        found = Counter(cells[-1] for cells in lines)
        for snp_set, number in found.items():
            if number != sizes.get((chunk, gene_id, snp_set)):
                raise UserError(
                    f"{folders[chunk] / WEIGHTS}: {number} weights of gene {gene_id} in SNP set {snp_set}, but {SUMMARIES} says "
                    f"{sizes.get((chunk, gene_id, snp_set), 0):.0f}; run this chunk again"
                )
        for _, rsid, variant_id, ref, alt, beta, snp_set in lines:
            if (gene_id, chrom, snp_set) in kept:
                values = (rsid, gene_id, float(beta), ref, alt, variant_id)
                models[snp_set].database.execute("INSERT INTO weights VALUES (?, ?, ?, ?, ?, ?)", values)
        pairs: dict[str, list[str]] = {}
        for _, *cells, snp_set in covariances.of(chunk, gene_id):
            pairs.setdefault(snp_set, []).append(covariance_line(gene_id, cells))
        in_databases = [snp_set for snp_set in pairs if (gene_id, chrom, snp_set) in kept]
        for snp_set in in_databases:
            models[snp_set].covariances.writelines(pairs[snp_set])
        together = [covariance_line(gene_id, cells) for _, *cells in between.of(chunk, gene_id)]
        if not together:  # one model has the SNPs of all others; if it is in no database, its pairs would be missing
            largest = max(map(len, pairs.values()))
            if all(len(pairs[snp_set]) < largest for snp_set in in_databases):
                together = next(lines for lines in pairs.values() if len(lines) == largest)
        if len(in_databases) > 1:
            joint.writelines(together)
