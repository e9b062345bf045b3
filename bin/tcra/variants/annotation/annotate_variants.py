"""The annotation stage: scores (and a baseline, and a second model's scores) in; annotation files per chromosome and combination out."""

import argparse
import logging
import tempfile
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.variants.annotation.annotation_files import Columns, write_annotation
from tcra.variants.annotation.annotation_rows import Rows, joined_rows, read_sites, shared_chromosomes
from tcra.variants.annotation.annotation_sources import BaselineSource, ScoreSource, Source
from tcra.variants.tables.rsids import Rsids
from tcra.variants.tables.score_tables import open_scores
from tcra.variants.tables.variant_tables import VariantTable, read_variant_table

log = logging.getLogger(__name__)


def annotate_variants(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments of `annotate_variants.py`.

    Writes, into `--out`, a folder for each combination of sources (`UKB`, `tCRA`, `UKB_tCRA`, …) with `{chrom}.annot.parquet`,
    `{chrom}.annot.gz`, `{chrom}.l2.M` and, given frequencies, `{chrom}.l2.M_5_50`; all combinations have the same rows.
    """
    accounting = Accounting("ANNOTATE")
    record = provenance(arguments, _inputs(arguments))
    sources = _sources(arguments)
    sites = read_sites(arguments.sites) if arguments.sites else None
    frequencies = read_variant_table(arguments.frequencies, ["af"]) if arguments.frequencies else None
    if frequencies is None:
        log.warning("no --frequencies: .l2.M_5_50 is not written")
    rsids = Rsids(arguments.rsids) if arguments.rsids else None
    chromosomes = shared_chromosomes(sources, sites)
    shared = known = 0
    with atomic_folder(arguments.out) as folder:
        for chrom in progress(chromosomes, "chromosomes"):
            unit = "sites" if sites is not None else f"variants of {sources[0].name}"
            rows, places = joined_rows(chrom, sources, sites, rsids, accounting.count(unit))
            if not len(rows.sites):
                log.warning(
                    "chromosome %s: %s share no variant; no files for it", chrom, ", ".join(s.name for s in sources)
                )
                continue
            shared += int(np.logical_and.reduce([place >= 0 for place in places]).sum())
            maf = None if frequencies is None else minor_frequencies(frequencies, rows)
            known += 0 if maf is None else int((~np.isnan(maf)).sum())
            with tempfile.TemporaryDirectory(dir=folder, prefix=".columns.") as spool:
                parts = [
                    _gathered(source, rows, place, Path(spool)) for source, place in zip(sources, places, strict=True)
                ]
                for name, chosen in _combinations(sources, parts):
                    (folder / name).mkdir(exist_ok=True)
                    write_annotation(folder / name, rows, chosen, arguments.text_layout, maf, record)
                del parts
        if not shared:
            named = [source.name for source in sources] + ([str(arguments.sites)] if arguments.sites else [])
            raise UserError(f"{' and '.join(named)} share no variant; are they of one genome build?")
        if frequencies is not None and not known:
            raise UserError(
                f"{arguments.frequencies} has a frequency of none of the variants; expected chrom, pos, ref, alt (or variant_id) and af "
                "of the same genome build, or a VCF (rs numbers alone are not looked up)"
            )
        _count_scores(accounting, sources, chromosomes)
        accounting.write(folder, record)


def _sources(arguments: argparse.Namespace) -> list[Source]:
    sources: list[Source] = []
    if arguments.baseline:
        sources.append(BaselineSource(arguments.baseline_name, arguments.baseline))
    named = [(arguments.name, arguments.scores), (arguments.second_name, arguments.second_scores)]
    sources += [
        ScoreSource(name, open_scores(paths), arguments.rule, arguments.fraction) for name, paths in named if paths
    ]
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise UserError(
            f"two sources are called {max(names, key=names.count)}; mend --name, --second-name or --baseline-name"
        )
    return sources


def _gathered(source: Source, rows: Rows, place: NDArray[np.int64], spool: Path) -> Columns:
    """The source's columns on the rows of the files.

    A model's columns go through a file, so that memory holds one block of tracks, whatever their number; a baseline's stay in memory.
    """
    missing = place < 0
    on_rows = (
        (name, np.where(missing, values.dtype.type(0), values[place])) for name, values in source.columns(rows.chrom)
    )
    if source.kind is None:
        columns = dict(on_rows)
        return Columns(list(columns), list(columns.values()))
    names: list[str] = []
    path = spool / source.name
    with open(path, "wb") as file:
        for name, values in on_rows:
            names.append(name)
            file.write(values.tobytes())
    return Columns(names, list(np.memmap(path, source.kind, "r", shape=(len(names), len(rows.sites)))))


def _combinations(sources: Sequence[Source], parts: Sequence[Columns]) -> Iterator[tuple[str, list[Columns]]]:
    """(folder name, columns) of every non-empty choice of sources, in their order."""
    places = range(len(sources))
    for number in range(1, len(sources) + 1):
        for chosen in combinations(places, number):
            yield "_".join(sources[place].name for place in chosen), [parts[place] for place in chosen]


def _count_scores(accounting: Accounting, sources: Sequence[Source], chromosomes: Sequence[str]) -> None:
    """What came in from each model's scores, and what of it is on the chromosomes of the files."""
    for source in sources:
        if isinstance(source, ScoreSource):
            count = accounting.count(f"scores of {source.name}")
            count.received(source.scores.rows)
            count.reject_many("variant scored twice", source.repeated)
            used = sum(len(source.sites(chrom)) for chrom in chromosomes)
            count.reject_many(
                "on a chromosome that the other sources lack", source.scores.rows - source.repeated - used
            )
            count.passed(used)


def _inputs(arguments: argparse.Namespace) -> list[Path]:
    single = [arguments.baseline, arguments.sites, arguments.rsids, arguments.frequencies]
    return [*arguments.scores, *(arguments.second_scores or []), *(path for path in single if path)]


def minor_frequencies(table: VariantTable, rows: Rows) -> NDArray[np.float64]:
    """Minor allele frequency of each row from a table of (alternate or minor) allele frequencies: (rows,), NaN where unknown.

    Errors: UserError for a frequency outside [0, 1].
    """
    order = np.argsort(table.sites.keys, kind="stable")
    frequency = table.number("af")[table.placed][order]
    if np.nanmin(frequency, initial=0) < 0 or np.nanmax(frequency, initial=0) > 1:
        raise UserError(
            f"{table.path}: frequencies from {np.nanmin(frequency):g} to {np.nanmax(frequency):g}, expected 0 to 1"
        )
    at = table.sites.take(order).find_either_way(rows.sites)
    known = np.where(at >= 0, frequency[at], np.nan) if len(frequency) else np.full(len(rows.sites), np.nan)
    return np.minimum(known, 1 - known)
