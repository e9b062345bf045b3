"""Reading a GWAS once for all models: only the rows of the models' variants are kept."""

import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.delimited import Layout, read_batches, read_layout
from tcra.association.dialects import EFFECT_ROLES, Columns, find_columns
from tcra.association.effects import Effects, compute_effects, parse_numbers
from tcra.association.settings import GwasSettings
from tcra.cli import UserError

log = logging.getLogger("tcra.association")
SAMPLE = 20_000


@dataclass
class GwasFile:
    """The rows of one file that carry a variant of some model, in file order.

    code (n,) int64: index into the models' ids. row (n,) int64: 1-based row of the table below the header, malformed rows left out.
    effect_allele, other_allele (n,): upper case. frequency (n,) float64 of the effect allele, NaN where the file has none.
    """

    path: Path
    code: NDArray[np.int64]
    row: NDArray[np.int64]
    effect_allele: NDArray[np.object_]
    other_allele: NDArray[np.object_]
    frequency: NDArray[np.float64]
    effects: Effects


@dataclass
class Gwas:
    """All files of one GWAS, and what was not kept.

    rows: all rows, malformed ones included. lost: rows by reason. malformed: (file, where, what) of each malformed row.
    sample: some ids, to say what they look like.
    """

    files: list[GwasFile] = field(default_factory=list)
    rows: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    malformed: list[tuple[str, str, str]] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)


def list_gwas_files(file: Path | None, folder: Path | None, pattern: str | None) -> list[Path]:
    """The one file, or the folder's files whose name the pattern matches from its start, sorted by name.

    Errors: UserError if both or neither are given, if the pattern is no regular expression or matches nothing.
    """
    if (file is None) == (folder is None):
        raise UserError("give either --gwas_file, or --gwas_folder with an optional --gwas_file_pattern")
    if file is not None:
        return [file]
    assert folder is not None
    if not folder.is_dir():
        raise UserError(f"--gwas_folder {folder} is not a folder")
    try:
        expression = re.compile(pattern or "")
    except re.error as error:
        raise UserError(f"--gwas_file_pattern {pattern!r} is not a regular expression: {error}") from error
    found = sorted(path for path in folder.iterdir() if path.is_file() and expression.match(path.name))
    if not found:
        raise UserError(f"no file of {folder} has a name that matches {pattern or 'anything'}")
    return found


def open_gwas(path: Path, settings: GwasSettings) -> tuple[Layout, Columns]:
    """How the file is split and which of its columns hold what; its rows are not read.

    Errors: UserError that names the file and the column that is missing.
    """
    layout = read_layout(path, settings)
    columns = find_columns(path, layout.header, settings)
    if columns.separator:
        layout = read_layout(path, settings, columns.separator)
    if columns.recognised:
        log.info("%s: header of %s; %s", path.name, columns.dialect, columns.describe())
    return layout, columns


def read_gwas(files: list[Path], ids: pa.Array, settings: GwasSettings) -> Gwas:
    """Read the files and keep the rows whose id is among `ids` (and has `rs` in it, unless `settings.keep_non_rsid`).

    Errors: UserError that names the file, for columns that are missing and files that cannot be read.
    """
    gwas = Gwas()
    for path in files:
        layout, columns = open_gwas(path, settings)
        gwas.files.append(_read_file(path, layout, columns, ids, settings, gwas))
    return gwas


def _read_file(
    path: Path, layout: Layout, columns: Columns, ids: pa.Array, settings: GwasSettings, gwas: Gwas
) -> GwasFile:
    def malformed(line: int | None, cells: int, text: str) -> None:
        reason = "too few cells" if cells < len(layout.header) else "too many cells"
        gwas.lost[reason] += 1
        gwas.rows += 1
        where = path.name if line is None else f"{path.name} line {line}"
        gwas.malformed.append((reason, where, text[:80]))

    snp = columns.roles["snp"]
    kept: list[pa.RecordBatch] = []
    rows: list[NDArray[np.int64]] = []
    read = 0
    for batch in read_batches(path, layout, columns.needed(), on_malformed=malformed):
        names = batch[snp]
        if len(gwas.sample) < SAMPLE:
            gwas.sample += names[: SAMPLE - len(gwas.sample)].to_pylist()
        wanted = pc.is_in(names, value_set=ids)
        place = np.flatnonzero(wanted.to_numpy(zero_copy_only=False))
        found = batch.take(pa.array(place))
        if not settings.keep_non_rsid:
            rsid = pc.match_substring(found[snp], "rs")
            other = len(place) - (pc.sum(rsid).as_py() or 0)
            gwas.lost["id has no 'rs' in it"] += other
            found, place = found.filter(rsid), place[rsid.to_numpy(zero_copy_only=False)]
        gwas.lost["not a variant of any model"] += batch.num_rows - (pc.sum(wanted).as_py() or 0)
        kept.append(found)
        rows.append(place + read + 1)
        read += batch.num_rows
    gwas.rows += read
    malformed_rows = gwas.rows - read
    if read == 0:
        raise UserError(f"{path} has no usable rows below its header ({malformed_rows} with another number of cells)")
    return _make_file(path, columns, pa.Table.from_batches(kept), np.concatenate(rows), ids, settings)


def _make_file(
    path: Path, columns: Columns, table: pa.Table, rows: NDArray[np.int64], ids: pa.Array, settings: GwasSettings
) -> GwasFile:
    def text(name: str) -> pa.Array:
        return table[name].combine_chunks()

    roles = columns.roles
    effects = compute_effects(
        path, {role: text(roles[role]) for role in EFFECT_ROLES if role in roles}, settings.input_pvalue_fix
    )
    effect_allele = _alleles(text(roles["effect_allele"]))
    if columns.ref_alt:
        ref, alt = (_alleles(text(name)) for name in columns.ref_alt)
        other_allele = np.where(effect_allele == ref, alt, ref)
    else:
        other_allele = _alleles(text(roles["non_effect_allele"]))
    frequency = parse_numbers(text(roles["freq"]))[0] if "freq" in roles else np.full(len(rows), np.nan)
    code = pc.index_in(text(roles["snp"]), value_set=ids).to_numpy(zero_copy_only=False).astype(np.int64)
    return GwasFile(path, code, rows, effect_allele, other_allele, frequency, effects)


def _alleles(cells: pa.Array) -> NDArray[np.object_]:
    return pc.utf8_upper(cells).to_numpy(zero_copy_only=False)
