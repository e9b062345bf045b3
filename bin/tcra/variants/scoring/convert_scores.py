"""Precomputed scores of other programs as our score table: HDF5 of Enformer and Borzoi, AlphaGenome's tables."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.common.accounting import Accounting, Count
from tcra.common.files import read_start
from tcra.common.genome.chromosomes import sort_key
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.variants.scoring.alphagenome_scores import AlphaGenomeScores
from tcra.variants.scoring.published import PublishedScores, check_files
from tcra.variants.scoring.settings import ConvertOptions
from tcra.variants.tables.chromosome_variants import ChromosomeVariants
from tcra.variants.tables.columns import check_track_names
from tcra.variants.tables.score_writer import score_writer

HDF5_MAGIC = b"\x89HDF"
Blocks = Iterator[tuple[ChromosomeVariants, NDArray[np.float32]]]


def convert_scores(paths: Sequence[Path], options: ConvertOptions, out: Path) -> None:
    """Write the score table `out` from files of one model: HDF5 with one or more chromosomes each, or tables of AlphaGenome.

    Memory: one block of scores and the keys of one HDF5 file; AlphaGenome's tables as a whole. Errors: UserError if files differ in kind
    or tracks, or share a chromosome.
    """
    kinds = {read_start(path, 4) == HDF5_MAGIC or path.suffix in (".h5", ".hdf5") for path in paths}
    if len(kinds) > 1:
        raise UserError("--scores has HDF5 files and others; convert files of one kind together")
    accounting = Accounting("CONVERT")
    count = accounting.count("variants")
    parameters = {"absolute": options.absolute, "label": options.label}
    record = provenance(parameters | ({"statistic": options.statistic} if options.statistic else {}), paths)
    with ExitStack() as stack:
        if kinds == {True}:
            tracks, blocks, named = _open_hdf5(paths, options, count, stack)
        else:
            if options.statistic:
                raise UserError("--statistic is for HDF5 files; of AlphaGenome's tables raw_score is read")
            table = AlphaGenomeScores(paths, options.label, accounting)
            tracks, blocks, named = table.tracks, table.rows(count), False
        check_track_names(tracks, paths[0])
        with score_writer(out, tracks, record, named) as writer:
            for variants, scores in blocks:
                writer.add(variants, np.abs(scores) if options.absolute else scores)
    accounting.write(out, record)


def _open_hdf5(
    paths: Sequence[Path], options: ConvertOptions, count: Count, stack: ExitStack
) -> tuple[list[str], Blocks, bool]:
    files = [PublishedScores(path, options.label, options.statistic) for path in paths]
    for file in files:
        stack.callback(file.close)
    check_files(files)
    files.sort(key=lambda file: min(map(sort_key, set(file.chroms)), default=(0, "")))
    blocks = (block for file in files for block in progress(file.rows(count), f"blocks of {file.path.name}"))
    return files[0].tracks, blocks, any(any(file.rsids) for file in files)
