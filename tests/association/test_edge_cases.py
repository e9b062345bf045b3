"""The 69 edge cases: each ends as S-PrediXcan's output, or as the tables below say that it ends here, and why."""

import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

# The reference ends with a message and exit status 0, or a traceback; here it is one line and exit status 2.
ERRORS = {
    "cov_bad_value": "line 8: covariance 'foo' of G2.3, rs4, rs4 is not a finite number",
    "cov_uncontig": "gene G1.1 is in two places",
    "folder_nomatch": "has a name that matches .*zip",
    "h2N_nophi": "has no column phi",
    "missing_a1_col": "has no column NOPE",
    "no_output": "give --output_file",
    "no_overlap": "none of its 7 variants is in model.db; ids of the GWAS: 100 % rsid; of the model: 100 % rsid",
    "only_p": "a p-value has no direction",
    "or_neg": "column OR is read as odds ratios, but has negative values (such as -1)",
    "varid": "give --keep_non_rsid",
}

# The reference crashes or misreads; here the case ends as another one does.
SAME_AS = {
    "any_ws": "base_beta_p",  # the reference does not know its own keyword where a header is split
    "empty_col_ws": "base_beta_p",  # a header with tabs means tabs: the empty cell shifts nothing
    "p_dash": "mismatch",  # a p that is no number is one row less, not the end of the run
    "remove_ens_additional": "additional",  # the reference's table is empty
    "sign_numeric_p": "sign_p",  # 1 and -1 are signs; to the reference they are all negative
    "undeclared_lower_beta": "base_beta_p",  # a column that nobody named is not used
    "undeclared_lower_zscore": "base_beta_p",
}

# The genes that differ from the reference's output (or from base_beta_p's where it wrote none), the variants that each uses,
# and the reason that the accounting gives. None: the gene's statistic is NA.
DIFFERENT: dict[str, tuple[dict[str, set[str] | None], str]] = {
    "h2N_phi_NAz": ({"G1.1": None}, "none of its SNPs in the GWAS is in the covariance"),
    "h2N_phi_rmens": ({}, "none of its SNPs has a usable GWAS row"),
    "or_zero": ({"G1.1": {"rs2", "rs3"}, "G3.1": {"rs5"}}, "odds ratio is 0"),
    "p_allzero": ({}, "none of its SNPs has a usable GWAS row"),
    "p_gt1_neg": ({"G1.1": {"rs3"}, "G3.1": {"rs5"}}, "p is outside 0 to 1"),
    "single_snp_multi": ({"G1.1": None, "G3.1": None}, "a covariance is missing, the result is NA"),
    "z_beta_NA": ({}, "none of its SNPs has a usable GWAS row"),
}
# One gene is twice in the reference's output.
ONCE = {"extra_dup"}

CASES = """a1_na additional all_cols any_ws base_beta_p base_beta_se cov_bad_value cov_full_square cov_missing_diag_only_id2
cov_missing_snp cov_neg cov_nogene cov_uncontig cov_zero_var crlf crlf_gz csv_sep dup_gene_rsid dup_gwas_last dup_model_multiallelic
empty_col empty_col_handle empty_col_ws extra_dup extra_missing_gene extra_null_r2 flip folder folder_dup folder_nomatch gz h2N_nophi
h2N_phi h2N_phi_NAz h2N_phi_rmens indel_flip lower mismatch missing_a1_col neg_z_tie no_output no_overlap only_p or_neg or_p or_se
or_zero p_allzero p_comma p_dash p_gt1_neg p_tiny p_zero_fix0 remove_ens_additional se_zero short_row sign_numeric_p sign_p single_snp
single_snp_multi snp_space strand stream undeclared_lower_beta undeclared_lower_zscore varid varid_keep z_and_beta z_beta_NA""".split()
assert len(CASES) == 69


def run_case(main, folder: Path, out: Path) -> None:
    spec = json.loads((folder / "case.json").read_text())
    gwas = ["--gwas_folder", folder / "gw"] if (folder / "gw").is_dir() else ["--gwas_file", next(folder.glob("gwas*"))]
    output = [] if folder.name == "no_output" else ["--output_file", out]
    arguments = ["--model_db_path", folder / "model.db", "--covariance", folder / "covariance.txt", *gwas]
    main(*arguments, *(a for a in spec["arguments"] if a != "--__noout"), *output)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path).set_index("gene")


def assert_same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    assert list(ours.columns) == list(theirs.columns)
    assert sorted(ours.index) == sorted(theirs.index)
    theirs = theirs.loc[ours.index]
    for name in ours:
        if name == "gene_name":
            assert ours[name].fillna("NA").tolist() == theirs[name].fillna("NA").tolist()
        else:
            np.testing.assert_allclose(
                ours[name].astype(float), theirs[name].astype(float), rtol=1e-10, atol=0, err_msg=name
            )


def by_definition(folder: Path, gene: str, used: set[str]) -> tuple[float, float]:
    """zscore and var_g of a gene from these variants, in plain loops, with z from beta's sign and p."""
    connection = sqlite3.connect(f"file:{folder / 'model.db'}?mode=ro&immutable=1", uri=True)
    weights = {
        snp: (w, eff)
        for snp, w, eff in connection.execute("SELECT rsid, weight, eff_allele FROM weights WHERE gene = ?", (gene,))
    }
    connection.close()
    covariance = {
        frozenset((one, two)): value
        for g, one, two, value in pd.read_csv(folder / "covariance.txt", sep=" ").itertuples(index=False)
        if g == gene
    }
    gwas = pd.read_csv(folder / "gwas.txt", sep="\t").set_index("SNP")
    var_g = sum(weights[a][0] * weights[b][0] * covariance[frozenset((a, b))] for a in used for b in used)
    total = 0.0
    for snp in used:
        row = gwas.loc[snp]
        z = np.float64(np.float32(-norm.ppf(row["P"] / 2) * np.sign(row["BETA"])))
        z = z if row["A1"].upper() == weights[snp][1] else -z
        total += weights[snp][0] * z * np.sqrt(covariance[frozenset((snp,))])
    return total / np.sqrt(var_g), var_g


@pytest.fixture(scope="module")
def edge(project_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edge")
    shutil.unpack_archive(project_data / "association" / "edge.tar.xz", folder)
    return folder


def test_no_case_is_forgotten(edge: Path) -> None:
    assert sorted(path.name for path in edge.iterdir()) == sorted(CASES)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ERRORS])
def test_case(name: str, edge: Path, tmp_path: Path, associate_main) -> None:
    run_case(associate_main, edge / name, tmp_path / "ours.csv")
    ours = read(tmp_path / "ours.csv")
    changed, reason = DIFFERENT.get(name, ({}, ""))
    expected = edge / SAME_AS.get(name, name) / "expected.csv"
    if name in ("h2N_phi_NAz", "h2N_phi_rmens"):
        check_calibration(name, ours, read(edge / "base_beta_p" / "expected.csv"))
        return
    if not expected.exists():
        expected = edge / "base_beta_p" / "expected.csv"
    theirs = read(expected)
    if name in ONCE:
        assert theirs.index.duplicated().any() and not ours.index.duplicated().any()
        theirs = theirs[~theirs.index.duplicated()]
    if "--remove_ens_version" in json.loads((edge / name / "case.json").read_text())["arguments"]:
        theirs.index = theirs.index.str.split(".").str[0]
    if name in ("p_allzero", "single_snp_multi", "z_beta_NA"):
        check_without_reference(name, ours, theirs)
    else:
        same = [gene for gene in ours.index if gene not in changed]
        assert_same(ours.loc[same], theirs.drop(index=list(changed)))
    for gene, used in changed.items():
        if used is None:
            assert np.isnan(ours.loc[gene, "zscore"])
        else:
            zscore, var_g = by_definition(edge / name, gene, used)
            np.testing.assert_allclose(ours.loc[gene, ["zscore", "var_g"]].astype(float), [zscore, var_g], rtol=1e-12)
            assert ours.loc[gene, "n_snps_used"] == len(used)
    if reason:
        counts = json.loads((tmp_path / "ours.csv.accounting.json").read_text())["counts"]
        assert any(count["rejected"].get(reason) for count in counts), counts


def check_calibration(name: str, ours: pd.DataFrame, base: pd.DataFrame) -> None:
    phi = {"G1": 1e-6, "G2": 1e-6 if name.endswith("rmens") else 0.0, "G3": 1e-6, "G4": 2e-5, "G5": 1e-5}
    if name == "h2N_phi_rmens":  # the reference's table is empty
        assert sorted(ours.index) == ["G1", "G2", "G3", "G4", "G5"]
        phi = dict.fromkeys(phi, 1e-6)
    else:  # the reference crashes on the gene without a z; G3.1 has no phi and is left out, as there
        assert sorted(ours.index) == ["G1.1", "G2.3", "G4.1", "G5.1"]
    base.index = base.index.str.split(".").str[0]
    for gene, row in ours.iterrows():
        short = str(gene).split(".")[0]
        assert row["phi"] == phi[short]
        if name == "h2N_phi_NAz" and short == "G1":
            assert np.isnan(row["zscore"]) and np.isnan(row["uncalibrated_zscore"])
            continue
        np.testing.assert_allclose(row["uncalibrated_zscore"], base.loc[short, "zscore"], rtol=1e-10)
        np.testing.assert_allclose(row["zscore"], row["uncalibrated_zscore"] / np.sqrt(1 + phi[short] * 1e5 * 0.3))


def check_without_reference(name: str, ours: pd.DataFrame, base: pd.DataFrame) -> None:
    """Cases at which the reference crashes."""
    if name == "z_beta_NA":  # a missing beta takes the effect size of its two genes, not their z
        assert ours["effect_size"].isna().sum() == 2 and ours["zscore"].notna().all()
    elif name == "p_allzero":  # every p becomes 1e-50
        np.testing.assert_allclose(ours.loc["G2.3", "zscore"], norm.isf(0.5e-50), rtol=1e-7)
    else:
        assert np.isnan(ours.loc["G1.1", "zscore"]) and np.isfinite(ours.loc["G2.3", "zscore"])


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_case_is_an_error(name: str, edge: Path, tmp_path: Path, associate_main, user_error) -> None:
    with user_error(ERRORS[name]):
        run_case(associate_main, edge / name, tmp_path / "ours.csv")
    assert not (tmp_path / "ours.csv").exists()
