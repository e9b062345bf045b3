"""The page in a real browser: figures, search, a gene's view, the address, the download; names from data stay text."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from tcra.report.render import ReportInputs, render_report

from .browser import CHROMIUM, Browser, Page
from .made_inputs import EVIL, make_inputs, make_loci
from .test_page import as_inputs

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    made = Browser(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def study(inputs, tmp_path_factory) -> Path:
    """A report with loci and fine-mapping."""
    folder = tmp_path_factory.mktemp("study")
    more = make_loci(folder / "in", inputs)
    flags = ("--associations", "--omnibus", "--genes", "--model-summaries", "--ranking")
    given = as_inputs(inputs, *flags).__dict__ | more
    render_report(ReportInputs(**given), "study", folder / "out", folder / "genes.tsv.gz")
    return folder


@pytest.fixture(scope="module")
def page(browser, study) -> Iterator[Page]:
    made = browser.page(study / "out" / "report.html")
    yield made
    made.close()


def test_every_figure_is_drawn_and_the_console_stays_empty(browser, finished):
    page = browser.page(finished / "report.html")
    drawn = set(page.run("[...document.querySelectorAll('.js-plotly-plot')].map((one) => one.id)"))
    names = (
        "training-loss",
        "track-correlations",
        "score-distribution",
        "enrichment",
        "model-share",
        "manhattan",
        "qq",
    )
    assert {f"figure-{name}" for name in names} <= drawn
    assert page.messages == []
    page.close()


def test_from_the_first_page_to_a_genes_locus_by_keyboard(page):
    """Three actions: to the search field, a name, Enter."""
    page.to("")
    page.run("document.activeElement.blur()")
    for _ in range(4):
        page.press("Tab")
        if page.run("document.activeElement.id") == "find-gene":
            break
    assert page.run("document.activeElement.id") == "find-gene"
    page.type("gene12")
    page.press("Enter")
    page.wait("!document.getElementById('gene').hidden")
    page.wait("document.querySelector('#figure-locus .main-svg') !== null")
    assert page.run("document.getElementById('gene-title').textContent") == "GENE12 (ENSG00000000012.1)"
    assert page.run("location.hash").startswith("#gene=ENSG00000000012.1")
    assert len(page.rows("gene-tests")) == 8  # two traits: three sets and the omnibus test of each
    causal = page.rows("locus-snps")[0]
    assert causal[0] == "rs1012" and "TF1<b> -2.5" in causal[-1]
    assert page.rows("gene-fine")[0][3] == "0.910"
    assert page.run("document.activeElement.id") == "gene-title"
    assert page.messages == []


def test_a_shared_link_opens_the_same_view(browser, page, study):
    address = page.run("location.hash + '&trait=height'")
    other = browser.page(study / "out" / "report.html", address)
    assert other.run("document.getElementById('gene-title').textContent") == "GENE12 (ENSG00000000012.1)"
    assert {row[0] for row in other.rows("gene-tests")} == {"height"}
    assert not other.run("document.getElementById('locus').hidden")
    other.to("#search=GENE1&trait=height&set=4+K")
    assert other.run("document.getElementById('gene').hidden")
    assert other.rows("gene-table")[0][0] == "GENE1"
    assert {(row[3], row[4]) for row in other.rows("gene-table")} == {("height", "4 K")}
    other.close()


@pytest.mark.parametrize(
    ("typed", "first", "genes"),
    [("GENE1", "GENE1", 111), ("ensg00000000012", "GENE12", 1), ("ENSG00000000012.7", "GENE12", 1), ("GENE1, gene2;GENE7 none", "GENE1", 3),
     ("chr1:1-4,000,000", "GENE0", 2), ("no_such_gene", None, 0)],
)  # fmt: skip
def test_the_search_has_exact_finds_first(page, typed, first, genes):
    page.to("")
    page.run(f"byId('gene-search').value = {typed!r}; byId('gene-controls').requestSubmit()")
    rows = page.rows("gene-table")
    if first is None:
        assert rows == []
    elif typed.startswith("chr") or "," in typed:  # all are exact finds: in the order of p
        assert first in {row[0] for row in rows} and len({row[0] for row in rows}) == genes
    else:
        assert rows[0][0] == first
    status = page.run("byId('gene-status').textContent")
    assert ("none" in status or "no_such_gene" in status) == (" none" in typed or first is None)
    tests = int(status.split(" of ")[0].replace(",", ""))
    assert genes == 0 or genes * 6 < tests <= genes * 8
    assert "search=" in page.run("location.hash")


def test_sets_are_in_the_order_of_their_sizes(page):
    assert page.run("[...byId('gene-set').options].map((one) => one.text)") == [
        "all", "400", "4 K", "random_400", "all SNP sets (omnibus)",
    ]  # fmt: skip


def test_the_download_equals_the_results_to_the_last_digit(page, inputs):
    page.to("#search=")
    text = page.run(
        "new Promise((done) => { save = (blob) => blob.text().then(done); byId('gene-download').click(); })"
    )
    ours = pd.read_csv(io.StringIO(text), sep="\t", dtype=str, keep_default_na=False)
    with gzip.open(inputs["--associations"], "rt") as lines:
        theirs = pd.read_csv(lines, sep="\t", dtype=str, keep_default_na=False)
    theirs = theirs[theirs["pvalue"] != "NA"]
    both = theirs.merge(ours, on=["trait", "model", "gene"], suffixes=("", "_page"))
    assert len(both) == len(theirs) and len(ours) == len(theirs) + 600
    for name in ("zscore", "pvalue", "fdr", "pred_perf_r2", "n_snps_used", "gene_name"):
        assert (both[name] == both[f"{name}_page"]).all(), both[both[name] != both[f"{name}_page"]].iloc[0]


def test_a_hostile_name_is_found_as_text_and_not_run(page):
    page.to("#search=document.title")
    rows = page.rows("gene-table")
    assert rows and all(row[0] == EVIL for row in rows)
    page.to("#gene=ENSG00000000003")
    assert EVIL in page.run("document.getElementById('gene-title').textContent")
    assert page.run("document.title") == "study"


def test_a_plot_has_one_tab_stop_and_is_saved_with_its_caption(page):
    page.to("#gene=GENE12")
    stops = (
        "[...document.querySelectorAll('#manhattan-caption, #locus-caption')].map((one) => "
        "[...one.closest('figure').querySelectorAll('*')].filter((part) => part.tabIndex >= 0).length)"
    )
    assert page.run(stops) == [1, 1]
    saved = page.run(
        "new Promise((done) => { Plotly.downloadImage = (figure, how) => "
        "Plotly.toImage(figure, how).then((url) => done(decodeURIComponent(url)));"
        " const choice = document.querySelector('#locus select.save'); choice.value = 'svg'; choice.dispatchEvent(new Event('change')); })"
    )
    assert 'width="680"' in saved and "Rings: SNPs of the gene" in saved.replace("\u00a0", " ")


def test_paper_has_all_details_open_and_figures_that_fit(page):
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert page.run("document.querySelectorAll('details:not([open])').length") == 0
    widths = "[...new Set([...document.querySelectorAll('.main-svg')].map((one) => one.getAttribute('width')))]"
    assert page.run(widths) == ["620"]
    page.run("dispatchEvent(new Event('afterprint'))")
    page.wait(f"!{widths}.includes('620')")
    assert page.run("document.querySelectorAll('details[open]').length") == 0


def test_a_narrow_screen_is_not_widened(browser, tmp_path):
    files = make_inputs(tmp_path / "in", genes=20, variants=900)
    table = tmp_path / "in" / "long.tsv"
    long = pd.read_csv(str(files["--associations"]), sep="\t").assign(trait="long_name_" * 20)
    long.to_csv(table, sep="\t", index=False)
    loci = make_loci(tmp_path / "loci", files)
    render_report(ReportInputs(associations=table, **loci), "long", tmp_path / "out")
    page = browser.page(tmp_path / "out" / "report.html", "#gene=GENE12", width=390, height=800)
    assert page.run("document.documentElement.scrollWidth - innerWidth") <= 0
    page.close()


def test_the_table_of_genes_has_every_gene_trait_and_tissue(study, inputs):
    table = pd.read_csv(study / "genes.tsv.gz", sep="\t", keep_default_na=False, na_values=["NA"])
    theirs = pd.read_csv(inputs["--associations"], sep="\t")
    assert len(table) == len(theirs.drop_duplicates(["trait", "gene"]))
    row = table[(table["gene"] == "ENSG00000000012.1") & (table["trait"] == "height")].iloc[0]
    mine = theirs[(theirs["gene"] == row["gene"]) & (theirs["trait"] == "height")].set_index("snp_set")
    assert row["best_pvalue"] == mine["pvalue"].min() and row["zscore_4000"] == mine.loc["4000", "zscore"]
    assert row["snp_sets_fdr"] == (mine["fdr"] <= 0.05).sum() and row["pip"] == 0.91
