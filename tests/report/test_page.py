"""The page as a whole: one file, the same bytes, nothing from outside, nothing from data that a browser could run."""

import base64
import gzip
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.report import tests_in_page
from tcra.report.render import ReportInputs, render_report

from .made_inputs import EVIL, command_line, make_inputs


def unpacked(page: str, name: str) -> str:
    packed = re.search(rf'id="{name}">([^<]*)</script>', page)
    assert packed, f"{name} is not in the page"
    return gzip.decompress(base64.b64decode(packed[1])).decode()


def unpacked_columns(page: str) -> dict[str, np.ndarray]:
    """The study's columns, as the page's script unpacks them."""
    packed = re.search(r'id="packed-columns">([^<]*)</script>', page)
    assert packed
    content = gzip.decompress(base64.b64decode(packed[1]))
    columns, at = {}, 0
    for one in json.loads(unpacked(page, "packed-data"))["study"]["columns"]:
        kind = np.dtype(one["kind"].removesuffix("Array").lower())
        size = kind.itemsize * one["length"]
        planes = np.frombuffer(content[at : at + size], np.uint8).reshape(kind.itemsize, one["length"])
        columns[one["name"]] = np.ascontiguousarray(planes.T).view(kind).ravel()
        at += size
    assert at == len(content)
    return columns


def as_inputs(files: dict[str, object], *flags: str) -> ReportInputs:
    chosen = {flag[2:].replace("-", "_"): value for flag, value in files.items() if flag in flags}
    if "accounting" in chosen:
        chosen["accounting"] = tuple(chosen["accounting"])  # type: ignore[arg-type]
    return ReportInputs(**chosen)  # type: ignore[arg-type]


def test_one_small_file_that_asks_the_network_for_nothing(finished):
    page = (finished / "report.html").read_text()
    assert len(page) < 3_000_000
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|action)\s*=\s*["']?(https?:)?//|<link""", page)
    assert all("doi" in link for link in re.findall(r"<a [^>]*https?://[^>]*>", page))  # links that a person may follow
    assert not re.search(r"@import|url\(", page)
    assert page.count('id="packed-plotly"') == 1
    assert "plotly.js v" in unpacked(page, "packed-plotly")[:300]


def test_same_inputs_give_the_same_bytes(inputs, finished, tmp_path):
    files = dict(inputs)
    files["--accounting"] = list(reversed(files["--accounting"]))
    render_report(as_inputs(files, *files), "tcra: from tracks to genes", tmp_path)
    names = sorted(p.relative_to(finished) for p in finished.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    for name in names:
        assert (finished / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_names_from_data_are_text_never_markup(finished):
    page = (finished / "report.html").read_text()
    assert EVIL not in page
    assert "&lt;script&gt;" in page  # as a rejection's reason and as a gene's name
    data = json.loads(unpacked(page, "packed-data"))
    assert EVIL in data["study"]["genes"]["name"]
    traces = json.dumps(data["figures"])
    assert "TF1&lt;b&gt;" in traces and "TF1<b>" not in traces and "a$b<i>" not in traces


def test_numbers_stand_in_the_page_without_javascript(finished):
    page = (finished / "report.html").read_text()
    body = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL).replace("\u00a0", " ")
    for expected in ("5,000 variants were scored", "5 tracks are predicted on test windows", "0.840", "3 SNP sets by rank",
                     "1 of 2 aims met", "odds ratio of 9", "validation loss was lowest at step 600"):  # fmt: skip
        assert expected in body, expected
    for trait in ("height", "asthma &amp; eczema"):
        assert re.search(
            rf"{re.escape(trait)}: FDR 5 % by the omnibus test over SNP sets: \d+ of 300 genes tested", body
        )
    assert "4,990" in body and "window off the chromosome" in body


def test_every_figure_is_an_svg_without_a_date(finished):
    figures = sorted(path.name for path in (finished / "figures").iterdir())
    names = ("enrichment", "gene_models", "score_distribution", "track_correlations", "training")
    assert figures == [f"{name}.svg" for name in names]  # COMBINE draws each trait's Manhattan and QQ plot
    for name in figures:
        text = (finished / "figures" / name).read_text()
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert "dc:date" not in text


FLAGS = ("--accounting", "--history", "--track-correlations", "--ranking", "--enrichment", "--model-summaries", "--associations",
         "--omnibus", "--truth", "--versions", "--parameters")  # fmt: skip


@pytest.mark.parametrize("flag", FLAGS)
def test_any_input_alone_makes_a_page(inputs, tmp_path, flag):
    render_report(as_inputs(inputs, flag), "alone", tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "<h1>alone</h1>" in page
    assert json.loads(unpacked(page, "packed-data"))


def test_an_enrichment_table_without_rows_has_no_section(tmp_path):
    path = tmp_path / "enrichment.tsv"
    path.write_text("ranking\tannotation\tsnp_set\tsize\todds_ratio\tlow95\thigh95\tp\n")
    render_report(ReportInputs(enrichment=path), "t", tmp_path / "out")
    assert 'id="enrichment"' not in (tmp_path / "out" / "report.html").read_text()


def test_a_trait_without_any_p_is_said(inputs, tmp_path):
    table = pd.read_csv(inputs["--associations"], sep="\t")
    table.loc[table["trait"] == "height", ["zscore", "pvalue", "minus_log10_pvalue", "fdr"]] = None
    table.to_csv(tmp_path / "a.tsv", sep="\t", index=False, na_rep="NA")
    render_report(ReportInputs(associations=tmp_path / "a.tsv"), "t", tmp_path / "out")
    assert "height: no gene has a p-value" in (tmp_path / "out" / "report.html").read_text()


def test_a_long_table_is_folded(inputs, tmp_path):
    table = pd.read_csv(inputs["--associations"], sep="\t").head(50)
    pd.concat([table.assign(trait=f"trait {i}") for i in range(7)]).to_csv(tmp_path / "a.tsv", sep="\t", index=False)
    render_report(ReportInputs(associations=tmp_path / "a.tsv"), "t", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<summary>Top 10 genes" in page and "<summary>Tests and genes found" not in page


def test_a_run_without_results_still_makes_a_page(script, tmp_path):
    script("render_report.py", "--out", tmp_path)
    assert "No results were given" in (tmp_path / "report.html").read_text()


@pytest.mark.slow
def test_twenty_thousand_genes_in_six_sets_stay_below_seven_megabytes(tmp_path):
    import numpy as np

    random = np.random.default_rng(3)
    genes = [f"ENSG{i:011d}.{i % 20}" for i in range(20_000)]
    parts = []
    for size in (200_000, 500_000, 1_000_000, 1_500_000, 2_000_000, 3_500_000):
        z = random.normal(size=len(genes)) * 1.1
        part = pd.DataFrame({"trait": "t", "model": f"m{size}", "snp_set": str(size), "gene": genes, "zscore": z})
        part["gene_name"] = [f"SYM{i}" for i in range(len(genes))]
        from scipy.stats import norm

        part["pvalue"], part["pred_perf_r2"] = 2 * norm.sf(abs(z)), random.beta(1, 9, len(genes))
        part["n_snps_used"] = random.integers(1, 60, len(genes))
        parts.append(part)
    path = tmp_path / "associations.tsv"
    pd.concat(parts).to_csv(path, sep="\t", index=False)
    render_report(ReportInputs(associations=path), "large", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert len(page) < 7_000_000  # of which plotly takes 4.8 million
    assert len(unpacked_columns(page)["z"]) == 120_000
    said = json.loads(unpacked(page, "packed-data"))["study"]
    assert [said["panels"][i]["set"] for i in said["order"]] == ["200 K", "500 K", "1 M", "1.5 M", "2 M", "3.5 M"]


@pytest.mark.parametrize("most", [tests_in_page.EXACT_TESTS, 100], ids=["every digit", "seven digits"])
def test_every_test_is_in_the_page(inputs, tmp_path, monkeypatch, most):
    monkeypatch.setattr(tests_in_page, "EXACT_TESTS", most)
    render_report(as_inputs(inputs, "--associations", "--omnibus"), "t", tmp_path)
    page = (tmp_path / "report.html").read_text()
    said, columns = json.loads(unpacked(page, "packed-data"))["study"], unpacked_columns(page)
    table = pd.read_csv(inputs["--associations"], sep="\t").dropna(subset=["pvalue"])
    rows, first = {}, 0
    for panel in said["panels"]:
        here = slice(first, first + panel["tests"])
        ids = np.array(said["genes"]["id"])[np.cumsum(columns["gene"][here].astype(int))]
        rows |= {(panel["trait"], panel["model"], gene): row for row, gene in enumerate(ids, first)}
        first += panel["tests"]
    omnibus = pd.read_csv(inputs["--omnibus"], sep="\t")
    assert len(rows) == len(columns["gene"]) == len(table) + len(omnibus)
    found = np.array([rows[key] for key in zip(table["trait"], table["model"], table["gene"], strict=True)])
    if most > 100:
        assert (columns["z"][found] == table["zscore"]).all() and (columns["p"][found] == table["pvalue"]).all()
        assert (columns["fdr"][found] == table["fdr"]).all() and (columns["r2"][found] == table["pred_perf_r2"]).all()
    else:
        assert "p" not in columns and columns["z"].dtype == np.float32
        assert np.allclose(columns["z"][found], table["zscore"], rtol=1e-6)
    assert (columns["n"][found] == table["n_snps_used"]).all()


def test_positions_come_from_the_annotation_or_the_models(inputs, tmp_path):
    render_report(as_inputs(inputs, "--associations", "--genes"), "with", tmp_path / "with")
    data = json.loads(unpacked((tmp_path / "with" / "report.html").read_text(), "packed-data"))
    assert [one["name"] for one in data["study"]["chromosomes"]] == [str(i) for i in range(1, 23)]
    render_report(as_inputs(inputs, "--associations"), "without", tmp_path / "without")
    page = (tmp_path / "without" / "report.html").read_text()
    assert "Gene positions were not given" in page
    assert [one["name"] for one in json.loads(unpacked(page, "packed-data"))["study"]["chromosomes"]] == ["?"]


def test_rows_are_the_same_whatever_the_order_of_the_tables_rows(inputs, tmp_path):
    table = pd.read_csv(inputs["--associations"], sep="\t", dtype=str, keep_default_na=False)
    shuffled = tmp_path / "associations.tsv"
    table.sample(frac=1, random_state=2).to_csv(shuffled, sep="\t", index=False)
    pages = []
    for name, path in (("a", inputs["--associations"]), ("b", shuffled)):
        render_report(ReportInputs(associations=Path(path)), "t", tmp_path / name)
        pages.append((tmp_path / name / "report.html").read_text())
    assert pages[0] == pages[1]


def test_make_inputs_is_what_the_command_line_takes(tmp_path, script):
    files = make_inputs(tmp_path / "in", genes=40, variants=900)
    script("render_report.py", "--title", "a & b <c>", *command_line(files, tmp_path / "out"))
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h1>a &amp; b &lt;c&gt;</h1>" in page
    assert "SNP sets larger than the 900 scored variants" in page


def test_old_spellings_of_flags_are_accepted(script, tmp_path):
    (tmp_path / "summary.tsv").write_text("trait\tmodel\ttests\n")
    script("render_report.py", "--summary", tmp_path / "summary.tsv", "--out", tmp_path / "out")
    done = script("render_report.py", "--summary", tmp_path / "none.tsv", "--out", tmp_path / "out", status=2)
    assert "argument --association-summary" in done.stderr and "none.tsv does not exist" in done.stderr
    assert "--summary " not in script("render_report.py", "--help").stdout
