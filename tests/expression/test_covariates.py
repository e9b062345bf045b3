"""Covariates with people as rows, as PLINK, GCTA and R write them."""

from pathlib import Path

import numpy as np
import pytest
from tcra.errors import UserError
from tcra.expression.covariates import read_covariates

PEOPLE = [f"S{i}" for i in range(12)]
NUMBERS = [str(1001 + i) for i in range(12)]
COMPONENTS = np.random.default_rng(5).normal(size=(12, 2)).round(6)


def table(path: Path, header: str, names: list[list[str]], separator: str = "\t") -> Path:
    """Columns of names, then the two components, in another order than that of the people."""
    rows = [
        [*(column[i] for column in names), *map(str, COMPONENTS[i])] for i in np.random.default_rng(1).permutation(12)
    ]
    path.write_text(
        "".join(f"{line}\n" for line in [*([header] if header else []), *(separator.join(row) for row in rows)])
    )
    return path


@pytest.mark.parametrize("people", [PEOPLE, NUMBERS])
@pytest.mark.parametrize(("header", "kinds"), [
    ("#FID\tIID\tPC1\tPC2", "fp"),
    ("#IID\tPC1\tPC2", "p"),
    ("FID IID PC1 PC2", "0p"),
    ("#FID\tIID\tSID\tPC1\tPC2", "fps"),
    ("", "pp"),  # .eigenvec of PLINK 1
    ("", "0p"),
    ("", "p"),
    ("sample,copy,PC1,PC2", "pp"),
    ('"","sample","PC1","PC2"', "np"),  # R's row numbers
    ("PC1\tPC2", "p"),  # write.table of R
    ("PC1 PC2", "p"),
    ("person;PC1;PC2", "p"),
])  # fmt: skip
def test_names_are_no_covariates(tmp_path: Path, people: list[str], header: str, kinds: str) -> None:
    columns = {
        "f": [f"F{i // 2}" for i in range(12)],
        "p": people,
        "0": ["0"] * 12,
        "s": [f"sample{i}" for i in range(12)],
        "n": [str(i + 1) for i in range(12)],
    }
    separator = next((mark for mark in ",; " if mark in header), "\t")
    path = table(tmp_path / "pcs.txt", header, [columns[kind] for kind in kinds], separator)
    assert (read_covariates(path, people) == COMPONENTS).all()


def test_decimal_commas(tmp_path: Path) -> None:
    path = table(tmp_path / "pcs.csv", "person;PC1;PC2", [PEOPLE], ";")
    path.write_text(path.read_text().replace(".", ","))
    assert (read_covariates(path, PEOPLE) == COMPONENTS).all()


def test_row_numbers_do_not_stand_for_people_that_are_numbers(tmp_path: Path) -> None:
    people = [str(12 - i) for i in range(12)]
    path = table(tmp_path / "pcs.csv", '"","person","PC1","PC2"', [[str(i + 1) for i in range(12)], people], ",")
    assert (read_covariates(path, people) == COMPONENTS).all()


def test_people_by_family_and_name(tmp_path: Path) -> None:
    """As PLINK files are read whose names repeat, and as PLINK names samples of the VCF that it writes."""
    path = table(tmp_path / "pcs.txt", "FID IID PC1 PC2", [["F"] * 12, PEOPLE], " ")
    assert (read_covariates(path, [f"F_{name}" for name in PEOPLE]) == COMPONENTS).all()


def test_a_person_twice(tmp_path: Path) -> None:
    path = table(tmp_path / "pcs.txt", "FID IID PC1 PC2", [["F"] * 12, [*PEOPLE[:-1], "S0"]], " ")
    with pytest.raises(UserError, match="sample S0 stands twice"):
        read_covariates(path, PEOPLE[:-1])


@pytest.mark.parametrize(("values", "refused"), [
    (["1", "2", "-9"] * 4, True),  # sex
    (["0.013", "-0.02", "-9"] * 4, True),
    (["12.5", "-31.25", "-9"] * 4, True),  # components of another scale, never whole
    (["-9", "-12", "4"] * 4, False),  # whole numbers on both sides
    (["-9"] * 12, False),
])  # fmt: skip
def test_plinks_missing_value(tmp_path: Path, values: list[str], refused: bool) -> None:
    (tmp_path / "c.tsv").write_text("ID\t" + "\t".join(PEOPLE) + "\nC\t" + "\t".join(values) + "\n")
    if refused:
        with pytest.raises(
            UserError, match=r"covariate C has -9 for 4 samples, such as S2: PLINK's code for a missing value"
        ):
            read_covariates(tmp_path / "c.tsv", PEOPLE)
    else:
        assert read_covariates(tmp_path / "c.tsv", PEOPLE)[:, 0].tolist() == [float(v) for v in values]
