"""Checks from the headers alone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tcra.errors import UserError
from tcra.expression.check_expression import check_expression

from .conftest import Cohort
from .test_fit_chunk import rename


def test_a_good_cohort_passes(cohort: Cohort) -> None:
    check_expression(cohort.vcf, cohort.table, cohort.genes)
    check_expression([cohort.vcf, cohort.vcf], cohort.table, cohort.genes)


def test_real_data_pass(shared_data: Path) -> None:
    genotypes = next((shared_data / "genotypes").glob("*.vcf.gz"))
    check_expression(
        genotypes, shared_data / "gene_models" / "expression.csv.gz", shared_data / "gene_models" / "genes.gtf"
    )


def test_no_shared_sample(cohort: Cohort, tmp_path: Path) -> None:
    table = rename(cohort.table, tmp_path / "e.csv", lambda name: f"{name}-blood")
    with pytest.raises(
        UserError,
        match=r"share 0 samples .* P000 in the genotypes, P119-blood in the expression|differ by a prefix or suffix",
    ):
        check_expression(cohort.vcf, table, cohort.genes)


@pytest.mark.parametrize(("what", "change", "expected"), [
    ("genes", lambda text: text.replace("chr1\t", "chr5\t").replace("chr2\t", "chr6\t"), "none of the 6 genes"),
    ("vcf", lambda text: re.sub(r"(?m)^(##contig=<ID=)?(chr)?([12])\b", r"\1\g<2>5\3", text), "no chromosome of"),
    ("table", lambda text: text.replace("gene_name", "symbol", 1), "expected a GTEx BED"),
])  # fmt: skip
def test_files_that_do_not_match(
    cohort: Cohort, tmp_path: Path, what: str, change: Callable[[str], str], expected: str
) -> None:
    files = {"vcf": cohort.vcf, "table": cohort.table, "genes": cohort.genes}
    changed = tmp_path / files[what].name
    changed.write_text(change(files[what].read_text()))
    files[what] = changed
    with pytest.raises(UserError, match=expected):
        check_expression(files["vcf"], files["table"], files["genes"])


def test_covariates_without_a_sample(cohort: Cohort, tmp_path: Path) -> None:
    names = cohort.samples[1:]
    (tmp_path / "c.tsv").write_text("ID\t" + "\t".join(names) + "\nage\t" + "\t".join("1" for _ in names) + "\n")
    with pytest.raises(UserError, match=r"c\.tsv lacks 1 of the 120 samples"):
        check_expression(cohort.vcf, cohort.table, cohort.genes, tmp_path / "c.tsv")
