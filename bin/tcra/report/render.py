"""Puts the sections together into one self-contained page and the folder of figures."""

import base64
import functools
import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from tcra import __version__
from tcra.common.accounting import accounting_paths
from tcra.common.files import atomic_folder, atomic_text
from tcra.common.genome.genes import gene_positions
from tcra.errors import UserError
from tcra.figures.style import BLUE, ORANGE
from tcra.report import accounting_chain, page_parts
from tcra.report.association_panels import (
    ACAT,
    JOINT,
    OVER_TISSUES,
    AssociationPanel,
    genome_positions,
    modelled_positions,
    panels,
    read_associations,
    read_omnibus,
)
from tcra.report.enrichment_section import enrichment_section
from tcra.report.finemapping_in_page import FineMapping, finemapped_genes, read_finemapping
from tcra.report.loci_in_page import loci_in_page
from tcra.report.methods import methods, methods_of_records
from tcra.report.methods_numbers import run_sentences
from tcra.report.models_in_page import models_in_page
from tcra.report.models_section import model_section
from tcra.report.packed_columns import pack_columns
from tcra.report.page_parts import Section
from tcra.report.read_tables import column_names, read_columns
from tcra.report.run_details import SOFTWARE, details_section
from tcra.report.scores_section import score_section
from tcra.report.study_gene_table import write_gene_table
from tcra.report.summary_check import summary_differences
from tcra.report.tests_in_page import tests_in_page
from tcra.report.tracks_section import track_section
from tcra.report.training_section import training_section
from tcra.report.truth_section import truth_section
from tcra.report.twas_section import found_lines, twas_section

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("unpack", "address", "study", "plots", "manhattan", "gene_table", "locus_plot", "gene_view", "start")
SUMMARY_LAST = {"truth": 1, "accounting": 2}


@dataclass(frozen=True)
class ReportInputs:
    """Files of the other stages; None for what this run does not have. Columns: see each section's reader."""

    accounting: tuple[Path, ...] = ()
    history: Path | None = None
    track_correlations: Path | None = None
    ranking: Path | None = None
    enrichment: Path | None = None
    model_summaries: Path | None = None
    associations: Path | None = None
    omnibus: Path | None = None
    omnibus_over_tissues: Path | None = None
    association_summary: Path | None = None
    genes: Path | None = None
    gene_models: tuple[tuple[str, Path], ...] = ()
    loci: tuple[Path, ...] = ()
    finemapping: tuple[Path, ...] = ()
    truth: Path | None = None
    versions: Path | None = None
    parameters: Path | None = None


def render_report(inputs: ReportInputs, title: str, out: Path, gene_table: Path | None = None) -> None:
    """Write `out`/report.html, summary.txt and figures/*.svg, and the table of genes where it is asked for.

    The same inputs give the same bytes.

    Errors: UserError for an input that lacks a column or is not what it should be.
    """
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; --out is a folder, give another name")
    out.mkdir(parents=True, exist_ok=True)
    with atomic_folder(out / "figures") as figures:
        sections, balances, data = _sections(inputs, figures, gene_table)
    found = data.pop("found")
    text = _page(title, sections, balances, data)
    with atomic_text(out / "report.html") as page:
        page.write(text)
    with atomic_text(out / "summary.txt") as summary:
        summary.write("".join(f"{line}\n" for line in found))


def _sections(
    inputs: ReportInputs, figures: Path, gene_table: Path | None
) -> tuple[list[Section], list[accounting_chain.Balance], dict[str, Any]]:
    balances = accounting_chain.read_accounting(inputs.accounting)
    sections: list[Section] = []
    data: dict[str, Any] = {}
    if inputs.truth:
        sections.append(truth_section(inputs.truth))
    if balances:
        sections.append(accounting_chain.accounting_section(balances))
    if inputs.history:
        sections.append(training_section(inputs.history, figures))
    if inputs.track_correlations:
        sections.append(track_section(inputs.track_correlations, figures))
    if inputs.ranking:
        sections.append(score_section(inputs.ranking, ranked_set_sizes(inputs), figures))
    if inputs.enrichment:
        sections.append(enrichment_section(inputs.enrichment, figures))
    if inputs.model_summaries:
        sections.append(model_section(inputs.model_summaries, figures))
    if inputs.associations or inputs.omnibus or inputs.omnibus_over_tissues:
        section, data = _association_section(inputs, gene_table)
        sections.append(section)
    drawn = data.pop("panels", [])
    records = [record for _, record in accounting_chain.accounting_records(inputs.accounting)]
    data["run"], data["found"] = _numbers(inputs, records, balances, drawn), found_lines(drawn)
    fine = [
        record
        for _, record in accounting_chain.accounting_records(accounting_paths(one)[0] for one in inputs.finemapping)
    ]
    data["used"] = methods_of_records([*records, *fine])
    sections.append(details_section(inputs.parameters, inputs.versions, inputs.accounting))
    # A table without rows (no annotation was tested) has nothing to show, and no section.
    sections = [s for s in sections if s.figures or s.tables or s.checks or s.key == "accounting"]
    data["figures"] = [
        {"key": f.key, "traces": f.traces, "layout": f.layout} for section in sections for f in section.figures
    ]
    return sections, balances, data


def _association_section(inputs: ReportInputs, gene_table: Path | None) -> tuple[Section, dict[str, Any]]:
    tables = [read_associations(inputs.associations)] if inputs.associations else []
    tables += [read_omnibus(inputs.omnibus)] if inputs.omnibus else []
    tables += [read_omnibus(inputs.omnibus_over_tissues, OVER_TISSUES)] if inputs.omnibus_over_tissues else []
    table = pd.concat(tables, ignore_index=True)
    if table["minus_log10_p"].notna().sum() == 0:
        section = Section(
            "twas", "Gene–trait associations", checks=["No gene has a p-value: see ASSOCIATE in the accounting chain."]
        )
        return section, {}
    positions = None
    if inputs.genes:
        positions = gene_positions(inputs.genes, table["gene"]).set_index("gene")
    elif inputs.model_summaries:
        positions = modelled_positions(inputs.model_summaries)
    genes, known = genome_positions(table, positions)
    drawn = panels(table)
    section = twas_section(drawn, known)
    untested = sorted(set(table["trait"]) - {panel.trait for panel in drawn})
    section.checks += [f"{trait}: no gene has a p-value; see ASSOCIATE in the accounting chain." for trait in untested]
    if inputs.association_summary and inputs.associations:
        section.checks += summary_differences(inputs.association_summary, drawn)
    fine = read_finemapping(inputs.finemapping)
    if gene_table and inputs.associations:
        write_gene_table(gene_table, table, genes, fine)
    return section, {**_study(inputs, drawn, genes, fine), "panels": drawn}


def _study(
    inputs: ReportInputs, drawn: list[AssociationPanel], genes: pd.DataFrame, fine: dict[str, FineMapping]
) -> dict[str, Any]:
    """What the page carries of the genes: `study`, `columns` (bytes) and `loci`."""
    said, columns = tests_in_page(drawn, genes)
    summaries = inputs.gene_models or ((("", inputs.model_summaries),) if inputs.model_summaries else ())
    if summaries:
        said["models"], more = models_in_page(summaries, genes)
        columns |= more
    place = {str(gene): number for number, gene in enumerate(genes.index)}
    if inputs.finemapping:
        said["fine"] = finemapped_genes(fine, place)
    said["columns"], packed = pack_columns(columns)
    return {"study": said, "columns": packed, "loci": loci_in_page(inputs.loci, place, fine)}


def _numbers(
    inputs: ReportInputs, records: list[Any], balances: list[accounting_chain.Balance], drawn: list[AssociationPanel]
) -> list[str]:
    summaries = [inputs.model_summaries] if inputs.model_summaries else [path for _, path in inputs.gene_models]
    models = pd.concat([read_columns(path, [], [], [], ["n_samples"]) for path in summaries]) if summaries else None
    return run_sentences(records, balances, drawn, models)


def ranked_set_sizes(inputs: ReportInputs) -> list[int]:
    """Sizes of the ranked SNP sets, from the enrichment table and the gene models: those named by a number."""
    names: set[str] = set()
    for path in (inputs.enrichment, inputs.model_summaries):
        if path and "snp_set" in column_names(path):
            names |= set(read_columns(path, ["snp_set"], [])["snp_set"])
    return sorted(int(name) for name in names if name.isdigit() and int(name) > 0)


def _page(title: str, sections: list[Section], balances: list[accounting_chain.Balance], data: dict[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(count=page_parts.count, percent=page_parts.percent)
    environment.filters["tight"] = lambda text: text.replace(" %", "\u00a0%")  # a number and its % stay on one line
    # The summary has the results first, then how they compare with the truth and what was lost.
    in_order = sorted(sections, key=lambda section: SUMMARY_LAST.get(section.key, 0))
    study = data.get("study", {})
    tests = " ".join(panel["label"] for panel in study.get("panels", []))
    keys = [section.key for section in sections]
    keys += [key for key, test in (("omnibus", ACAT), ("joint", JOINT)) if test in tests]
    keys += sorted(data.pop("used", []))
    run = data.pop("run", [])
    columns, loci = data.pop("columns", b""), data.pop("loci", [])
    sentences, references = methods(keys)
    packed = _packed(_json(data))
    return environment.get_template("report.html").render(
        title=title,
        version=__version__,
        sections=sections,
        balances=accounting_chain.as_rows(balances),
        flows=accounting_chain.unit_flows(balances),
        checks=[check for section in in_order for check in section.checks],
        cards=[card for section in in_order for card in section.cards],
        headlines=[line for section in in_order for line in section.headline],
        methods=sentences,
        run=run,
        software=_software(sections),
        references=references,
        study=study,
        columns=_packed(columns),
        loci=_packed(_json(loci)),
        # Scripts run only with this nonce: text from a table could not run even if it were not escaped.
        nonce=hashlib.sha256(packed.encode()).hexdigest()[:32],
        style=f":root{{--blue:{BLUE};--orange:{ORANGE}}}\n{(PAGE / 'report.css').read_text()}",
        script="\n".join(['"use strict";', *((PAGE / "script" / f"{name}.js").read_text() for name in SCRIPTS)]),
        data=packed,
        plotly=_plotly(),
    )


def _software(sections: list[Section]) -> str:
    """The rows of the table of software in one line, to paste."""
    tables = [table for section in sections if section.key == "details" for table in section.tables]
    rows = [row for table in tables if table.caption == SOFTWARE for row in table.rows]
    return ", ".join(f"{name} {version}" for name, version, _ in rows)


def _json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _packed(content: bytes) -> str:
    """Gzip in base64: a third of the size; the page unpacks it with the browser's DecompressionStream."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


@functools.cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return _packed(get_plotlyjs().encode())


def check_title(title: str) -> str:
    """Errors: UserError for an empty title."""
    if not title.strip():
        raise UserError("--title is empty; give the page a name")
    return " ".join(title.split())
