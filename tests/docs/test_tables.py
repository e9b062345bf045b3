"""Columns of the tables in the documentation against the constants that their writers use."""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest
from tcra.association.association_tables import (
    ADDITIONAL_COLUMNS,
    ASSOCIATION_COLUMNS,
    CALIBRATION_COLUMNS,
    CORRELATION_COLUMNS,
    FLAG_COLUMNS,
)
from tcra.association.gwas.gwas_points import GWAS_POINT_COLUMNS
from tcra.association.study.gene_sets import GENE_SET_COLUMNS
from tcra.association.study.study_tables import OMNIBUS_COLUMNS, STUDY_FIRST_COLUMNS, STUDY_SUMMARY_COLUMNS
from tcra.common.accounting import REJECTED_COLUMNS
from tcra.enformer.history import HISTORY_COLUMNS
from tcra.expression.database_format import COVARIANCE_TABLE_COLUMNS, EXTRA_COLUMNS, SCHEMA
from tcra.expression.expression_table import CSV_COLUMNS
from tcra.expression.model_files import SUMMARY_COLUMNS
from tcra.expression.plan_genes import GENE_CHUNK_COLUMNS
from tcra.finemapping.finemap_tables import GENE_COLUMNS, REGION_COLUMNS, SET_COLUMNS, SNP_COLUMNS
from tcra.report.locus_tables import (
    LOCI_COLUMNS,
    LOCUS_SCORE_COLUMNS,
    LOCUS_SNP_COLUMNS,
    LOCUS_STATE_COLUMNS,
    LOCUS_WEIGHT_COLUMNS,
)
from tcra.report.study_gene_table import write_gene_table
from tcra.tracks.plan_tracks import TRACK_IDENTITY, TRACK_SETTINGS
from tcra.variants.ranking.odds_ratios import ENRICHMENT_COLUMNS
from tcra.variants.tables.columns import LEADING_COLUMNS, MEAN_ABS, RSID_COLUMN, VARIANT_COLUMNS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def section(page: str, heading: str) -> str:
    """The text under a heading that contains `heading`, up to the next heading."""
    found = re.search(rf"(?m)^#+ .*{re.escape(heading)}.*\n((?:(?!#).*\n?)*)", (DOCS / page).read_text())
    assert found, f"{page} has no heading with {heading}"
    return found[1]


def entry(page: str, heading: str, name: str) -> str:
    """What a section says of a file or table: the row of a table, or the point of a list (with its further lines), that begins with it."""
    found = re.search(
        rf"(?m)^(?:\||-) `{re.escape(name)}`(?: \([^|:]*\))?(?: \||:)(.*\n(?:  .*\n)*)", section(page, heading)
    )
    assert found, f"{page}, {heading}: nothing begins with `{name}`"
    return found[1]


def columns(text: str) -> list[str]:
    """All names in the backquotes of a text, in order; those of one pair of backquotes are apart by blanks or commas."""
    return [name for code in re.findall(r"`([^`]+)`", text) for name in re.split(r"[ ,]+", code)]


def first_cells(text: str) -> list[str]:
    """Names in the first column of the tables of a text."""
    return columns("\n".join(re.findall(r"(?m)^\|([^|]*)\|", text)))


OUTPUT, FINE, GENES, MANY, ASSOCIATION = (
    "output.md", "fine_mapping.md", "gene_models.md", "multiple_testing.md", "association.md",
)  # fmt: skip
WEIGHTS, CONSTRUCTION = (
    re.findall(r"(\w+) [A-Z]+", SCHEMA.split(f"CREATE TABLE {table} (")[1].split(";")[0])
    for table in ("weights", "construction")
)
# (page, heading, file or table, its columns, in order and before any other name in backquotes)
ENTRIES: list[tuple[str, str, str, Iterable[str]]] = [
    (OUTPUT, "`windows/` and", "tracks.tsv", (*TRACK_IDENTITY, "read_coverage.py", *TRACK_SETTINGS)),
    (OUTPUT, "`TISSUE/model/`", "history.parquet", HISTORY_COLUMNS),
    (OUTPUT, "`TISSUE/ranking/`", "ranking.parquet", (*VARIANT_COLUMNS, MEAN_ABS, "rank", RSID_COLUMN, "value")),
    (OUTPUT, "`TISSUE/expression/`", "expression.csv.gz", CSV_COLUMNS),
    (OUTPUT, "`TISSUE/expression/`", "chunks.tsv", GENE_CHUNK_COLUMNS),
    (OUTPUT, "`TISSUE/model_databases/`", "weights", WEIGHTS),
    (OUTPUT, "`TISSUE/model_databases/`", "extra", EXTRA_COLUMNS),
    (OUTPUT, "`TISSUE/model_databases/`", "construction", CONSTRUCTION),
    (GENES, "Output files", "extra", EXTRA_COLUMNS),
    (GENES, "Output files", "weights", WEIGHTS),
    (OUTPUT, "`TISSUE/associations/TRAIT/`", "MODEL.csv", (*ASSOCIATION_COLUMNS, "gwas_h2", "gwas_N", *CALIBRATION_COLUMNS)),
    (OUTPUT, "`TISSUE/associations/TRAIT/`", "MODEL.csv.flags.tsv", FLAG_COLUMNS),
    (OUTPUT, "`TISSUE/associations/TRAIT/`", "correlations.tsv.gz", CORRELATION_COLUMNS),
    (OUTPUT, "`TISSUE/associations/TRAIT/`", "gwas_points.tsv.gz", GWAS_POINT_COLUMNS),
    (ASSOCIATION, "Files", "OUT.csv", (*ASSOCIATION_COLUMNS, "--additional_output", *ADDITIONAL_COLUMNS, *CALIBRATION_COLUMNS)),
    (OUTPUT, "`combined/`", "associations.tsv.gz", STUDY_FIRST_COLUMNS),
    (OUTPUT, "`combined/`", "omnibus.tsv.gz", ("trait", "tissue", *OMNIBUS_COLUMNS)),
    (OUTPUT, "`combined/`", "summary.tsv", STUDY_SUMMARY_COLUMNS),
    (MANY, "Files", "associations.tsv.gz", STUDY_FIRST_COLUMNS),
    (MANY, "Files", "gene_sets.tsv", GENE_SET_COLUMNS),
    (OUTPUT, "`loci/TRAIT/`", "loci.tsv", LOCI_COLUMNS),
    (OUTPUT, "`loci/TRAIT/`", "locus_snps.tsv.gz", LOCUS_SNP_COLUMNS),
    (OUTPUT, "`loci/TRAIT/`", "locus_weights.tsv.gz", LOCUS_WEIGHT_COLUMNS),
    (OUTPUT, "`loci/TRAIT/`", "locus_scores.tsv.gz", LOCUS_SCORE_COLUMNS),
    (OUTPUT, "`loci/TRAIT/`", "locus_states.tsv.gz", LOCUS_STATE_COLUMNS),
    (FINE, "Files", "genes.tsv", GENE_COLUMNS),
    (FINE, "Files", "snps.tsv.gz", SNP_COLUMNS),
    (FINE, "Files", "credible_sets.tsv", SET_COLUMNS),
    (FINE, "Files", "regions.tsv", REGION_COLUMNS),
    ("ranking.md", "Output", "enrichment.tsv", ENRICHMENT_COLUMNS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "heading", "name", "expected"), ENTRIES, ids=[f"{row[0]}: {row[2]}" for row in ENTRIES]
)
def test_columns_of_a_file(page: str, heading: str, name: str, expected: Iterable[str]) -> None:
    written = list(expected)
    assert columns(entry(page, heading, name))[: len(written)] == written


def test_columns_of_the_scores() -> None:
    assert columns(section(OUTPUT, "`TISSUE/scores/*.parquet`"))[: len(LEADING_COLUMNS)] == list(LEADING_COLUMNS)


def test_columns_of_rejected_records() -> None:
    assert [name for name in columns(section(OUTPUT, "In every folder")) if name in REJECTED_COLUMNS] == list(
        REJECTED_COLUMNS
    )


def test_columns_of_the_covariances() -> None:
    text = section(OUTPUT, "`TISSUE/model_databases/`")
    assert f"covariance files have `{' '.join(COVARIANCE_TABLE_COLUMNS)}`" in text


def test_columns_of_the_enrichment() -> None:
    assert first_cells(section(OUTPUT, "`TISSUE/ranking/`")) == list(ENRICHMENT_COLUMNS)


def test_columns_of_the_summaries_of_models() -> None:
    found = first_cells(section(OUTPUT, "`TISSUE/model_databases/`"))
    tables = ["weights", "extra", "construction", "sample_info"]
    assert found[: len(tables)] == tables
    assert found[len(tables) :] == [*SUMMARY_COLUMNS[:-1], "pred_perf_qval", "in_database", SUMMARY_COLUMNS[-1]]


def test_columns_of_the_table_of_the_study(tmp_path: Path) -> None:
    row = {
        "label": "400", "snp_set_name": "400", "trait": "height", "tissue": "breast", "gene": "G1", "gene_name": "ONE", "zscore": 5.0,
        "pvalue": 6e-7, "minus_log10_p": 6.2, "fdr": 1e-4, "r2": 0.1, "n_used": 3, "flags": "",
    }  # fmt: skip
    places = pd.DataFrame({"chrom": ["1"], "pos": [1000]}, index=["G1"])
    write_gene_table(tmp_path / "genes.tsv.gz", pd.DataFrame([row]), places, {})
    written = pd.read_csv(tmp_path / "genes.tsv.gz", sep="\t").columns
    assert sorted(first_cells(section(OUTPUT, "`genes.tsv.gz`"))) == sorted(
        name.replace("_400", "_SET") for name in written
    )
