"""GTEx's liver models and LDL on chromosome 16: rs numbers and varIDs both in the weights, the covariance by varID."""

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

COLUMNS = [
    "--effect_allele_column", "effect_allele", "--non_effect_allele_column", "other_allele", "--zscore_column", "zscore",
]  # fmt: skip
FLAGS: dict[str, list[list[str]]] = {
    "rsid": [
        [],
        ["--keep_non_rsid"],
        ["--model_db_snp_key", "rsid"],
        ["--keep_non_rsid", "--model_db_snp_key", "rsid"],
    ],
    "varID": [[], ["--keep_non_rsid"], ["--model_db_snp_key", "varID", "--keep_non_rsid"]],
}


@pytest.fixture(scope="module")
def gwas_by_varid(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same GWAS with the models' varIDs in place of rs numbers; a variant that no model has keeps a made-up one."""
    folder = shared_data / "real/ldl_chr16"
    with sqlite3.connect(folder / "Liver_mashr.db") as database:
        name = dict(database.execute("SELECT rsid, varID FROM weights WHERE rsid LIKE 'rs%'"))
    out = tmp_path_factory.mktemp("varid") / "gwas.tsv"
    with gzip.open(folder / "gwas_rsid.tsv.gz", "rt") as rows, open(out, "w") as text:
        text.write(next(rows).replace("rsid", "variant"))
        for place, row in enumerate(rows, 1):
            rsid, *rest = row.split("\t")
            text.write("\t".join([name.get(rsid, f"chr99_{place}_A_G_b38"), *rest]))
    return out


@pytest.mark.parametrize(("ids", "flags"), [(ids, flags) for ids, several in FLAGS.items() for flags in several])
def test_associations_by_either_id(
    ids: str,
    flags: list[str],
    shared_data: Path,
    gwas_by_varid: Path,
    tmp_path: Path,
    associate_main: Callable[..., None],
) -> None:
    folder, out = shared_data / "real/ldl_chr16", tmp_path / "out.csv"
    gwas = (
        [gwas_by_varid, "--snp_column", "variant"]
        if ids == "varID"
        else [folder / "gwas_rsid.tsv.gz", "--snp_column", "rsid"]
    )
    associate_main(
        "--model_db_path", folder / "Liver_mashr.db", "--covariance", folder / "Liver_mashr.txt.gz", "--gwas_file", *gwas,
        *COLUMNS, *flags, "--output_file", out,
    )  # fmt: skip
    expected = pd.read_csv(folder / "expected.csv").set_index("gene")
    found = pd.read_csv(out).set_index("gene")
    assert found["zscore"].notna().sum() == len(expected) == 450
    found = found.loc[expected.index]
    for column in ("n_snps_used", "n_snps_in_cov", "n_snps_in_model"):
        assert (found[column] == expected[column]).all()
    for column in ("zscore", "var_g"):
        assert np.allclose(found[column], expected[column], rtol=1e-10, atol=0)
    assert round(float(found.loc["ENSG00000261701.6", "zscore"]), 2) == -18.16  # HPR
