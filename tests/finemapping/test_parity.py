"""Eight regions on real genotypes, against pyfocus, cTWAS, FUSION, coloc and associate.py; LDL on chromosome 16 against cTWAS."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.finemapping.chromosome_data import ChromosomeData
from tcra.finemapping.conditional_test import conditional_test, lead_snp, threshold
from tcra.finemapping.finemap import Study
from tcra.finemapping.finemap_parameters import read_parameters
from tcra.finemapping.locus import Locus, standardise
from tcra.finemapping.priors import SNP_GROUP, EffectData, GroupPrior, Maximisation, fit_priors
from tcra.finemapping.settings import FinemapInputs, FinemapOptions, FixedPriors
from tcra.finemapping.single_effect import single_effects

from .conftest import table

STRUCTURES = ["shared_all", "shared_type", "independent"]


@pytest.fixture(scope="module")
def loci(shared_data) -> Path:
    return shared_data / "fine_mapping/loci"


@pytest.fixture(scope="module")
def ldl(shared_data) -> Path:
    return shared_data / "fine_mapping/ldl_chr16"


@pytest.fixture(scope="module")
def genes_bed(loci: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("genes") / "genes.bed"
    rows = pd.read_csv(loci / "genes.tsv", sep="\t").itertuples()
    path.write_text("".join(f"{row.chrom}\t{row.tss - 1}\t{row.tss}\t{row.gene}\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def flags(loci: Path, genes_bed: Path) -> list[object]:
    return [
        "--model_db_path", loci / "tissue_A.db", loci / "tissue_B.db", "--gwas_file", loci / "gwas.tsv.gz", "--genotypes",
        loci / "genotypes.vcf.gz", "--regions", loci / "regions.bed", "--genes", genes_bed, "--maf", 0,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def expected(loci: Path) -> pd.DataFrame:
    found = pd.read_csv(loci / "expected/genes.tsv", sep="\t")
    return found.assign(tissue="tissue_" + found["tissue"]).set_index(["gene", "tissue"]).sort_index()


@pytest.mark.parametrize("ridge", [0, 0.1])
def test_focus(ridge: float, flags, expected: pd.DataFrame, loci: Path, finemap_main, tmp_path: Path) -> None:
    out = finemap_main(
        *flags, "--method", "focus", "--gene-prior", 0.001, "--ld-ridge", ridge, "--out", tmp_path / "out"
    )
    found = table(out)
    assert np.allclose(found["focus_pip"], expected[f"focus_pip_ridge{ridge:g}"], rtol=0, atol=1e-9)
    assert (found["focus_in_set"] == expected[f"focus_in_set_ridge{ridge:g}"]).all()
    null = pd.read_csv(loci / "expected/focus_null.tsv", sep="\t")
    null = null[null["ridge"] == ridge].set_index("region").sort_index()
    regions = table(out, "regions.tsv", ["region"])
    assert (
        np.allclose(regions["focus_null"], null["pip"], atol=1e-9)
        and (regions["focus_null_in_set"] == null["in_credible_set"]).all()
    )


def test_susie_single_effect_z_and_coloc(
    flags, expected: pd.DataFrame, loci: Path, finemap_main, tmp_path: Path
) -> None:
    out = finemap_main(
        *flags, "--gene-prior", 0.02, "--snp-prior", 0.0002, "--effect-variance", 40, "--keep-all-effects", "--tolerance", 1e-14,
        "--coloc", "--gwas_N", 60_000, "--expression", f"tissue_A={loci / 'expression_A.bed.gz'}",
        f"tissue_B={loci / 'expression_B.bed.gz'}", "--out", tmp_path / "out",
    )  # fmt: skip
    found = table(out)
    assert np.allclose(found["zscore"], expected["zscore"], atol=1e-6)
    assert np.allclose(found["single_effect_pip"], expected["ctwas_single_effect_pip"], rtol=0, atol=1e-9)
    assert np.allclose(found["pip"], expected["ctwas_pip"], rtol=0, atol=1e-6)
    for hypothesis in ("coloc_H0", "coloc_H1", "coloc_H2", "coloc_H3", "coloc_H4"):
        assert np.allclose(found[hypothesis], expected[hypothesis], rtol=0, atol=1e-8)
    snps, wanted = (table(folder, "snps.tsv.gz", ["snp"]) for folder in (out, loci / "expected"))
    assert np.allclose(snps["single_effect_pip"], wanted["ctwas_single_effect_pip"], rtol=0, atol=1e-9)
    assert np.allclose(snps["pip"], wanted["ctwas_pip"], rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def chromosome(loci: Path, genes_bed: Path) -> tuple[Study, ChromosomeData]:
    inputs = FinemapInputs(
        models=(loci / "tissue_A.db", loci / "tissue_B.db"), gwas=(loci / "gwas.tsv.gz",), genotypes=(loci / "genotypes.vcf.gz",),
        genes=genes_bed, regions=loci / "regions.bed",
    )  # fmt: skip
    study = Study(inputs, FinemapOptions(maf=0))
    return study, study.load("22")


def test_joint_and_conditional_as_fusion(chromosome, expected: pd.DataFrame, loci: Path) -> None:
    """FUSION takes all genes of a chromosome at once; conditional z of SNPs and the share of the lead SNP are by locus."""
    study, data = chromosome
    models = study.models.table.iloc[data.models.model].set_index(["gene", "tissue"])
    fusion = expected.loc[models.index]
    columns, _ = standardise(data.panel.filled(np.arange(data.panel.size)))
    whole = Locus(
        np.concatenate((data.models.columns, columns)),
        np.concatenate((data.models.z, data.gwas.z)),
        np.zeros(0, np.int64),
        len(models),
    )
    test = conditional_test(whole, threshold(len(models)), 0.05)
    assert {models.index[at] for at in test.kept} == set(fusion.index[fusion["fusion"] == "joint"])
    tested = ~np.isnan(test.joint_z)
    assert tested.sum() == len(models) - 1  # a copy is not tested
    assert np.allclose(test.joint_z[tested], fusion["fusion_z"].to_numpy()[tested], atol=1e-8)
    snp_z = table(loci / "expected", "snps.tsv.gz", ["snp"])["fusion_conditional_z"]
    shares = pd.read_csv(loci / "expected/fusion_loci.tsv", sep="\t")
    compared = 0
    for region in data.mapped:
        rows = data.snp_rows(region)
        middle = np.median(data.panel.position[rows])
        locus = shares[(shares["P0"] < middle) & (shares["P1"] > middle)]
        kept = [at for at in data.models.of(region) if fusion["fusion"].iloc[at] == "joint"]
        own = Locus(
            np.concatenate((data.models.columns[kept], columns[rows])), np.concatenate((data.models.z[kept], data.gwas.z[rows])),
            np.zeros(0, np.int64), len(kept),
        )  # fmt: skip
        given = conditional_test(own, 0.0, 0.05)
        if not kept or locus.empty or len(given.kept) != len(kept):
            continue
        wanted = snp_z.loc[data.names[rows]].to_numpy()
        both = ~np.isnan(wanted) & ~np.isnan(given.snp_z) & (wanted != 0)  # FUSION: 0 for a SNP with r² > 0.9 to a gene
        assert both.sum() > 400 and np.allclose(given.snp_z[both], wanted[both], atol=1e-7)
        lead = lead_snp(own, given.kept, 0.05)
        if lead is not None and not np.isnan(lead.share):
            assert np.isclose(lead.share, locus["VAR.EXP"].iloc[0], atol=1e-6)
            compared += 1
    assert compared >= 5


@pytest.mark.parametrize("structure", STRUCTURES)
def test_em_without_thinning(structure: str, chromosome, loci: Path) -> None:
    """cTWAS's fit_EM from the uniform prior, at most 30 rounds, to a change of 1e-6, in all regions."""
    study, data = chromosome
    z = [data.z_scores(region) for region in data.mapped]
    group = np.concatenate([data.groups(region, study.tissue, 2) for region in data.mapped])
    size = np.array([len(one) for one in z])
    start = np.concatenate(([0], np.cumsum(size)[:-1]))
    em = Maximisation(study.groups, np.arange(3), structure, FixedPriors())
    prior, variance, trace = np.repeat(1 / size, size), np.full(len(group), 50.0), []
    pi = v = np.full(3, 50.0)
    while len(trace) < 30 and (len(trace) < 2 or abs(trace[-1] - trace[-2]) >= 1e-6):
        effect, likelihood = single_effects(np.concatenate(z), start, prior, variance)
        pi, v = em.step(effect.alpha, effect.second, group, v)
        prior, variance = pi[group], v[group]
        trace.append(likelihood.sum())
    wanted = pd.read_csv(loci / "expected/ctwas_em.tsv", sep="\t").set_index("structure")
    if structure not in wanted.index:
        pytest.skip("cTWAS was not run with it")
    rows = wanted.loc[structure]
    assert len(trace) == rows["iterations"].iloc[0] and np.isclose(trace[-1], rows["loglik"].iloc[0], rtol=1e-7)
    assert np.allclose(pi, rows["group_prior"], rtol=1e-7) and np.allclose(v, rows["group_prior_var"], rtol=1e-7)


def _data(table: pd.DataFrame) -> EffectData:
    table = table[table.groupby("region")["group"].transform(lambda one: (one != SNP_GROUP).any())]
    groups = tuple(dict.fromkeys(table["group"]))
    region = table["region"].to_numpy()
    start = np.flatnonzero(np.concatenate(([True], region[1:] != region[:-1])))
    return EffectData(table["z"].to_numpy(), table["group"].map(groups.index).to_numpy(np.int64), start, groups, 0.1)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_priors_of_ldl(structure, ldl: Path) -> None:
    found = fit_priors(_data(pd.read_csv(ldl / "thinned.tsv.gz", sep="\t")), structure, fallback=False)
    wanted = pd.read_csv(ldl / "expected_parameters.tsv", sep="\t").query("structure == @structure")
    for row in wanted.itertuples():
        assert np.isclose(found.groups[row.group].prior, row.group_prior, rtol=1e-12)
        assert np.isclose(found.groups[row.group].variance, row.group_prior_var, rtol=1e-12)
        assert len(found.trace) == row.iterations and np.isclose(found.trace[-1], row.loglik, rtol=1e-12)


def test_too_little_data_falls_back_with_a_warning(ldl: Path, caplog) -> None:
    found = fit_priors(_data(pd.read_csv(ldl / "thinned.tsv.gz", sep="\t")))
    assert found.source == "fallback" and "too little data to estimate priors" in caplog.text
    assert [(one.prior, one.variance) for one in found.groups.values()] == [(0.01, 40), (0.01, 40), (1e-4, 40)]
    # 30 copies of the same regions are enough data.
    table = pd.read_csv(ldl / "thinned.tsv.gz", sep="\t")
    many = fit_priors(_data(pd.concat([table.assign(region=table["region"] + f"_{n}") for n in range(30)])))
    assert many.source == "em" and many.groups["liver|expression"].prior > many.groups["adipose|expression"].prior


def test_single_effects_of_eight_regions(ldl: Path, finemap_main, tmp_path: Path) -> None:
    from tcra.finemapping.finemap_parameters import write_parameters
    from tcra.finemapping.priors import Priors

    published = pd.read_csv(ldl / "published_parameters.tsv", sep="\t")
    priors = Priors(
        {row.group: GroupPrior(row.group_prior, row.group_prior_var, row.group_size) for row in published.itertuples()}
    )
    write_parameters(tmp_path / "published.json", priors, 894, {})
    assert read_parameters(tmp_path / "published.json", list(published["group"]))[0].groups == priors.groups
    out = finemap_main(
        "--z-table",
        ldl / "eight_regions.tsv.gz",
        "--parameters",
        tmp_path / "published.json",
        "--out",
        tmp_path / "out",
    )
    found = table(out, "single_effect.tsv.gz", ["region", "id"])
    wanted = table(ldl, "eight_regions.tsv.gz", ["region", "id"])
    assert np.allclose(found["single_effect_pip"], wanted["ser_pip"], rtol=1e-6, atol=1e-12)
    hpr = found[found.index.get_level_values("id").str.startswith("ENSG00000261701")]
    assert hpr["single_effect_pip"].max() > 0.999
