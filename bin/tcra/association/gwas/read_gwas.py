"""Reading a GWAS once for all models: only the rows of the models' variants are kept."""

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.gwas.effects import Effects, compute_effects, fix_infinite
from tcra.association.gwas.gwas_columns import GwasColumns, find_columns
from tcra.association.gwas.gwas_description import VARIANTS_SHOWN, describe_file, describe_rows, describe_variants
from tcra.association.gwas.gwas_rows import alleles_of, read_gwas_rows
from tcra.association.gwas.matching import Found, Matcher
from tcra.association.gwas.settings import WHITE_SPACE, GwasSettings
from tcra.association.gwas.snp_map import SnpMap
from tcra.common.delimited import ANY_BLANKS, HEAD_BYTES, TextLayout, read_batches, read_layout
from tcra.common.genome.one_hot import reverse_complement
from tcra.common.gwas.gwas_dialects import EFFECT_ROLES
from tcra.common.number_cells import MISSING_CELLS, parse_number_cells
from tcra.errors import UserError

log = logging.getLogger(__name__)
_IDS_SAMPLED = 20_000
OTHER_TEST = "row of another test than the additive one"


@dataclass
class GwasFile:
    """The rows of one file that carry a variant of some model, in file order.

    snp (n,): the ids as text. code (n,) int64: the variant, as the matcher numbers them. row (n,) int64: 1-based row of the table
    below the header, malformed rows left out. effect_allele, other_allele (n,): upper case. frequency (n,) float64 of the effect
    allele, NaN where the file has none. munged: as of `GwasColumns`.
    """

    path: Path
    snp: pa.StringArray
    code: NDArray[np.int64]
    row: NDArray[np.int64]
    effect_allele: NDArray[np.object_]
    other_allele: NDArray[np.object_]
    frequency: NDArray[np.float64]
    effects: Effects
    munged: bool = False


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


def open_gwas(path: Path, settings: GwasSettings) -> tuple[TextLayout, GwasColumns]:
    """How the file is split and which of its columns hold what; of its rows, the first are looked at for columns without a value.

    Errors: UserError that names the file and the column that is missing, or what is not certain.
    """
    separator = ANY_BLANKS if settings.separator == WHITE_SPACE else settings.separator
    layout = read_layout(path, separator, settings.skip_until_header, settings.handle_empty_columns)
    columns = find_columns(path, layout.header, settings)
    if empty := _empty_columns(path, layout, columns):
        columns = find_columns(path, layout.header, settings, empty)
    return layout, columns


def _empty_columns(path: Path, layout: TextLayout, columns: GwasColumns) -> set[str]:
    """The recognised columns of the effect that have no value in the first rows, though some of the others have."""
    names = [name for role, name in columns.recognised.items() if role in EFFECT_ROLES]
    if len(names) < 2 or columns.sample is not None:
        return set()
    first = next(read_batches(path, layout, names, block=HEAD_BYTES), None)
    if first is None or not first.num_rows:
        return set()
    empty = {name for name in names if pc.all(pc.is_in(first[name], value_set=pa.array(MISSING_CELLS))).as_py()}
    return empty if len(empty) < len(names) else set()


def read_gwas(
    files: list[Path], matcher: Matcher, settings: GwasSettings, rounded: bool = True, snp_map: SnpMap | None = None
) -> Gwas:
    """Read the files and keep the rows that the matcher finds to carry a variant of a model. rounded: z as float32 has it. snp_map: gives
    the ids and alleles of the models to the GWAS's.

    Errors: UserError that names the file, for columns that are missing and files that cannot be read.
    """
    gwas = Gwas()
    for path in files:
        layout, columns = open_gwas(path, settings)
        if file := _read_file(path, layout, columns, matcher, settings, gwas, rounded, snp_map):
            gwas.files.append(file)
    if not gwas.files:
        where = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more files"
        raise UserError(f"{where}: no usable rows below the header ({gwas.rows} with another number of cells)")
    return gwas


def _read_file(
    path: Path,
    layout: TextLayout,
    columns: GwasColumns,
    matcher: Matcher,
    settings: GwasSettings,
    gwas: Gwas,
    rounded: bool,
    snp_map: SnpMap | None,
) -> GwasFile | None:
    """None for a file without usable rows, such as that of a chromosome in a folder."""
    before, lost_before = gwas.rows, gwas.lost.copy()

    for line in describe_file(layout, columns):
        log.info("%s: %s", path.name, line)

    def malformed(line: int | None, cells: int, text: str) -> None:
        reason = malformed_reason(cells, len(layout.header))
        gwas.lost[reason] += 1
        gwas.rows += 1
        where = path.name if line is None else f"{path.name} line {line}"
        gwas.malformed.append((reason, where, text[:80]))

    kept: list[pa.RecordBatch] = []
    found: list[Found] = []
    read = 0
    for read_rows in read_gwas_rows(path, layout, columns, matcher.by_place, malformed):
        rows = read_rows
        if len(gwas.sample) < _IDS_SAMPLED:
            gwas.sample += rows.batch[columns.roles["snp"]][: _IDS_SAMPLED - len(gwas.sample)].to_pylist()
        gwas.lost[OTHER_TEST] += rows.read - len(rows.row)
        if snp_map is not None:
            rows = snp_map.translate(rows, columns, gwas.lost)
        one = matcher.find(path, rows.batch, columns, gwas.lost)
        kept.append(rows.batch.take(pa.array(one.row)))
        found.append(replace(one, row=rows.row[one.row] + read + 1))
        read += rows.read
    odd = gwas.rows - before
    gwas.rows += read
    if read == 0:
        log.warning("%s has no usable rows below its header (%d with another number of cells)", path.name, odd)
        return None
    if odd > read:
        log.warning("%s: %d of %d rows have another number of cells than the header", path.name, odd, odd + read)
    file = _make_file(path, columns, pa.Table.from_batches(kept), found, settings, rounded)
    for line in _describe_read(file, gwas.rows - before, gwas.lost - lost_before, settings.input_pvalue_fix):
        log.info("%s: %s", path.name, line)
    return file


def malformed_reason(cells: int, expected: int) -> str:
    """Why a row with another number of cells than the header is not read."""
    return "too few cells" if cells < expected else "too many cells"


def _describe_read(file: GwasFile, rows: int, lost: Counter[str], pvalue_fix: float) -> tuple[str, str]:
    """Rows by fate, and the first variants of a model."""
    good = file.effects.reason == ""
    lost = lost + Counter(file.effects.reason[~good].tolist())
    usable = np.flatnonzero(good)
    first = usable[:VARIANTS_SHOWN]
    names = file.snp.take(pa.array(first)).to_pylist()
    alleles = (file.effect_allele[first].tolist(), file.other_allele[first].tolist())
    z = fix_infinite(file.effects, good, pvalue_fix)
    variants = list(zip(names, *alleles, z[first].tolist(), strict=True))
    return describe_rows(rows, len(usable), "usable and of a model's variant", lost), describe_variants(variants)


def _make_file(
    path: Path, columns: GwasColumns, table: pa.Table, found: list[Found], settings: GwasSettings, rounded: bool
) -> GwasFile:
    def text(name: str) -> pa.Array:
        return table[name].combine_chunks()

    roles = columns.roles
    cells = {role: text(roles[role]) for role in EFFECT_ROLES if role in roles}
    effects = compute_effects(path, cells, settings.input_pvalue_fix, roles, rounded)
    for sentence in effects.coded_missing:
        log.warning("%s: %s (of the rows of the models' variants)", path.name, sentence)
    effect_allele, other_allele = alleles_of(table, columns)
    turned = np.concatenate([one.turned for one in found])
    for alleles in (effect_allele, other_allele):
        alleles[turned] = [reverse_complement(allele) for allele in alleles[turned]]
    return GwasFile(
        path=path,
        snp=text(roles["snp"]),
        code=np.concatenate([one.code for one in found]),
        row=np.concatenate([one.row for one in found]),
        effect_allele=effect_allele,
        other_allele=other_allele,
        frequency=parse_number_cells(text(roles["freq"]))[0] if "freq" in roles else np.full(len(table), np.nan),
        effects=effects,
        munged=columns.munged,
    )
