#!/usr/bin/env python3
"""Make one self-contained HTML page, and SVG figures, of a run's results."""

import argparse
from pathlib import Path

from tcra import cli

FILES = (
    ("--history", "history.parquet of train_tracks.py"),
    ("--track-correlations", "table of evaluate_tracks.py (Parquet)"),
    ("--ranking", "ranking.parquet of rank_variants.py"),
    ("--enrichment", "enrichment.tsv of rank_variants.py"),
    ("--model-summaries", "model_summaries.tsv of build_model_db.py"),
    ("--associations", "associations.tsv.gz of combine_associations.py"),
    ("--omnibus", "omnibus.tsv.gz of combine_associations.py"),
    ("--omnibus-over-tissues", "tissues.tsv.gz of combine_associations.py (several tissues)"),
    ("--association-summary", "summary.tsv of combine_associations.py"),
    ("--genes", "gene annotation (GTF), for positions in the Manhattan plots"),
    ("--truth", "truth.json of compare_demo.py"),
    ("--versions", "software versions: lines of stage, software and version separated by tabs, or YAML"),
    ("--parameters", "parameters of the run (JSON object)"),
)
FOLDERS = (
    ("--loci", "folders of extract_loci.py, one per trait"),
    ("--finemapping", "folders of finemap_genes.py, one or several per trait"),
)


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add(
        "--accounting",
        type=cli.existing_file,
        nargs="+",
        default=[],
        metavar="FILE",
        help="accounting.json of any stages",
    )
    for flag, meaning in FILES:
        add(flag, type=cli.existing_file, metavar="FILE", help=meaning)
    add(
        "--gene-models",
        type=cli.labelled_file,
        nargs="+",
        default=[],
        metavar="TISSUE=FILE",
        help="model_summaries.tsv of each tissue, for the view of a gene (default: that of --model-summaries)",
    )
    for flag, meaning in FOLDERS:
        add(flag, type=cli.existing_path, nargs="+", default=[], metavar="DIR", help=meaning)
    add("--title", default="tcra: from tracks to genes", help="title of the page")
    add(
        "--gene-table",
        type=Path,
        metavar="FILE",
        help="also write the study in one table: one row per gene, trait and tissue",
    )
    add("--out", type=Path, required=True, metavar="DIR", help="folder for report.html and figures/")
    cli.add_old_spellings(parser, {"--tissues": "--omnibus-over-tissues", "--summary": "--association-summary"})
    return parser


def _field(flag: str) -> str:
    return flag[2:].replace("-", "_")


def main(arguments: argparse.Namespace) -> None:
    from tcra.report.render import ReportInputs, check_title, render_report

    files = {_field(flag): getattr(arguments, _field(flag)) for flag, _ in FILES}
    several = {"loci": tuple(arguments.loci), "finemapping": tuple(arguments.finemapping)}
    inputs = ReportInputs(
        accounting=tuple(arguments.accounting), gene_models=tuple(arguments.gene_models), **several, **files
    )
    render_report(inputs, check_title(arguments.title), arguments.out, arguments.gene_table)


if __name__ == "__main__":
    cli.run(main, make_parser())
