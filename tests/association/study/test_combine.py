"""Tables of several traits, tissues and SNP sets together; the correlations and joint tests; the figures."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.association.study.omnibus import read_correlations
from tcra.common.multiple_testing import benjamini_hochberg

from ..conftest import WEIGHTS, write_covariance, write_model

GTF = "\n".join(
    f'{chrom}\tx\tgene\t{start}\t{start + 900}\t.\t+\t.\tgene_id "{gene}"; gene_name "{gene}";'
    for gene, chrom, start in (("G1", "chr1", 1000), ("G2", "chr2", 3000))
)


@pytest.fixture
def study(small, associate_main, combine_main):
    """Two SNP sets of two tissues, two traits; the smaller set's SNPs are among the larger's."""
    models, covariances = [], []
    for tissue, factor in (("Liver", 1.0), ("Lung", -0.5)):
        for snp_set, keep in (("200", ("rs1", "rs2", "rs3")), ("400", ("rs1", "rs2", "rs3", "rs4"))):
            rows = [(*w[:3], w[3] * (factor if w[0] != "rs2" else 1.3), *w[4:]) for w in WEIGHTS if w[0] in keep]
            models.append(write_model(small.folder / f"{tissue}_{snp_set}.db", rows, snp_set=snp_set))
            covariances.append(write_covariance(small.folder / f"{tissue}_{snp_set}.cov", models[-1]))
    for trait in ("height", "body mass"):
        folder = small.folder / "results" / trait
        associate_main(
            "--model_db_path", *models, "--covariance", *covariances, "--gwas_file", small.gwas, "--trait", trait,
            "--output_folder", folder, "--correlations", folder / "correlations.tsv.gz", "--gwas-points",
            folder / "gwas_points.tsv.gz",
        )  # fmt: skip
    (small.folder / "genes.gtf").write_text(GTF + "\n")
    combine_main(
        "--associations", small.folder / "results", "--out", small.folder / "out", "--genes", small.folder / "genes.gtf"
    )
    return small.folder / "out", small.folder


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype={"snp_set": str})


def test_tables(study) -> None:
    out, _ = study
    associations = table(out / "associations.tsv.gz")
    assert list(associations.columns[:13]) == [
        "trait", "model", "snp_set", "tissue", "gene", "gene_name", "zscore", "effect_size", "pvalue", "minus_log10_pvalue", "bonferroni",
        "fdr", "tests",
    ]  # fmt: skip
    assert len(associations) == 2 * 4 * 2
    for _, part in associations.groupby(["trait", "model"]):
        assert (part["tests"] == 2).all()
        np.testing.assert_allclose(part["fdr"], benjamini_hochberg(part["pvalue"]))
        np.testing.assert_allclose(part["minus_log10_pvalue"], -np.log10(part["pvalue"]))
    assert {"snp_coverage", "condition_number", "flags"} <= set(associations.columns)
    summary = table(out / "summary.tsv")
    assert summary["model"].tolist() == ["Liver_200", "Liver_400", "Lung_200", "Lung_400"] * 2
    assert summary["tissue"].tolist() == ["Liver", "Liver", "Lung", "Lung"] * 2
    hits = associations[(associations["trait"] == "height") & (associations["model"] == "Liver_200")]
    assert summary.loc[4, "hits_bonferroni"] == (hits["bonferroni"] <= 0.05).sum() > 0
    counts = json.loads((out / "accounting.json").read_text())["counts"]
    assert counts == [{"unit": "gene tests", "in": 16, "out": 16, "rejected": {}}]


def test_correlation_and_joint_test_by_definition(study) -> None:
    """Gene G1 uses rs1 and rs2 in both tissues: its correlation and joint test by hand."""
    out, folder = study
    sigma = 0.4 * np.array([[1, 0.5], [0.5, 1]])
    liver, lung = np.array([0.5, -0.39]), np.array([-0.25, -0.39])
    expected = liver @ sigma @ lung / np.sqrt((liver @ sigma @ liver) * (lung @ sigma @ lung))
    known = table(folder / "results/height/correlations.tsv.gz").set_index(["gene", "model_1", "model_2"])[
        "correlation"
    ]
    np.testing.assert_allclose(known["G1", "Liver_200", "Lung_200"], expected)
    np.testing.assert_allclose(known["G1", "Liver_200", "Liver_400"], 1.0)
    row = table(out / "tissues.tsv.gz").set_index(["trait", "snp_set", "gene"]).loc["height", "200", "G1"]
    associations = table(out / "associations.tsv.gz").set_index(["trait", "model", "gene"])["zscore"]
    z = np.array([associations["height", f"{tissue}_200", "G1"] for tissue in ("Liver", "Lung")])
    statistic = z @ np.linalg.inv([[1, expected], [expected, 1]]) @ z
    np.testing.assert_allclose([row["joint_statistic"], row["joint_dof"]], [statistic, 2], rtol=1e-9)
    # The two sets of one tissue have the same model of G1: one degree of freedom, and ACAT of two equal p is that p.
    sets = table(out / "omnibus.tsv.gz").set_index(["trait", "tissue", "gene"]).loc["height", "Liver", "G1"]
    assert sets["joint_dof"] == 1 and sets["models"] == 2
    np.testing.assert_allclose(sets[["joint_pvalue", "acat_pvalue"]].astype(float), sets["best_pvalue"], rtol=1e-6)


def test_unknown_correlations_leave_acat(small, associate_main, combine_main) -> None:
    """Two tissues whose SNPs of a gene differ, and no covariance between them."""
    models = [
        write_model(small.folder / f"{name}.db", [w for w in WEIGHTS if w[0] in keep])
        for name, keep in (("a", ("rs1",)), ("b", ("rs2",)))
    ]
    covariances = [write_covariance(model.with_suffix(".cov"), model) for model in models]
    arguments = ["--model_db_path", *models, "--covariance", *covariances, "--gwas_file", small.gwas, "--output_folder"]
    joint = "--joint-covariance"
    for extra in (
        [],
        [joint, small.covariance],
        [joint, covariances[0], small.covariance],
    ):  # one has no pair of the two SNPs
        folder = small.folder / f"r{len(extra)}"
        associate_main(*arguments, folder, "--correlations", folder / "correlations.tsv.gz", *extra)
        combine_main("--associations", folder, "--out", folder / "out")
        row = table(folder / "out" / "tissues.tsv.gz").iloc[0]
        assert np.isfinite(row["acat_pvalue"])
        assert np.isfinite(row["joint_pvalue"]) == bool(extra)


def test_figures(study) -> None:
    out, _ = study
    for name in ("qq_height", "manhattan_height", "miami_height", "qq_body_mass"):
        text = (out / f"{name}.svg").read_text()
        assert text.startswith("<?xml") and "</svg>" in text
    assert "λ = " in (out / "qq_height.svg").read_text()
    assert "GWAS" in (out / "miami_height.svg").read_text()


def test_same_bytes(study, combine_main) -> None:
    out, folder = study
    combine_main("--associations", folder / "results", "--out", folder / "again", "--genes", folder / "genes.gtf")
    names = sorted(path.name for path in out.iterdir())
    assert names == sorted(path.name for path in (folder / "again").iterdir())
    for name in names:
        assert (out / name).read_bytes() == (folder / "again" / name).read_bytes(), name


def test_bad_tables(tmp_path: Path, combine_main, user_error, caplog) -> None:
    (tmp_path / "a.csv").write_text("gene,pvalue\nG1,0.5\n")
    with user_error("a.csv has no column gene_name"):
        combine_main("--associations", tmp_path / "a.csv", "--out", tmp_path / "out")
    table = "gene,gene_name,zscore,effect_size,pvalue,var_g,n_snps_used,n_snps_in_model,pred_perf_qval\nG1,one,1,1,0.3,1,1,1,NANA\n"
    (tmp_path / "b.csv").write_text(table.replace("0.3", "x"))
    with user_error("b.csv: column pvalue has 'x', expected numbers"):
        combine_main("--associations", tmp_path / "b.csv", "--out", tmp_path / "out")
    (tmp_path / "b.csv").write_text(table)  # a cell that no test needs
    combine_main("--associations", tmp_path / "b.csv", "--out", tmp_path / "out")
    assert "NANA" in caplog.text
    empty = tmp_path / "empty"
    empty.mkdir()
    with user_error("no association tables"):
        combine_main("--associations", empty, "--out", tmp_path / "out")


def test_same_table_twice(small, associate_main, combine_main, user_error) -> None:
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.out)
    with user_error("is in two tables"):
        combine_main("--associations", small.out, small.out, "--out", small.folder / "out")


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("x.csv", "\n", "x.csv cannot be read as a table"),
        ("small.csv", "{}1,2,3,4,5,6,7,8,9,10,11,12,13,14\n", "small.csv cannot be read as a table"),
        ("small.csv", "{}G3,G3,1,1,1.5,1,1,1,1,1,1,1\n", "small.csv: column pvalue has 1.5, expected 0 to 1"),
        ("small.csv.flags.tsv", "gene\tsnp_coverage\tcondition_number\tflags\ttrait\tmodel\tsnp_set\ttissue\n", "has no gene G1"),
        ("small.csv.flags.tsv", "gene\tflags\n", "small.csv.flags.tsv has no column snp_coverage"),
        ("correlations.tsv.gz", "trait\tgene\tmodel_1\tmodel_2\tcorrelation\nt\tG\ta\tb\tx\n", "correlations.tsv.gz cannot be read"),
        ("gwas_points.tsv.gz", "a\tb\n", "gwas_points.tsv.gz has no column trait"),
    ],
)  # fmt: skip
def test_results_that_are_damaged(
    name: str, text: str, part: str, small, associate_main, combine_main, user_error
) -> None:
    folder = small.folder / "results"
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_folder", folder)
    path = folder / name
    path.write_text(text.replace("{}", path.read_text()) if "{}" in text else text)
    with user_error(part):
        combine_main("--associations", folder, "--out", small.folder / "out")
    assert not (small.folder / "out").exists()


def test_an_annotation_that_cannot_be_read_leaves_nothing_behind(
    small, associate_main, combine_main, user_error
) -> None:
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.out)
    with user_error("expected BED with chrom, start, end and gene id"):
        combine_main("--associations", small.out, "--out", small.folder / "out", "--genes", small.gwas)
    assert not (small.folder / "out").exists()


def test_tables_without_genes(small, associate_main, combine_main, user_error) -> None:
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_folder", small.folder / "results")
    whole = small.folder / "results" / "small.csv"
    (small.folder / "results" / "none.csv").write_text(whole.read_text().splitlines()[0] + "\n")
    combine_main("--associations", small.folder / "results", "--out", small.folder / "out")
    assert table(small.folder / "out" / "summary.tsv")["model"].tolist() == ["small"]
    with user_error("the association tables have no genes"):
        combine_main("--associations", small.folder / "results" / "none.csv", "--out", small.folder / "out")


def test_names_that_look_like_numbers(small) -> None:
    path = small.folder / "correlations.tsv"
    path.write_text("trait\tgene\tmodel_1\tmodel_2\tcorrelation\n007\t0123\t1.10\t1e3\t0.5\n")
    assert read_correlations([path]) == {("007", "0123"): {("1.10", "1e3"): 0.5, ("1e3", "1.10"): 0.5}}


def test_each_trait_has_its_own_figure(small, associate_main, combine_main) -> None:
    folders = [small.folder / f"results_{i}" for i in range(2)]
    for trait, folder in zip(("a b", "a_b"), folders, strict=True):
        associate_main(*small.arguments, "--gwas_file", small.gwas, "--trait", trait, "--output_folder", folder)
    combine_main("--associations", *folders, "--out", small.folder / "out")
    assert sorted(path.name for path in (small.folder / "out").glob("*.svg")) == ["qq_a_b.svg", "qq_a_b_2.svg"]


def test_gwas_points_are_thinned(tmp_path: Path) -> None:
    from tcra.association.gwas.gwas_points import gwas_points
    from tcra.association.gwas.settings import GwasSettings

    rng = np.random.default_rng(1)
    p = rng.uniform(size=20_000)
    p[:50] = 1e-9
    rows = [f"rs{i}\t1\t{i * 100}\tA\tG\t0.1\t{value}" for i, value in enumerate(p)]
    path = tmp_path / "g.tsv"
    path.write_text("SNP\tCHR\tBP\tA1\tA2\tBETA\tP\n" + "\n".join(rows) + "\n")
    points = gwas_points([path], "height", GwasSettings())
    assert (points["minus_log10_pvalue"] > 8.9).sum() == 50  # every strong one is there
    assert len(points) < 200


def test_tables_of_two_traits_by_their_names(small, associate_main, combine_main) -> None:
    """S-PrediXcan's own, as its tutorials name them, compressed or not."""
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.out)
    own, folder = pd.read_csv(small.out), small.folder / "own"
    folder.mkdir()
    names = ["a__PM__Liver.csv", "b__PM__Liver.csv.gz", "b__PM__Lung.csv.gz"]
    for name in names:
        own.to_csv(folder / name, index=False, na_rep="NA")
    combine_main("--associations", *(folder / name for name in names), "--out", small.folder / "study")
    found = pd.read_csv(small.folder / "study" / "associations.tsv.gz", sep="\t")
    assert set(zip(found["trait"], found["tissue"], strict=True)) == {("a", "Liver"), ("b", "Liver"), ("b", "Lung")}
