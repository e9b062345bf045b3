"""All associations of a study together: corrected for the number of tests, combined over SNP sets and tissues, with a summary."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tcra.association.association_tables import CORRELATIONS_FILE, TEST_COLUMNS, flags_path
from tcra.association.gwas.gwas_points import GWAS_POINT_COLUMNS, GWAS_POINTS_FILE
from tcra.association.study.draw_figures import draw_all
from tcra.association.study.gene_sets import GENE_SETS_FILE, over_representation, read_gene_sets
from tcra.association.study.omnibus import omnibus, read_correlations
from tcra.association.study.result_files import read_result
from tcra.association.study.settings import CombineOptions
from tcra.association.study.study_tables import (
    ASSOCIATIONS_FILE,
    OMNIBUS_FILE,
    STUDY_FIRST_COLUMNS,
    STUDY_SUMMARY_COLUMNS,
    SUMMARY_FILE,
    TISSUES_FILE,
)
from tcra.common.accounting import Accounting
from tcra.common.genome.genes import gene_positions
from tcra.common.multiple_testing import benjamini_hochberg, bonferroni, inflation
from tcra.common.provenance import provenance
from tcra.common.pvalues import minus_log10_pvalue
from tcra.common.table_text import write_table
from tcra.errors import UserError

log = logging.getLogger(__name__)
_NEEDED = ("gene", "gene_name", "zscore", "effect_size", "pvalue", "var_g", "n_snps_used", "n_snps_in_model")
_TEXT = ("gene", "gene_name")
TRAIT_MARK = "__PM__"
_KEY = ["trait", "model", "snp_set"]


def combine(
    associations: list[Path],
    out: Path,
    options: CombineOptions,
    genes: Path | None = None,
    gene_sets: Sequence[Path] = (),
) -> None:
    """Read association tables and write `associations.tsv.gz`, `omnibus.tsv.gz` (each gene over its SNP sets), `tissues.tsv.gz` (each
    gene over its tissues; no rows if there is one), `summary.tsv` and the figures into `out`.

    associations: CSV files of ASSOCIATE, or folders of them (with the correlations that it wrote beside). genes: GTF or BED of the
    genes, for the Manhattan plots; Miami plots are drawn where the folders hold thinned GWAS points too. gene_sets: GMT files; the
    trait's genes are tested for being over-represented in each set, into `gene_sets.tsv`.

    Errors: UserError for files that are no association tables, or a (trait, model) that is in two tables.
    """
    files = list_tables(associations)
    _require_traits(files)
    accounting = Accounting("COMBINE")
    table = pd.concat([read_association(path) for path in files], ignore_index=True)
    repeated = table.loc[table.duplicated([*_KEY, "gene"]), [*_KEY, "gene"]]
    if len(repeated):
        row = repeated.iloc[0]
        raise UserError(
            f"gene {row['gene']} of trait {row['trait']!r}, model {row['model']} is in two tables, or in two rows of one that "
            "--remove_ens_version made; give each table once"
        )
    if not len(table):
        raise UserError(
            f"{', '.join(map(str, associations))}: the association tables have no genes; see the rejected tables beside them"
        )
    table = correct(table)
    correlations = read_correlations(list_correlations(associations))
    over_sets = omnibus(table, "tissue", "snp_set", correlations)
    summary = summarise(table, options.threshold)
    count = accounting.count("gene tests")
    count.received(len(table))
    count.passed(int(table["pvalue"].notna().sum()))
    for trait, model, gene in table.loc[table["pvalue"].isna(), ["trait", "model", "gene"]].to_numpy():
        count.reject("the association has no p-value", gene, f"{trait} {model}".strip())
    # All that is read is read before anything is written.
    sets = [one for path in gene_sets for one in read_gene_sets(path)]
    points = read_points(associations)
    placed = table.merge(gene_positions(genes, table["gene"]), on="gene", how="left") if genes else table
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / ASSOCIATIONS_FILE, table)
    write_table(out / OMNIBUS_FILE, over_sets)
    over_tissues = table if table["tissue"].nunique() > 1 else table.iloc[:0]
    write_table(out / TISSUES_FILE, omnibus(over_tissues, "snp_set", "tissue", correlations))
    write_table(out / SUMMARY_FILE, summary)
    if sets:
        write_table(out / GENE_SETS_FILE, over_representation(table, sets, options.threshold))
    draw_all(out, placed, points)
    accounting.write(
        out, provenance({"threshold": options.threshold}, [*files, *([genes] if genes else []), *gene_sets])
    )


def list_tables(associations: list[Path]) -> list[Path]:
    """The files, and the `*.csv` of the folders. Errors: UserError if there are none."""
    files = _found(associations, "*.csv") + [path for path in associations if not path.is_dir()]
    if not files:
        raise UserError(f"{', '.join(map(str, associations))}: no association tables (*.csv)")
    return files


def _require_traits(files: list[Path]) -> None:
    """UserError for several tables of S-PrediXcan's own that do not name their trait: genes of two traits are no tissues of one."""
    unnamed = [path for path in files if TRAIT_MARK not in path.name and not flags_path(path).is_file()]
    if len(unnamed) > 1:
        raise UserError(
            f"{unnamed[0]} and {len(unnamed) - 1} more tables do not name their trait (no {flags_path(unnamed[0]).name} of associate.py "
            f"beside them); name them TRAIT{TRAIT_MARK}TISSUE.csv, such as height{TRAIT_MARK}Whole_Blood.csv"
        )


def _found(associations: list[Path], pattern: str) -> list[Path]:
    """Files in the folders by folder's and file's name: the folders' own paths differ from run to run."""
    found = [file for path in associations if path.is_dir() for file in path.rglob(pattern)]
    return sorted(found, key=lambda file: (file.parent.name, file.name, file))


def list_correlations(associations: list[Path]) -> list[Path]:
    """The correlations between models that ASSOCIATE wrote into the folders."""
    return _found(associations, CORRELATIONS_FILE)


def read_points(associations: list[Path]) -> dict[str, pd.DataFrame]:
    """Thinned GWAS points by trait, where ASSOCIATE wrote them into the folders."""
    found = _found(associations, GWAS_POINTS_FILE)
    types = {name: str if name in ("trait", "chrom") else float for name in GWAS_POINT_COLUMNS}
    tables = [read_result(file, GWAS_POINT_COLUMNS, dtype=types) for file in found]
    return {str(trait): part for table in tables for trait, part in table.groupby("trait")}


def read_association(path: Path) -> pd.DataFrame:
    """One table, with its flags, and with trait, model, snp_set and tissue, which the flags name.

    Errors: UserError for a table that cannot be read, or that is not the one that its flags belong to.
    """
    table = read_result(path, _NEEDED, ",", na_values=["NA"], dtype=dict.fromkeys(_TEXT, str))
    for name in table.columns.drop(list(_TEXT)):
        numbers = pd.to_numeric(table[name], errors="coerce")
        odd = table.loc[numbers.isna() & table[name].notna(), name]
        if len(odd) and name in _NEEDED:
            raise UserError(f"{path}: column {name} has {odd.iloc[0]!r}, expected numbers")
        if len(odd):  # the published breast model has a q-value of NANA
            log.warning(
                "%s: %d cells of %s are no numbers, such as %r; they are NA here",
                path.name,
                len(odd),
                name,
                odd.iloc[0],
            )
        table[name] = numbers.astype(float)
    odd = table.loc[(table["pvalue"] < 0) | (table["pvalue"] > 1), "pvalue"]
    if len(odd):
        raise UserError(f"{path}: column pvalue has {odd.iloc[0]:g}, expected 0 to 1")
    return _with_flags(path, table)


def _with_flags(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """With the genes' doubts and whose result it is, from the flags beside the table. A table without flags is S-PrediXcan's own: its
    name is TISSUE.csv or, as in S-PrediXcan's tutorials, TRAIT__PM__TISSUE.csv."""
    beside = flags_path(path)
    if not beside.is_file():
        stem = path.name.removesuffix(".gz").removesuffix(".csv")
        before, mark, after = stem.partition(TRAIT_MARK)
        name, trait = (after, before) if mark else (stem, "")
        return table.assign(trait=trait, model=name, snp_set="", tissue=name)
    columns = ["gene", "snp_coverage", "condition_number", "flags", *TEST_COLUMNS]
    types = dict.fromkeys(("gene", "flags", *TEST_COLUMNS), str)
    numbers = {name: ["NA"] for name in columns[1:3]}  # NA may be the name of a trait
    flags = read_result(beside, columns, na_values=numbers, dtype=types)
    both = table.merge(flags[columns], on="gene", how="left")
    if both["trait"].isna().any():
        gene = both.loc[both["trait"].isna(), "gene"].iloc[0]
        raise UserError(f"{beside} has no gene {gene}, which {path.name} has; run associate.py again")
    return both


def correct(table: pd.DataFrame) -> pd.DataFrame:
    """Add minus_log10_pvalue, bonferroni, fdr (Benjamini–Hochberg) and the number of tests, each within one trait and model."""
    parts = []
    for _, part in table.groupby(_KEY, sort=True):
        part = part.sort_values(["pvalue", "gene"], kind="stable", na_position="last")
        p = part["pvalue"].to_numpy(float)
        parts.append(
            part.assign(
                minus_log10_pvalue=minus_log10_pvalue(part["zscore"].to_numpy(float)),
                bonferroni=bonferroni(p),
                fdr=benjamini_hochberg(p),
                tests=int(np.isfinite(p).sum()),
            )
        )
    whole = pd.concat(parts, ignore_index=True)
    for name in ("n_snps_used", "n_snps_in_cov", "n_snps_in_model"):
        if name in whole:
            whole[name] = whole[name].astype("Int64")
    return whole[[*STUDY_FIRST_COLUMNS, *(name for name in whole.columns if name not in STUDY_FIRST_COLUMNS)]]


def summarise(table: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """One row for each trait and model: genes, tests, λ, hits by Bonferroni and by FDR, the share of model SNPs used, the best gene."""
    rows = []
    for (trait, model, snp_set), part in table.groupby(_KEY, sort=True):
        best = part.iloc[0]
        in_model = part["n_snps_in_model"].sum()
        rows.append(
            {
                "trait": trait, "model": model, "snp_set": snp_set, "tissue": best["tissue"], "genes": len(part),
                "tests": int(best["tests"]), "lambda": inflation(part["zscore"]),
                "hits_bonferroni": int((part["bonferroni"] <= threshold).sum()), "hits_fdr": int((part["fdr"] <= threshold).sum()),
                "threshold": threshold, "snps_used_share": float(part["n_snps_used"].sum() / in_model) if in_model else np.nan,
                "best_gene": best["gene"], "best_gene_name": best["gene_name"], "best_pvalue": best["pvalue"],
                "best_minus_log10_pvalue": best["minus_log10_pvalue"],
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(STUDY_SUMMARY_COLUMNS))
