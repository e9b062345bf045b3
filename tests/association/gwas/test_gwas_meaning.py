"""What a number, an allele or a name of a GWAS means where it could be taken for something else: right or refused, never wrong."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm
from tcra.association.gwas.effects import compute_effects
from tcra.association.gwas.matching import PositionMatcher
from tcra.common.genome.chromosomes import mixed_names
from tcra.common.gwas.effect_columns import check_not_munged, missing_codes
from tcra.common.gwas.gwas_row_rules import check_several_rows, describe_several_rows, last_rows

from ..conftest import VARIANTS, run
from .test_gwas_files import large, write_large  # noqa: F401 (a fixture)

RNG = np.random.default_rng(5)
FRACTIONS = RNG.normal(size=200).round(4)


def write_rows(small, header: str, cells) -> object:
    path = small.folder / "g.tsv"
    path.write_text(
        "\n".join([header, *("\t".join(map(str, cells(*row))) for row in VARIANTS)]).replace(" ", "\t") + "\n"
    )
    return path


@pytest.fixture
def plain(small, associate_main) -> pd.DataFrame:
    return run(small, associate_main)


@pytest.mark.parametrize(
    "identifier",
    [
        lambda c, pos, ref, alt: f"NC_00000{c}.11:{pos - 1}:{ref}:{alt}",  # SPDI counts from 0
        lambda c, pos, ref, alt: f"NC_00000{c}.11:g.{pos}{ref}>{alt}",  # HGVS from 1
        lambda c, pos, ref, alt: f"NC_00000{c}.10_{pos}_{ref}_{alt}",
    ],
)
def test_ids_on_accessions(identifier, small, plain, associate_main) -> None:
    gwas = write_rows(
        small, "SNP A1 A2 BETA SE P",
        lambda i, c, pos, a1, a2, f, b, s: (identifier(c, pos, a2, a1), a1, a2, b, s, 2 * norm.sf(abs(b / s))),
    )  # fmt: skip
    pd.testing.assert_frame_equal(run(small, associate_main, "--match-by", "position", gwas=gwas), plain)


@pytest.mark.parametrize(
    "name", ["NC_000001.11:999:A:G", "chr1:1000:A:G", "NC_000001.11:g.1000A>G", "1-1000-A-G", "01:1000"]
)
def test_every_notation_of_one_place_is_one_code(name: str) -> None:
    assert PositionMatcher([pa.array(["chr1_1000_A_G_b38"])]).code(np.array([name], dtype=object)).tolist() == [0]


@pytest.mark.parametrize("name", ["NC_000001.11:1000:A:G", "NC_000001.11:1000", "NC_000001.11:998:A:G"])
def test_what_is_elsewhere_or_not_certain_is_not_found(name: str) -> None:
    assert PositionMatcher([pa.array(["chr1_1000_A_G_b38"])]).code(np.array([name], dtype=object)).tolist() == [-1]


@pytest.mark.parametrize(
    ("role", "numbers", "expected"),
    [
        ("zscore", [*FRACTIONS, -9, -9, -9, -9], {-9.0: 4}),
        ("zscore", [*FRACTIONS, -9], {-9.0: 1}),
        ("beta", [*(FRACTIONS / 30), -99, -99], {-99.0: 2}),
        ("beta", [*(FRACTIONS / 30), -9, -9, -9], {-9.0: 3}),
        ("pvalue", [*norm.sf(FRACTIONS), -9, -1], {-1.0: 1, -9.0: 1}),
        ("or", [*np.exp(FRACTIONS / 10), -9, -9], {-9.0: 2}),
        ("se", [*abs(FRACTIONS), -9], {-9.0: 1}),
        ("minus_log10_pvalue", [*abs(FRACTIONS), -999], {-999.0: 1}),
        # what may be a value
        ("zscore", [*FRACTIONS, -9, -8.4, -9.3], {}),
        ("zscore", RNG.normal(0, 4, 3000).round(1), {}),
        ("zscore", RNG.normal(0, 4, 3000).round(0), {}),
        ("zscore", [1.5, -9], {}),
        ("or", [*FRACTIONS, -9], {}),  # ln OR, which the check of the whole column refuses
    ],
)
def test_numbers_that_mean_missing(role: str, numbers, expected) -> None:
    assert missing_codes(role, np.array(numbers, float)) == expected


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (
            {"beta": [*(FRACTIONS / 30), -9], "pvalue": [*norm.sf(abs(FRACTIONS)), 0.01]},
            "sign of the effect is missing",
        ),
        ({"zscore": [*FRACTIONS, -9]}, "z is missing"),
        ({"or": [*np.exp(FRACTIONS / 20), -9], "pvalue": [*norm.sf(abs(FRACTIONS)), -9]}, "p is missing"),
        ({"beta": [*(FRACTIONS / 30), 0.1], "se": [*np.full(200, 0.1), -9]}, "standard error is missing"),
    ],
)
def test_a_row_with_such_a_number_has_no_z(cells, reason: str) -> None:
    found = compute_effects(
        "g", {role: pa.array([f"{number:.6g}" for number in column]) for role, column in cells.items()}, 1e-50
    )
    assert np.isnan(found.z[-1]) and found.reason[-1] == reason and np.isfinite(found.z[:-1]).all()
    assert any("are -9: taken as missing" in sentence for sentence in found.coded_missing)


@pytest.mark.parametrize(
    ("effect_is_ref", "compared", "fine"), [(113, 113, False), (96, 100, False), (90, 100, True), (7, 7, True)]
)
def test_tables_like_mungesumstats(effect_is_ref: int, compared: int, fine: bool, user_error) -> None:
    if fine:
        check_not_munged("g", effect_is_ref, compared)
    else:
        with user_error(
            "as in tables of MungeSumstats, whose effect allele is A2; in PLINK's and most others it is A1"
        ):
            check_not_munged("g", effect_is_ref, compared)


def test_a_gwas_in_mungesumstats_order(large, associate_main, user_error) -> None:  # noqa: F811
    gwas = write_large(
        large, lambda i, c, pos, a1, a2, b, s: [(i, c, pos, a2, a1, b, s)]
    )  # A1 is the ref allele of every variant
    with user_error("A1 is the ref allele at 40 of 40 variants"):
        run(large, associate_main, gwas=gwas)
    named = ("--effect_allele_column", "A2", "--non_effect_allele_column", "A1")
    found = run(large, associate_main, *named, gwas=gwas)
    other_order = write_large(large, lambda *row: [row])
    pd.testing.assert_frame_equal(
        found, run(large, associate_main, gwas=other_order)
    )  # A1 is the effect allele, and not ref
    lines = write_large(large, lambda i, c, pos, a1, a2, b, s: [(i, c, pos, a2, a1, b, s)]).read_text().splitlines()
    moved = [
        "\t".join([row.split("\t")[1], row.split("\t")[0], *row.split("\t")[2:]]) for row in lines
    ]  # CHR SNP BP A1 A2: PLINK's
    gwas.write_text("\n".join(moved) + "\n")
    np.testing.assert_allclose(run(large, associate_main, gwas=gwas)["zscore"], -found["zscore"])


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["chr23", "chrX"], "chr23 and chrX both mean X"),
        (["24", "1", "Y"], "24 and Y both mean Y"),
        (["MT", "26.0"], "26.0 and MT both mean M"),
        (["23", "25", "XY", "chr23"], ""),
        (["X", "25", "PAR1", "NC_000023.11"], ""),
        (["1", "01", "chr1", "1.0"], ""),
    ],
)
def test_names_of_one_chromosome(names: list[str], fault: str) -> None:
    assert mixed_names(names).removeprefix("chromosomes ") == fault


@pytest.mark.parametrize("names", [("23", "X"), ("chr24", "chrY"), ("26", "MT")])
def test_a_gwas_with_two_names_of_one_chromosome_is_refused(names, small, associate_main, user_error) -> None:
    gwas = write_rows(
        small, "SNP CHR POS A1 A2 BETA SE",
        lambda i, c, pos, a1, a2, f, b, s: (i, {"3": names[0], "2": names[1]}.get(c, c), pos, a1, a2, b, s),
    )  # fmt: skip
    with user_error(f"chromosomes {names[0]} and {names[1]} both mean"):
        run(small, associate_main, "--match-by", "position", gwas=gwas)


def test_the_last_of_several_rows() -> None:
    chosen, conflicts, variants = last_rows(np.array([3, 1, 3, -1, 1, 2]), np.array([0.5, 0.2, 0.1, 0, 0.2, 0.9]))
    assert (chosen.tolist(), conflicts, variants) == ([False, False, True, False, True, True], 1, 3)
    assert last_rows(np.array([-1, -1]), np.zeros(2))[1:] == (0, 0)


def test_many_conflicts_are_refused_and_some_reported(user_error) -> None:
    with user_error("15 of the 20 weights that it has are in several rows with other numbers (such as rs1)"):
        check_several_rows("g", 15, 20, "weights", "rs1")
    check_several_rows("g", 10, 20, "weights")
    assert describe_several_rows(1, 200, "weights") == "" and "2 of 100 weights are" in describe_several_rows(
        2, 100, "weights"
    )
