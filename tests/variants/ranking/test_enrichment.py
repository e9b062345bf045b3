"""Odds ratios, intervals, p-values, and the published shares by a plain implementation of their definitions."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import hypergeom
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.contingency_tables import Table2x2
from tcra.figures.enrichment import draw_enrichment
from tcra.variants.ranking.odds_ratios import odds

PROMOTER, ENHANCER = {1, 2, 10, 11}, {6, 7, 11, 12}
MAF_BINS = {
    "MAF <1%": (0, 0.01),
    "MAF 1–5%": (0.01, 0.05),
    "MAF 5–10%": (0.05, 0.1),
    "MAF 10–20%": (0.1, 0.2),
    "MAF ≥20%": (0.2, 1),
}


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 400), st.integers(1, 400))
def test_odds_are_those_of_statsmodels(a: int, b: int, c: int, d: int) -> None:
    found = odds(a, a + b, a + c, a + b + c + d)
    table = Table2x2(np.array([[a, b], [c, d]]))
    np.testing.assert_allclose(found.ratio, table.oddsratio)
    np.testing.assert_allclose((found.low95, found.high95), table.oddsratio_confint())
    assert found.low95 < found.ratio < found.high95


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 60), st.integers(0, 60))
def test_p_is_the_sum_of_tables_as_rare(a: int, b: int, c: int, d: int) -> None:
    assume(min(a + b, c + d, a + c, b + d) > 0)
    hits = np.arange(0, a + b + 1)
    chance = hypergeom.pmf(hits, a + b + c + d, a + c, a + b)
    expected = chance[chance <= hypergeom.pmf(a, a + b + c + d, a + c, a + b) * (1 + 1e-9)].sum()
    assert odds(a, a + b, a + c, a + b + c + d).p == pytest.approx(expected, rel=1e-6)


def test_empty_cells_and_margins() -> None:
    none = odds(0, 10, 5, 100)
    assert 0 < none.low95 < none.ratio < none.high95 < math.inf  # 0.5 in every cell
    assert none.ratio == pytest.approx((0.5 / 10.5) / (5.5 / 85.5))
    for nothing in (odds(10, 10, 10, 10), odds(0, 10, 0, 100), odds(10, 10, 100, 100)):
        assert math.isnan(nothing.ratio) and nothing.p == 1
    with pytest.raises(ValueError, match="not a table"):
        odds(6, 10, 5, 100)


def test_interval_is_near_the_exact_one() -> None:
    """Woolf's interval against the conditional exact one, where counts are moderate."""
    exact = odds_ratio([[30, 70], [100, 800]]).confidence_interval(0.95)
    found = odds(30, 100, 130, 1000)
    assert found.low95 == pytest.approx(exact.low, rel=0.1) and found.high95 == pytest.approx(exact.high, rel=0.1)


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, made_up_scores, write_scores, script
) -> tuple[Path, pd.DataFrame, dict]:
    """A run with every kind of annotation, and the plain data that it was made from."""
    folder = tmp_path_factory.mktemp("world")
    generator = np.random.default_rng(5)
    frame = made_up_scores(2000, seed=8)
    frame["maf"] = np.round(generator.choice([0.005, 0.01, 0.03, 0.05, 0.07, 0.1, 0.2, 0.4, np.nan], len(frame)), 3)
    states = pd.DataFrame(
        [(f"chr{chrom}", start, start + 250, f"E{generator.integers(1, 16)}")
         for chrom in ("X", "10", "2", "1") for start in generator.permutation(np.arange(0, 200_000, 200))],
        columns=["chrom", "start", "end", "name"],
    )  # fmt: skip
    (folder / "E119.bed").write_text("track name=states\n" + states.to_csv(sep="\t", index=False, header=False))
    gwas = frame.sample(700, random_state=1).reset_index(drop=True)
    gwas["P"] = 10.0 ** -generator.uniform(0, 15, len(gwas))
    gwas["turn"] = generator.random(len(gwas)) < 0.5
    written = pd.DataFrame({
        "SNP": ".", "CHR": "chr" + gwas["chrom"], "BP": gwas["pos"], "A1": gwas["alt"].where(gwas["turn"], gwas["ref"]),
        "A2": gwas["ref"].where(gwas["turn"], gwas["alt"]), "P": gwas["P"],
    })  # fmt: skip
    written.to_csv(folder / "gwas.tsv.gz", sep="\t", index=False)
    known = frame[frame["maf"].notna()]
    known[["variant_id", "maf"]].to_csv(folder / "maf.tsv", sep="\t", index=False)
    eqtls = frame.sample(150, random_state=2)
    (folder / "eqtls.txt").write_text("\n".join([*("chr" + eqtls["variant_id"] + "_b38"), "1_999999_A_C"]) + "\n")
    calls = [
        "Pathogenic",
        "Likely_pathogenic",
        "Pathogenic/Likely_pathogenic|drug_response",
        "Benign",
        "Conflicting_interpretations_of_pathogenicity",
    ]
    clinical = frame.sample(200, random_state=3).assign(call=generator.choice(calls, 200))
    header = ['##fileformat=VCFv4.1', '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">',
              *(f"##contig=<ID={c}>" for c in ("1", "2", "10", "X")), "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]  # fmt: skip
    records = [f"{v.chrom}\t{v.pos}\t.\t{v.ref}\t{v.alt}\t.\t.\tCLNSIG={v.call}" for v in clinical.itertuples()]
    (folder / "clinvar.vcf").write_text("\n".join([*header, *records]) + "\n")
    second = frame.assign(mean_abs=generator.permutation(frame["mean_abs"].to_numpy()))
    script(
        "rank_variants.py", "--scores", write_scores(folder / "scores", frame.drop(columns="maf"), 2), "--out", folder / "out",
        "--second-scores", write_scores(folder / "second", second.drop(columns="maf")), "--set-sizes", "100,300,1000",
        "--states", f"E119={folder / 'E119.bed'}", "--gwas", f"BC={folder / 'gwas.tsv.gz'}", "--prune-distance", "5000",
        "--variant-list", f"eQTL={folder / 'eqtls.txt'}", "--clinvar", f"ClinVar={folder / 'clinvar.vcf'}",
        "--frequencies", folder / "maf.tsv",
    )  # fmt: skip
    data = {"states": states, "gwas": gwas, "eqtls": set(eqtls["variant_id"]), "second": second,
            "pathogenic": set(clinical[~clinical["call"].isin(calls[3:])]["variant_id"])}  # fmt: skip
    return folder / "out", frame, data


def counts(out: Path, ranking: str, annotation: str) -> list[list[int]]:
    table = pd.read_csv(out / "enrichment.tsv", sep="\t", dtype={"snp_set": str})
    rows = table[(table["ranking"] == ranking) & (table["annotation"] == annotation)]
    assert rows["snp_set"].tolist() == ["100", "300", "1000"]
    return rows[["inside_set", "total_set", "inside_background", "total_background"]].to_numpy().tolist()


def plain_counts(frame: pd.DataFrame, inside: np.ndarray, known: np.ndarray | None = None) -> list[list[int]]:
    """The definition: sort by score, take the first K, count."""
    known = np.ones(len(frame), bool) if known is None else known
    order = np.argsort(-frame["mean_abs"].to_numpy(), kind="stable")
    rows = []
    for size in (100, 300, 1000):
        top = order[:size]
        rows.append(
            [int((inside & known)[top].sum()), int(known[top].sum()), int((inside & known).sum()), int(known.sum())]
        )
    return rows


def test_shares_per_state_are_the_published_definition(world) -> None:
    out, frame, data = world
    states = data["states"]
    inside: dict[str, np.ndarray] = {}
    by_chromosome = {chrom: rows for chrom, rows in states.groupby("chrom")}
    numbers = []
    for variant in frame.itertuples():
        rows = by_chromosome[f"chr{variant.chrom}"]
        here = rows[(rows["start"] <= variant.pos - 1) & (variant.pos - 1 < rows["end"])]
        numbers.append({int(name[1:]) for name in here["name"]})
    for state in range(1, 16):
        inside[f"E{state}"] = np.array([state in found for found in numbers])
    inside["promoter"] = np.array([bool(found & PROMOTER) for found in numbers])
    inside["enhancer"] = np.array([bool(found & ENHANCER) for found in numbers])
    for name, members in inside.items():
        assert counts(out, "tCRA", f"E119 {name}") == plain_counts(frame, members), name
        assert counts(out, "Enformer", f"E119 {name}") == plain_counts(data["second"], members), name


def test_frequency_bins_are_the_published_definition(world) -> None:
    out, frame, _ = world
    maf = frame["maf"].to_numpy()
    for name, (low, high) in MAF_BINS.items():
        assert counts(out, "tCRA", name) == plain_counts(frame, (maf >= low) & (maf < high), ~np.isnan(maf)), name


def test_gwas_hits_and_leads(world) -> None:
    out, frame, data = world
    gwas = data["gwas"]
    hits = gwas[gwas["P"] < 5e-8]
    assert counts(out, "tCRA", "BC p<5e-08") == plain_counts(
        frame, frame["variant_id"].isin(set(hits["variant_id"])).to_numpy()
    )
    leads: list = []
    for hit in hits.sort_values("P").itertuples():
        if all(hit.chrom != lead.chrom or abs(hit.pos - lead.pos) > 5000 for lead in leads):
            leads.append(hit)
    assert 10 < len(leads) < len(hits) / 2
    assert counts(out, "tCRA", "BC lead") == plain_counts(
        frame, frame["variant_id"].isin({lead.variant_id for lead in leads}).to_numpy()
    )


def test_lists_and_pathogenic_variants(world) -> None:
    out, frame, data = world
    for name, members in (("eQTL", data["eqtls"]), ("ClinVar", data["pathogenic"])):
        assert counts(out, "tCRA", name) == plain_counts(frame, frame["variant_id"].isin(members).to_numpy())


def test_both_rankings_are_in_the_figure(world) -> None:
    figure = (world[0] / "enrichment.svg").read_text()
    for word in ("tCRA", "Enformer", "E119 promoter", "MAF ≥20%", "BC lead", "Odds ratio"):
        assert f">{word}</text>" in figure, word
    assert "dc:date" not in figure


def test_figure_of_odd_names_and_of_nothing_to_show(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    columns = ["ranking", "annotation", "snp_set", "size", "odds_ratio", "low95", "high95"]
    rows = [("tCRA", "$a_b$^", "9", 9, math.nan, math.nan, math.nan), ("tCRA", "b", "9", 9, 2.0, 1.0, 4.0)]
    draw_enrichment(tmp_path / "x.svg", pd.DataFrame(rows, columns=columns))
    assert ">$a_b$^</text>" in (tmp_path / "x.svg").read_text()
    assert not caplog.records  # matplotlib's search for the fonts of powers of ten is nobody's matter
