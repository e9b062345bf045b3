"""Each figure is an SVG with the same bytes for the same data, in the colours of the one palette."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.figures import style
from tcra.figures.enrichment import draw_enrichment
from tcra.figures.genome_axis import GenomeAxis
from tcra.figures.manhattan import draw_manhattan, draw_miami
from tcra.figures.model_quality import draw_model_quality
from tcra.figures.qq import draw_qq
from tcra.figures.score_histogram import draw_score_histogram
from tcra.figures.track_correlations import draw_track_correlations
from tcra.figures.training_curves import draw_training

PALETTE = {value.lower() for value in vars(style).values() if isinstance(value, str) and value.startswith("#")}


def gene_tests(models: int = 2, genes: int = 500) -> pd.DataFrame:
    random = np.random.default_rng(5)
    parts = []
    for model in range(models):
        z = np.append(random.normal(size=genes - 2), [9.0, np.nan])
        p = pd.Series(np.exp(-(z**2) / 2))
        part = {
            "model": f"m{model} $a_b$^",
            "chrom": [str(1 + i * 22 // genes) for i in range(genes)],
            "pos": [1.0 + 1_000_000 * (i % 23) for i in range(genes)],
            "gene_name": [f"GENE{i}" for i in range(genes - 2)] + ["$best_{$", "none"],
            "zscore": z,
            "minus_log10_pvalue": -np.log10(p),
            "fdr": (p * genes).clip(upper=1),
            "tests": genes - 1,
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def gwas() -> pd.DataFrame:
    random = np.random.default_rng(6)
    chroms = [str(chrom) for chrom in random.integers(1, 23, 900)] + ["X"] * 100
    heights = random.exponential(1, 1000)
    return pd.DataFrame({"chrom": chroms, "pos": random.integers(1, 30_000_000, 1000), "minus_log10_pvalue": heights})


def enrichment() -> pd.DataFrame:
    rows = [
        (annotation, ranking, size, odds, odds / 2, odds * 2)
        for annotation in ("$promoter_{$", "eQTL")
        for ranking in ("tCRA", "matched")
        for size, odds in ((400, 9.0), (4000, 2.0))
    ]
    rows.append(("eQTL", "tCRA", 40_000, np.inf, np.nan, np.nan))
    return pd.DataFrame(rows, columns=["annotation", "ranking", "size", "odds_ratio", "low95", "high95"])


HISTORY = pd.DataFrame({"split": ["train", "train", "valid"], "step": [0, 10, 10], "loss": [2.0, 1.0, 1.5]})
TRACKS = pd.DataFrame({"track": ["A$b$", "B"], "pearson": [0.9, -0.1], "mean": [0.4, 0.3]})
EDGES = np.geomspace(1e-4, 1, 11)
DRAWN = {
    "manhattan": lambda path: draw_manhattan(path, gene_tests(), "a $trait_{$"),
    "miami": lambda path: draw_miami(path, gene_tests(), gwas(), "trait"),
    "qq": lambda path: draw_qq(path, gene_tests(), "a $trait_{$"),
    "qq of nothing": lambda path: draw_qq(path, gene_tests().iloc[:0]),
    "enrichment": lambda path: draw_enrichment(path, enrichment()),
    "training": lambda path: draw_training(path, HISTORY, [("loss", "Loss")]),
    "tracks": lambda path: draw_track_correlations(path, TRACKS, [("mean", "baseline", style.ORANGE)]),
    "many tracks": lambda path: draw_track_correlations(path, pd.concat([TRACKS] * 40), []),
    "scores": lambda path: draw_score_histogram(path, EDGES, np.arange(10), [(200_000, 0.5), (4000, 0.0)], "mean"),
    "models": lambda path: draw_model_quality(path, ["400", "$4_{$"], [0.5, 0], [np.array([0.1, 0.2]), np.array([])]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_same_bytes_in_the_one_palette(name, tmp_path: Path) -> None:
    for path in (tmp_path / "a.svg", tmp_path / "b.svg"):
        DRAWN[name](path)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert ElementTree.fromstring(text).tag.endswith("svg") and "dc:date" not in text
    coloured = {colour.lower() for colour in re.findall(r"(?:fill|stroke): (#\w{6})", text)}
    assert coloured <= PALETTE | {"#ffffff"}, coloured - PALETTE


def test_found_genes_are_marked_and_named(tmp_path: Path) -> None:
    draw_manhattan(tmp_path / "a.svg", gene_tests())
    text = (tmp_path / "a.svg").read_text()
    assert text.count(">$best_{$</text>") == 1  # one name, though two models found it
    assert text.count(f"fill: {style.HIT_COLOUR.lower()}") == 2
    assert ">22</text>" in text and ">none</text>" not in text


def test_every_model_has_its_inflation_in_the_qq_plot(tmp_path: Path) -> None:
    draw_qq(tmp_path / "a.svg", gene_tests())
    found = re.findall(r">(m\d .*?), λ = \d\.\d{3}</text>", (tmp_path / "a.svg").read_text())
    assert found == ["m0 $a_b$^", "m1 $a_b$^"]


def test_odds_ratios_that_are_not_finite_have_no_point(tmp_path: Path) -> None:
    draw_enrichment(tmp_path / "a.svg", enrichment())
    text = (tmp_path / "a.svg").read_text()
    for word in ("$promoter_{$", "eQTL", "matched", "40 K"):
        assert f">{word}</text>" in text


def test_chromosomes_stand_side_by_side_in_natural_order() -> None:
    table = pd.DataFrame({"chrom": ["chrX", "chr2", "10", "chr1"], "pos": [50, 100, 100, 200]})
    axis = GenomeAxis(table)
    assert axis.chromosomes == ["1", "2", "10", "X"]
    assert (np.diff(axis.x(table.iloc[[3, 1, 2, 0]])) > 0).all()
    assert axis.x(table).max() < axis.end
    assert axis.shades(table.iloc[[3, 1, 2, 0]]) == list(style.CHROMOSOME_SHADES) * 2
