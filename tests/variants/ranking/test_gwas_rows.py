"""A GWAS in the ranking: of several rows of a variant the last counts, rs numbers are matched with their alleles, and a file that has
nothing in common says what was compared."""

from pathlib import Path

import numpy as np
import pytest
from tcra.common.accounting import Accounting
from tcra.errors import UserError
from tcra.variants.ranking.evidence import gwas_hits
from tcra.variants.tables.match_variants import explain_no_match, matching_rows
from tcra.variants.tables.sites import Sites, sites_of
from tcra.variants.tables.variant_tables import read_variant_table

HEADER = "CHR\tBP\tEA\tNEA\tSNP\tP"


def scored(number: int = 30) -> Sites:
    return sites_of([("1", 100 + 10 * i, "A", "G") for i in range(number)])


def write_gwas(path: Path, rows: list[tuple[object, ...]]) -> Path:
    path.write_text("\n".join([HEADER, *("\t".join(map(str, row)) for row in rows)]) + "\n")
    return path


@pytest.mark.parametrize(
    ("p", "hits"),
    [([1e-9, 0.5], 0), ([0.5, 1e-9], 1), ([1e-9, "NA"], 1), ([1e-9, 1e-9], 1), ([0.5, "-9"], 0)],
)
def test_the_last_row_with_a_p_counts(p: list[object], hits: int, tmp_path: Path) -> None:
    rows = [(1, 100 + 10 * i, "G", "A", f"rs{i}", 0.3) for i in range(1, 30)]
    rows += [(1, 100, *alleles, "rs0", value) for alleles, value in zip((("G", "A"), ("A", "G")), p, strict=True)]
    count = Accounting("RANK").count("hits")
    found = list(gwas_hits("x", write_gwas(tmp_path / "g", rows), scored(), None, count))
    assert [int(one.inside.sum()) for one in found] == [hits, hits]
    count.balance()


def test_rows_of_two_populations_are_refused(tmp_path: Path) -> None:
    rows = [(1, 100 + 10 * i, "G", "A", f"rs{i}", p) for i in range(30) for p in (0.1 + i / 100, 0.5)]
    gwas = write_gwas(tmp_path / "g", rows)
    with pytest.raises(
        UserError, match="30 of the 30 scored variants that it has are in several rows with other numbers"
    ):
        list(gwas_hits("x", gwas, scored(), None, Accounting("RANK").count("hits")))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((1, 7, "G", "A", "rs5", 0.1), 0),  # another build's position, the same alleles
        ((1, 7, "T", "A", "rs5", 0.1), 1),  # the second variant of that name
        ((1, 7, "C", "T", "rs5,rs9", 0.1), 0),  # the other strand, several names
        ((1, 7, "G", "C", "rs5", 0.1), -1),
        (("NA", "NA", "G", "A", "rs5", 0.1), 0),
        ((1, 100, "G", "A", "rs77", 0.1), 0),
    ],
)
def test_rs_numbers_are_matched_with_their_alleles(row, expected: int, tmp_path: Path) -> None:
    sites = sites_of([("1", 100, "A", "G"), ("1", 100, "A", "T")])
    table = read_variant_table(write_gwas(tmp_path / "g", [row, (2, 5, "G", "A", "rs1", 0.2)]), ["p"])
    assert matching_rows(table, sites, np.array([5, 5]))[0] == expected


@pytest.mark.parametrize(
    ("sites", "part"),
    [
        ([("1", 100, "C", "T")], "1 of its 1 positions are among theirs, with other alleles"),
        ([("1", 101, "A", "G")], "none of its 1 positions is one of theirs (such as 1:101 and 1:100)"),
        ([("7", 100, "A", "G")], "its chromosomes (7) are not theirs (1)"),
        ([], "it has rs numbers and no positions"),
    ],
)
def test_why_nothing_matches(sites, part: str) -> None:
    assert part in explain_no_match(sites_of(sites), scored(3))
