"""The annotation stage: scores (and a baseline, and a second model's scores) in; annotation files per chromosome and combination out."""

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
from tcra.variants.annotation.annotation_files import AnnotationColumns, write_annotation
from tcra.variants.annotation.annotation_rows import joined_rows, shared_chromosomes
from tcra.variants.annotation.annotation_sources import AnnotationSource, BaselineSource, ScoreSource
from tcra.variants.annotation.reference_sites import AnnotationRows, read_reference_sites
from tcra.variants.annotation.settings import AnnotateInputs, AnnotateOptions
from tcra.variants.tables.frequencies import minor_allele_frequencies, read_frequencies, require_known
from tcra.variants.tables.match_variants import explain_no_match
from tcra.variants.tables.rsids import Rsids
from tcra.variants.tables.score_tables import open_scores

log = logging.getLogger(__name__)


def annotate_variants(inputs: AnnotateInputs, options: AnnotateOptions, out: Path) -> None:
    """Write annotation files into the folder `out`, whole or not at all.

    A folder per combination of sources (`UKB`, `tCRA`, `UKB_tCRA`, …) with `{chrom}.annot.parquet`, `{chrom}.annot.gz`, `{chrom}.l2.M`
    and, given frequencies, `{chrom}.l2.M_5_50`; all combinations have the same rows. Errors: UserError for inputs that cannot be used or
    share no variant.
    """
    accounting = Accounting("ANNOTATE")
    record = provenance({**vars(inputs), **vars(options)}, inputs.files)
    sites = read_reference_sites(inputs.sites) if inputs.sites else None
    sources = _sources(inputs, options, sites)
    frequencies = read_frequencies(inputs.frequencies) if inputs.frequencies else None
    if frequencies is None:
        log.warning("no --frequencies: .l2.M_5_50 is not written")
    rsids = Rsids(inputs.rsids) if inputs.rsids else None
    chromosomes = shared_chromosomes(sources, sites)
    shared = known = height = 0
    with atomic_folder(out) as folder:
        for chrom in progress(chromosomes, "chromosomes"):
            unit = "sites" if sites is not None else f"variants of {sources[0].name}"
            rows, places = joined_rows(chrom, sources, sites, rsids, accounting.count(unit))
            if not len(rows.sites):
                names = ", ".join(source.name for source in sources)
                log.warning("chromosome %s: %s share no variant; no files for it", chrom, names)
                continue
            shared += int(np.logical_and.reduce([place >= 0 for place in places]).sum())
            maf = None if frequencies is None else minor_allele_frequencies(frequencies, rows.sites)
            known += 0 if maf is None else int((~np.isnan(maf)).sum())
            height += len(rows.sites)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".columns.") as spool:
                parts = [
                    _gathered(source, rows, place, Path(spool)) for source, place in zip(sources, places, strict=True)
                ]
                for name, chosen in _combinations(sources, parts):
                    (folder / name).mkdir(exist_ok=True)
                    write_annotation(folder / name, rows, chosen, options.text_layout, maf, record)
                del parts
        if not shared:
            named = [*(source.name for source in sources), *map(str, inputs.sites)]
            others = sites[chromosomes[0]].sites if sites is not None else sources[1].sites(chromosomes[0])
            why = explain_no_match(sources[0].sites(chromosomes[0]), others)
            raise UserError(f"{' and '.join(named)} share no variant; of {sources[0].name} on {chromosomes[0]}: {why}")
        if frequencies is not None:
            require_known(frequencies, known, height)
        _count_scores(accounting, sources, chromosomes)
        accounting.write(folder, record)


def _sources(
    inputs: AnnotateInputs, options: AnnotateOptions, sites: dict[str, AnnotationRows] | None
) -> list[AnnotationSource]:
    sources: list[AnnotationSource] = []
    if inputs.baseline:
        sources.append(BaselineSource(options.baseline_name, inputs.baseline, sites))
    named = [(options.name, inputs.scores), (options.second_name, inputs.second_scores)]
    sources += [ScoreSource(name, open_scores(paths), options.rule, options.fraction) for name, paths in named if paths]
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise UserError(
            f"two sources are called {max(names, key=names.count)}; change --name, --second-name or --baseline-name"
        )
    return sources


def _gathered(
    source: AnnotationSource, rows: AnnotationRows, place: NDArray[np.int64], spool: Path
) -> AnnotationColumns:
    """The source's columns on the rows of the files.

    A model's columns go through a file, so that memory holds one block of tracks, whatever their number; a baseline's stay in memory.
    """
    missing = place < 0
    on_rows = (
        (name, np.where(missing, values.dtype.type(0), values[place])) for name, values in source.columns(rows.chrom)
    )
    if source.kind is None:
        columns = dict(on_rows)
        return AnnotationColumns(list(columns), list(columns.values()))
    names: list[str] = []
    path = spool / source.name
    with open(path, "wb") as file:
        for name, values in on_rows:
            names.append(name)
            file.write(values.tobytes())
    return AnnotationColumns(names, list(np.memmap(path, source.kind, "r", shape=(len(names), len(rows.sites)))))


def _combinations(
    sources: Sequence[AnnotationSource], parts: Sequence[AnnotationColumns]
) -> Iterator[tuple[str, list[AnnotationColumns]]]:
    """(folder name, columns) of every non-empty choice of sources, in their order."""
    places = range(len(sources))
    for number in range(1, len(sources) + 1):
        for chosen in combinations(places, number):
            yield "_".join(sources[place].name for place in chosen), [parts[place] for place in chosen]


def _count_scores(accounting: Accounting, sources: Sequence[AnnotationSource], chromosomes: Sequence[str]) -> None:
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
