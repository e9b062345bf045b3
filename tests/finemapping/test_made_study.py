"""A made-up study: what is found, what is independent of what, and what is refused."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.errors import UserError

from .conftest import MadeStudy, table

FIXED = ["--gene-prior", 0.02, "--snp-prior", 2e-4, "--effect-variance", 40]


def test_the_planted_gene_and_the_balance(study: MadeStudy, finemap_main) -> None:
    out = finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out"))
    genes = table(out)
    assert genes.loc[("G1", "blood"), "gene_pip"] > 0.9
    assert genes.drop("G1")["gene_pip"].max() < 0.1
    assert genes.loc[("G1", "blood"), "joint_or_conditional"] == "joint"
    assert (genes["status"] == "fine-mapped").all() and len(genes) == 16
    snps = table(out, "snps.tsv.gz", ["snp"])
    assert len(snps) == 240 and np.allclose(snps.loc["rs10000", "z"], study.z[0])  # the sign is the panel's alt's
    regions = table(out, "regions.tsv", ["region"])
    assert (regions["people"] == 320).all() and (regions["mismatch"] < 0.01).all()
    for one in json.loads((out / "accounting.json").read_text())["counts"]:
        assert one["in"] == one["out"] + sum(one["rejected"].values()) > 0
    shares = genes.groupby("gene")["tissue_share"].sum()
    assert np.allclose(shares, 1)


def test_z_of_genes_is_s_predixcans(study: MadeStudy, finemap_main) -> None:
    out = finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out"))
    dosages = np.array(study.dosages, float)
    for (gene, tissue), row in table(out).iterrows():
        used = [(at, w) for t, g, at, w in study.weights if (t, g) == (tissue, gene)]
        weights = np.array([w for _, w in used])
        covariance = np.cov(dosages[[at for at, _ in used]])
        score = (weights * np.sqrt(np.diag(covariance))) @ [study.z[at] for at, _ in used]
        assert np.isclose(row["zscore"], score / np.sqrt(weights @ covariance @ weights), rtol=1e-10)


def test_chromosomes_in_one_run_or_in_two(study: MadeStudy, finemap_main) -> None:
    study.write()
    whole = finemap_main(*study.flags(), "--no-fallback", "--out", study.path("whole"))
    scores = [
        finemap_main(*study.flags(), "--chrom", name, "--only-z", "--out", study.path(f"z{name}"))
        for name in ("2", "1")
    ]
    fitted = finemap_main(
        "--z-table", *(one / "z_scores.tsv.gz" for one in scores), "--no-fallback", "--out", study.path("fit")
    )
    groups = [json.loads((one / "parameters.json").read_text())["groups"] for one in (whole, fitted)]
    assert groups[0] == groups[1]
    parts = [
        finemap_main(
            *study.flags(),
            "--chrom",
            name,
            "--parameters",
            fitted / "parameters.json",
            "--out",
            study.path(f"part{name}"),
        )
        for name in ("1", "2")
    ]
    for name, key in (
        ("snps.tsv.gz", ["snp"]),
        ("regions.tsv", ["region"]),
        ("credible_sets.tsv", ["region", "member"]),
    ):
        both = pd.concat([table(part, name, key) for part in parts]).sort_index()
        pd.testing.assert_frame_equal(table(whole, name, key), both, check_dtype=False, check_exact=True)
    genes = pd.concat([table(part) for part in parts])
    assert set(genes["status"]) == {"fine-mapped", "on another chromosome than the one that was asked for"}
    genes = genes[genes["status"] == "fine-mapped"].sort_index()
    pd.testing.assert_frame_equal(table(whole), genes, check_dtype=False, check_exact=True)


def test_priors_first_then_a_task_per_chromosome(study: MadeStudy, finemap_main) -> None:
    study.write()
    whole = finemap_main(*study.flags(), "--out", study.path("whole"))
    fitted = finemap_main(*study.flags(), "--only-priors", "--out", study.path("fit"))
    assert (fitted / "chromosomes.tsv").read_text() == "chrom\n1\n2\n"
    assert json.loads((fitted / "parameters.json").read_text()) == json.loads((whole / "parameters.json").read_text())
    study.z = {at: 0.3 * z for at, z in study.z.items()}  # nothing is significant
    weak = finemap_main(*study.write().flags(), "--only-priors", "--out", study.path("weak"))
    assert (weak / "chromosomes.tsv").read_text() == "chrom\n"


def test_order_of_files_models_and_rows_does_not_matter(study: MadeStudy, finemap_main) -> None:
    first = finemap_main(*study.write().flags("blood", "liver"), *FIXED, "--out", study.path("first"))
    study.weights.reverse()
    study.z = dict(reversed(study.z.items()))
    study.genes.reverse()
    study.regions.reverse()
    second = finemap_main(*study.write().flags("liver", "blood"), *FIXED, "--out", study.path("second"))
    for name in ("genes.tsv", "regions.tsv", "credible_sets.tsv"):
        assert (first / name).read_text() == (second / name).read_text()
    assert gzip.decompress((first / "snps.tsv.gz").read_bytes()) == gzip.decompress(
        (second / "snps.tsv.gz").read_bytes()
    )


def test_the_same_inputs_give_the_same_bytes(study: MadeStudy, finemap_main) -> None:
    study.write()
    outs = [finemap_main(*study.flags(), "--out", study.path(name)) for name in ("one", "two")]
    assert {path.name: path.read_bytes() for path in outs[0].iterdir()} == {
        path.name: path.read_bytes() for path in outs[1].iterdir()
    }


def test_two_identical_models_share_the_posterior(study: MadeStudy, finemap_main) -> None:
    study.weights += [("copy", gene, at, w) for tissue, gene, at, w in study.weights if tissue == "blood"]
    genes = table(finemap_main(*study.write().flags("blood", "copy"), *FIXED, "--out", study.path("out")))
    one, other = genes.loc[("G1", "blood")], genes.loc[("G1", "copy")]
    assert np.isclose(one["pip"], other["pip"]) and 0.4 < one["pip"] < 0.6
    assert one["gene_pip"] > 0.9 and np.isclose(one["tissue_share"], 0.5)
    assert {one["joint_or_conditional"], other["joint_or_conditional"]} == {"joint", "copy"}


def test_a_region_of_one_snp_and_a_gene_alone(study: MadeStudy, finemap_main) -> None:
    at = len(study.snps)
    study.snps.append(("2", 9_000_001, "rs9", "C", "T"))
    study.dosages.append(study.dosages[0])
    study.z[at] = 3.0
    study.weights.append(("blood", "ALONE", at, 0.7))
    study.genes.append(("2", 9_000_100, "ALONE"))
    study.regions.append(("2", 8_990_000, 9_010_000))
    out = finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out"))
    alone = table(out).loc[("ALONE", "blood")]
    assert np.isclose(alone["zscore"], 3.0) and alone["pip"] > 50 * table(out, "snps.tsv.gz", ["snp"]).loc["rs9", "pip"]
    study.regions[-1] = ("2", 9_000_050, 9_010_000)  # the gene's start without its SNP
    alone = table(finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out"))).loc[("ALONE", "blood")]
    assert alone["outside"] == 1.0 and alone["flags"] == "border" and alone["status"] == "fine-mapped"


def test_monomorphic_missing_and_rare_snps(study: MadeStudy, finemap_main) -> None:
    study.dosages[10] = np.zeros(study.people)  # the first weight of G1
    study.dosages[11] = np.where(np.arange(study.people) == 0, 1, 0)
    study.dosages[12] = np.where(np.arange(study.people) % 7 == 0, -1, study.dosages[12])
    out = finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out"))
    snps = table(out, "snps.tsv.gz", ["snp"])
    assert "rs10010" not in snps.index and "rs10011" not in snps.index and np.isfinite(snps.loc["rs10012", "pip"])
    assert table(out).loc[("G1", "blood"), "n_snps_used"] == 2
    rejected = next(
        one for one in json.loads((out / "accounting.json").read_text())["counts"] if one["unit"] == "panel variants"
    )["rejected"]
    assert rejected == {"minor allele too rare in the panel": 2}


def test_gene_models_that_are_left_out_have_a_status(study: MadeStudy, finemap_main) -> None:
    del study.z[10], study.z[13], study.z[16]  # the SNPs of G1 in blood
    study.genes = [row for row in study.genes if row[2] != "G3"]  # falls back on its weights
    study.regions.pop()
    genes = table(finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out")))
    assert genes.loc[("G1", "blood"), "status"] == "none of its SNPs in the panel has a usable GWAS row"
    assert genes.loc[("G3", "blood"), "status"] == "fine-mapped"
    assert set(genes.loc["G8", "status"]) == {"its place is in no region"} and len(genes) == 16


def test_nothing_in_common_is_refused(study: MadeStudy, finemap_main) -> None:
    study.write()
    text = study.path("gwas.tsv").read_text().replace("rs", "rs77")
    study.path("gwas.tsv").write_text(text)
    with pytest.raises(UserError, match=r"no gene model can be fine-mapped.*give --match-by position"):
        finemap_main(*study.flags(), *FIXED, "--out", study.path("out"))
    assert not study.path("out").exists()


def _move(study: MadeStudy, distance: int) -> None:
    text = study.path("panel.vcf").read_text().splitlines()
    moved = [line if line.startswith("#") else _moved(line, distance) for line in text]
    study.path("panel.vcf").write_text("\n".join(moved) + "\n")


def _moved(line: str, distance: int) -> str:
    cells = line.split("\t")
    cells[1] = str(int(cells[1]) + distance)
    return "\t".join(cells)


def test_a_panel_of_another_build(study: MadeStudy, finemap_main, caplog) -> None:
    study.write()
    expected = table(finemap_main(*study.flags(), *FIXED, "--out", study.path("out")))
    _move(study, 1_700)
    study.path("regions.bed").write_text(
        "".join(f"{chrom}\t{start + 1_700}\t{end + 1_700}\n" for chrom, start, end in study.regions)
    )
    study.path("genes.bed").write_text(
        "".join(f"{chrom}\t{pos + 1_699}\t{pos + 1_700}\t{gene}\n" for chrom, pos, gene in study.genes)
    )
    found = table(
        finemap_main(*study.flags(), *FIXED, "--out", study.path("moved"))
    )  # ids agree: positions are the panel's
    assert "of another genome build" in caplog.text
    pd.testing.assert_series_equal(found["pip"], expected["pip"])
    _move(study, 30_000_000)
    flags = [*study.flags(), "--gene-prior", 0.02]
    study.path("regions.bed").write_text(
        "".join(f"{chrom}\t{start}\t{end + 90_000_000}\n" for chrom, start, end in study.regions[::2])
    )
    with pytest.raises(UserError, match="--genes and --genotypes are of different genome builds"):
        finemap_main(*flags, "--out", study.path("far"))


def test_a_panel_whose_alleles_differ_at_the_same_positions(study: MadeStudy, finemap_main) -> None:
    study.write()
    text = study.path("panel.vcf").read_text().replace("\tA\tG\t", "\tC\tT\t")
    for name in {snp[2] for snp in study.snps}:
        text = text.replace(f"\t{name}\t", "\t.\t")
    study.path("panel.vcf").write_text(text)
    with pytest.raises(UserError, match=r"alleles differ .* another genome build"):
        finemap_main(*study.flags(), *FIXED, "--out", study.path("out"))


def test_windows_around_genes_and_their_cuts(study: MadeStudy, finemap_main) -> None:
    flags = study.write().flags()
    place = flags.index("--regions")
    flags[place : place + 2] = []
    wide = table(finemap_main(*flags, *FIXED, "--out", study.path("wide")), "regions.tsv", ["region"])
    assert len(wide) == 2 and (wide["snps"] == 120).all()
    cut = table(
        finemap_main(*flags, *FIXED, "--most-variables", 70, "--out", study.path("cut")), "regions.tsv", ["region"]
    )
    assert len(cut) > 2 and cut["snps"].sum() == 240 and (cut["variables"] <= 70).all()


def test_merged_borders(study: MadeStudy, finemap_main) -> None:
    study.weights.append(("blood", "G1", 65, 2.0))  # a weight in the next region
    flags = [*study.write().flags(), *FIXED]
    split = table(finemap_main(*flags, "--out", study.path("split")))
    assert split.loc[("G1", "blood"), "flags"] == "border" and split.loc[("G1", "blood"), "outside"] > 0.3
    merged = table(finemap_main(*flags, "--merge-borders", "--out", study.path("merged")))
    assert merged.loc[("G1", "blood"), "region"] == "1_1000000_1400000+1_1400000_1800000"
    assert merged.loc[("G1", "blood"), "outside"] == 0 and merged.loc["G1":"G4", "region"].nunique() == 1


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--maf", "0.6"], "no minor allele is so frequent"),
        (["--gene-prior", "2"], "expected a probability"),
        (["--snp-set", "none"], "no model database is of it"),
        (["--coloc"], "--gwas_N"),
        (["--chrom", "7"], "no gene model has a place in a region on chromosome 7"),
        (["--thin", "0"], "expected a share"),
    ],
)
def test_flags_that_cannot_be(flags: list[str], message: str, study: MadeStudy, finemap_main) -> None:
    with pytest.raises(UserError, match=message):
        finemap_main(*study.write().flags(), *flags, "--out", study.path("out"))


def test_regions_that_overlap_are_refused(study: MadeStudy, finemap_main) -> None:
    study.regions.append(("1", 1_200_000, 1_500_000))
    with pytest.raises(UserError, match="overlap"):
        finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out"))


def test_other_ld_than_the_gwass_is_flagged(study: MadeStudy, finemap_main, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    study.dosages = [random.permutation(one) for one in study.dosages]  # no LD at all
    out = finemap_main(*study.write().flags(), *FIXED, "--out", study.path("out"))
    regions = table(out, "regions.tsv", ["region"])
    assert (regions["mismatch"] > 0.05).any()
    bad = regions[regions["mismatch"] > 0.05]
    assert (bad["effects"] == 1).all() and (bad["status"] == "one effect: LD mismatch").all()
    genes = table(out)
    assert genes.loc[genes["region"].isin(bad.index), "flags"].str.contains("ld_mismatch").all()
    assert np.allclose(
        genes.loc[genes["region"].isin(bad.index), "pip"],
        genes.loc[genes["region"].isin(bad.index), "single_effect_pip"],
    )
