"""The page in a real browser: the script runs, figures are drawn, the search finds, and names from data stay text."""

import os
import re
import shutil
import signal
import subprocess
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from .made_inputs import EVIL, make_inputs

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)"),
    pytest.mark.xdist_group("report"),
]
# A browser that is asked for one local file, and for nothing else: no updates, no sync, no look-ups.
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage")  # fmt: skip


def browse(page: Path, fragment: str, profile: Path) -> str:
    """The document after its scripts ran, as HTML."""
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={profile}", "--virtual-time-budget=20000", "--dump-dom"]
    with subprocess.Popen(
        [*command, f"file://{page}{fragment}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as browser:
        try:
            return browser.communicate(timeout=240)[0]
        except subprocess.TimeoutExpired:
            os.killpg(browser.pid, signal.SIGKILL)
            raise


def table_rows(document: str) -> list[list[str]]:
    table = re.search(r'<table id="gene-table">.*?<tbody>(.*?)</tbody>', document, re.DOTALL)
    assert table, "no table of genes"
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table[1], re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows
    ]


def test_figures_are_drawn_and_a_link_searches(finished, tmp_path):
    document = browse(finished / "report.html", "#gene=GENE12", tmp_path)
    assert 'data-ready="yes"' in document
    assert re.search(r'id="fault" hidden', document)
    drawn = set(
        re.findall(
            r'id="figure-([\w-]+)"[^>]*class="[^"]*js-plotly-plot|class="[^"]*js-plotly-plot[^"]*" id="figure-([\w-]+)"',
            document,
        )
    )
    names = {name for pair in drawn for name in pair if name}
    assert {
        "training-loss",
        "track-correlations",
        "score-distribution",
        "enrichment",
        "model-share",
        "manhattan",
        "qq",
    } <= names
    rows = table_rows(document)
    assert 0 < len(rows) <= 25
    assert all("GENE12" in row[0] for row in rows)
    heights = [float(row[6]) for row in rows]
    assert heights == sorted(heights)


def test_a_hostile_name_is_found_as_text_and_not_run(finished, tmp_path):
    document = browse(finished / "report.html", "#gene=document.title", tmp_path)
    rows = table_rows(document)
    assert rows and all(row[0] == EVIL for row in rows)
    assert "<title>tcra: from tracks to genes</title>" in document


def test_a_search_without_a_find_is_an_empty_table(finished, tmp_path):
    document = browse(finished / "report.html", "#gene=no_such_gene", tmp_path)
    assert table_rows(document) == []
    assert re.search(r'id="gene-status"[^>]*>0 of ', document)


def test_figures_are_drawn_to_fit_paper_and_the_window_again(finished, tmp_path):
    """As a browser tells the page that it is printed; the rest of the page's look on paper is in its style sheet."""
    page = (finished / "report.html").read_text()
    ready = 'document.body.dataset.ready = "yes";'
    assert page.count(ready) == 1
    widths = {}
    for events in (("beforeprint",), ("beforeprint", "afterprint")):
        (tmp_path / "report.html").write_text(
            page.replace(ready, "".join(f'dispatchEvent(new Event("{event}"));' for event in events) + ready)
        )
        document = browse(tmp_path / "report.html", "", tmp_path / events[-1])
        widths[events[-1]] = {
            int(float(width)) for width in re.findall(r'<svg class="main-svg"[^>]* width="([\d.]+)"', document)
        }
    assert widths["beforeprint"] == {620}
    assert widths["afterprint"] and 620 not in widths["afterprint"]


def test_a_long_name_does_not_widen_the_page(script, tmp_path):
    """The browser, asked for a narrow window, tells the width of the page in an attribute that the test adds."""
    files = make_inputs(tmp_path / "in", genes=20, variants=900)
    table = tmp_path / "in" / "long.tsv"
    pd.read_csv(str(files["--associations"]), sep="\t").assign(trait="long_name_" * 20).to_csv(
        table, sep="\t", index=False
    )
    script("render_report.py", "--associations", table, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    ready = 'document.body.dataset.ready = "yes";'
    told = "document.body.dataset.beyond = document.documentElement.scrollWidth - innerWidth;"
    (tmp_path / "report.html").write_text(page.replace(ready, told + ready))
    beyond = re.search(r'data-beyond="(-?\d+)"', browse(tmp_path / "report.html", "", tmp_path / "profile"))
    assert beyond and int(beyond[1]) <= 0
