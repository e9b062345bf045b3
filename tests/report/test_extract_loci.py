"""The loci of a made-up study, against a computation of their own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.association.gwas.settings import MatchSettings
from tcra.errors import UserError
from tcra.report import locus_tables as tables
from tcra.report.extract_loci import extract_loci
from tcra.report.locus_settings import LocusInputs, LocusOptions
from tcra.report.passing_genes import passing_genes

from ..finemapping.conftest import MadeStudy, make_study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeStudy:
    study = make_study(tmp_path_factory.mktemp("loci")).write()
    rows = [("height", "m", gene, 0.001 if gene == "G1" else 0.5, 9.0) for gene in ("G1", "G2", "G5", "G9")]
    rows += [
        ("height", "m2", "G5", 0.04, 3.0),
        ("other", "m", "G7", 0.001, 9.0),
        ("height", "m", "not annotated", 0.01, 4.0),
    ]
    table = pd.DataFrame(rows, columns=["trait", "model", "gene", "fdr", "minus_log10_pvalue"])
    table.to_csv(study.path("associations.tsv"), sep="\t", index=False)
    variants = pd.DataFrame(study.snps, columns=["chrom", "pos", "rsid", "ref", "alt"])
    variants = variants.assign(mean_abs=np.linspace(9, 1, len(variants)), rank=np.arange(1, len(variants) + 1))
    variants.to_parquet(study.path("ranking.parquet"))
    scores = variants.drop(columns="rank").assign(TF1=np.arange(len(variants)) - 5.0, TF2=2.0, TF3=-0.5)
    scores.to_parquet(study.path("scores.parquet"))
    study.path("states.bed").write_text("chr1\t1040000\t1060000\t1_TssA\nchr1\t9000000\t9000010\tfar\n")
    return study


def inputs(study: MadeStudy, trait: str = "height") -> LocusInputs:
    return LocusInputs(
        trait=trait, associations=(study.path("associations.tsv"),), models=(study.path("blood.db"), study.path("liver.db")),
        gwas=(study.path("gwas.tsv"),), genotypes=(study.path("panel.vcf"),), genes=study.path("genes.bed"),
        rankings=(("blood", study.path("ranking.parquet")), ("liver", study.path("ranking.parquet"))),
        scores=(("blood", study.path("scores.parquet")),), states=(("liver", study.path("states.bed")),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def loci(made: MadeStudy) -> Path:
    extract_loci(inputs(made), LocusOptions(flank_bp=100_000, tracks=2), made.folder / "out")
    return made.folder / "out"


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, sep="\t", dtype={"chrom": str, "gene": str})


def test_genes_that_pass_in_any_test_of_the_trait_are_taken_once_the_strongest_first(made, loci):
    found = passing_genes((made.path("associations.tsv"),), "height", 0.05)
    assert list(found.index) == ["G1", "not annotated", "G5"]
    assert list(read(loci, tables.LOCI_FILE)["gene"]) == ["G1", "G5"]
    rejected = read(loci, "rejected.tsv.gz")
    assert list(rejected["what"]) == ["not annotated"]


def test_z_and_ld_are_those_of_the_panels_alternate_allele(made, loci):
    locus = read(loci, tables.LOCI_FILE).set_index("gene").loc["G1"]
    snps = read(loci, tables.LOCUS_SNPS_FILE)
    mine = snps[snps["gene"] == "G1"].set_index("snp")
    inside = {at for at, snp in enumerate(made.snps) if snp[0] == "1" and locus["start"] <= snp[1] <= locus["end"]}
    assert {made.snps[at][2] for at in inside} == set(mine.index) and locus["snps"] == len(inside)
    lead = max(inside, key=lambda at: abs(made.z[at]))
    assert locus["lead_snp"] == made.snps[lead][2]
    for at in inside:
        row = mine.loc[made.snps[at][2]]
        assert row["zscore"] == pytest.approx(made.z[at])
        assert row["r2"] == pytest.approx(np.corrcoef(made.dosages[at], made.dosages[lead])[0, 1] ** 2)
        assert row["frequency"] == pytest.approx(made.dosages[at].mean() / 2)


def test_weights_ranks_scores_and_states_are_of_the_genes_models(made, loci):
    weights = read(loci, tables.LOCUS_WEIGHTS_FILE)
    expected = {(tissue, made.snps[at][2], weight, at + 1) for tissue, gene, at, weight in made.weights if gene == "G1"}
    mine = weights[weights["gene"] == "G1"]
    assert set(zip(mine["tissue"], mine["snp"], mine["weight"], mine["rank"], strict=True)) == expected
    scores = read(loci, tables.LOCUS_SCORES_FILE)
    first = min(at for _, gene, at, _ in made.weights if gene == "G1")
    one = scores[(scores["gene"] == "G1") & (scores["snp"] == made.snps[first][2])]
    assert list(zip(one["track"], one["score"], one["tracks"], strict=True)) == [
        ("TF1", first - 5.0, 3),
        ("TF2", 2.0, 3),
    ]
    states = read(loci, tables.LOCUS_STATES_FILE)
    assert states[["gene", "annotation", "start", "end", "state"]].to_numpy().tolist() == [
        ["G1", "liver", 1040001, 1060000, "1_TssA"]
    ]


def test_the_gwas_may_have_ids_of_its_own_with_a_snp_map(made, loci, tmp_path):
    gwas = pd.read_csv(made.path("gwas.tsv"), sep="\t")
    gwas.assign(SNP="own" + gwas["SNP"]).to_csv(tmp_path / "gwas.tsv", sep="\t", index=False)
    names = [snp[2] for snp in made.snps]
    alleles = {"a0": "G", "a1": "A", "panel_variant_a0": "A", "panel_variant_a1": "G", "swap": -1}
    table = pd.DataFrame({"rsid": [f"own{name}" for name in names], "panel_variant_id": names}).assign(**alleles)
    table.to_csv(tmp_path / "map.tsv", sep="\t", index=False)
    options = LocusOptions(flank_bp=100_000, tracks=2, matching=MatchSettings(snp_map_file=tmp_path / "map.tsv"))
    extract_loci(replace(inputs(made), gwas=(tmp_path / "gwas.tsv",)), options, tmp_path / "out")
    found = read(tmp_path / "out", tables.LOCUS_SNPS_FILE)
    assert len(found)
    pd.testing.assert_frame_equal(found, read(loci, tables.LOCUS_SNPS_FILE))


def test_a_trait_without_passing_genes_has_tables_without_rows(made, tmp_path):
    extract_loci(inputs(made, "nothing"), LocusOptions(), tmp_path)
    assert len(read(tmp_path, tables.LOCI_FILE)) == 0
    assert list(read(tmp_path, tables.LOCUS_SNPS_FILE).columns) == list(tables.LOCUS_SNP_COLUMNS)


def test_the_number_of_loci_is_limited_by_p(made, tmp_path):
    extract_loci(inputs(made), LocusOptions(most_genes=1), tmp_path)
    assert list(read(tmp_path, tables.LOCI_FILE)["gene"]) == ["G1"]
    assert set(read(tmp_path, "rejected.tsv.gz")["reason"]) == {"not in the gene annotation", "beyond --most-genes"}


def test_no_more_is_shown_than_the_models_window():
    shown = [LocusOptions(flank_bp=500, gene_window_bp=window).shown_bp for window in (0, 200, 1000)]
    assert shown == [500, 200, 500]


@pytest.mark.parametrize(
    "wrong", [{"flank_bp": 0}, {"gene_window_bp": -1}, {"most_genes": 0}, {"fdr": 0.0}, {"tracks": 0}]
)
def test_options_that_cannot_be_are_refused(wrong):
    with pytest.raises(UserError):
        LocusOptions(**wrong)
