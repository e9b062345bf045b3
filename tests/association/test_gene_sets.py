"""Over-representation of a trait's genes in gene sets."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from tcra.association.study.gene_sets import ANY_MODEL, over_representation, read_gene_sets
from tcra.errors import UserError


@pytest.fixture
def table() -> pd.DataFrame:
    """Two models of a trait; 20 of 200 genes are hits in the first, the first gene in the second."""
    number = np.arange(200)
    both = [
        pd.DataFrame(
            {
                "trait": "t", "model": model, "gene": [f"ENSG{n:011d}.3" for n in number], "gene_name": [f"NAME{n}" for n in number],
                "pvalue": np.where(number == 199, np.nan, 0.5), "fdr": np.where(number < hits, 0.01, 0.9),
            }
        )
        for model, hits in (("a", 20), ("b", 1))
    ]  # fmt: skip
    return pd.concat(both, ignore_index=True)


def test_against_fishers_test(table: pd.DataFrame, tmp_path: Path) -> None:
    members = [*(f"NAME{n}" for n in range(8)), *(f"ENSG{n:011d}" for n in range(100, 104)), "ENSG00000000199", "OTHER"]
    path = tmp_path / "sets.gmt"
    path.write_text(
        "rich\tdescription\t" + "\t".join(members) + "\nempty\t\tOTHER\tANOTHER\npoor\t\tname150,1.0\tNAME151\r\n"
    )
    found = over_representation(table, read_gene_sets(path), 0.05).set_index(["model", "gene_set"])
    assert set(found.index) == {(model, name) for model in ("a", "b", ANY_MODEL) for name in ("rich", "poor")}
    row = found.loc[("a", "rich")]
    # A gene without a p-value was not tested: 199 genes, 12 of the set, 20 of the trait, 8 in both.
    assert (row["tested_genes"], row["set_genes"], row["trait_genes"], row["found"]) == (199, 12, 20, 8)
    assert np.isclose(row["pvalue"], fisher_exact([[8, 4], [12, 175]], alternative="greater")[1], rtol=1e-10)
    assert np.isclose(row["expected"], 20 * 12 / 199) and np.isclose(row["fold"], 8 / row["expected"])
    assert row["genes"] == ",".join(f"NAME{n}" for n in range(8))
    assert np.isclose(row["fdr"], 2 * row["pvalue"]) and found.loc[("a", "poor"), "pvalue"] == 1
    assert found.loc[(ANY_MODEL, "rich"), "found"] == 8 and found.loc[("b", "rich"), "found"] == 1


def test_a_table_that_is_no_gmt(tmp_path: Path) -> None:
    for text, message in (
        ("name only\n", "found 1 cells"),
        ("a\td\tG\na\td\tG\n", "stands twice"),
        ("\n", "no gene sets"),
    ):
        path = tmp_path / "sets.gmt"
        path.write_text(text)
        with pytest.raises(UserError, match=message):
            read_gene_sets(path)


def test_through_combine(small, associate_main, combine_main) -> None:
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--trait", "t", "--output_folder", small.folder / "t")
    gmt = small.folder / "sets.gmt"
    gmt.write_text("both\td\tG1\tG2\n")
    combine_main("--associations", small.folder / "t", "--gene_sets", gmt, "--out", small.folder / "combined")
    found = pd.read_csv(small.folder / "combined/gene_sets.tsv", sep="\t")
    assert found["set_genes"].tolist() == [2] and found["pvalue"].tolist() == [1.0]
