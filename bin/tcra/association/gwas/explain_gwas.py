"""How a GWAS is understood, without a model: what `associate.py --explain` prints."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from tcra.association.gwas.effects import compute_effects, fix_infinite
from tcra.association.gwas.gwas_columns import GwasColumns
from tcra.association.gwas.gwas_description import VARIANTS_SHOWN, describe_file, describe_rows, describe_variants
from tcra.association.gwas.gwas_rows import alleles_of, read_gwas_rows
from tcra.association.gwas.read_gwas import OTHER_TEST, malformed_reason, open_gwas
from tcra.association.gwas.settings import GwasSettings
from tcra.common.arrays import Floats, Integers
from tcra.common.gwas.gwas_dialects import EFFECT_ROLES


def explain_gwas(files: Sequence[Path], settings: GwasSettings) -> Iterator[str]:
    """Its lines, a file after the other: separator and dialect, columns, effect allele, rows by fate, the first variants with their z.
    Every row is read.

    Errors: UserError as of `read_gwas`.
    """
    for path in files:
        layout, columns = open_gwas(path, settings)
        lost: Counter[str] = Counter()
        first: list[tuple[str, str, str, float]] = []
        notes: list[str] = []
        width, rows, malformed = len(layout.header), 0, Counter[str]()

        def count(
            _line: int | None, cells: int, _text: str, into: Counter[str] = malformed, width: int = width
        ) -> None:
            into[malformed_reason(cells, width)] += 1

        for part in read_gwas_rows(path, layout, columns, on_malformed=count):
            rows += part.read
            lost[OTHER_TEST] += part.read - len(part.row)
            cells = {role: part.batch[columns.roles[role]] for role in EFFECT_ROLES if role in columns.roles}
            effects = compute_effects(path, cells, settings.input_pvalue_fix, columns.roles)
            lost.update(reason for reason in effects.reason.tolist() if reason)
            notes += [note for note in effects.coded_missing if note not in notes]
            usable = np.flatnonzero(effects.reason == "")[: VARIANTS_SHOWN - len(first)]
            z = fix_infinite(effects, np.ones(len(effects.z), bool), settings.input_pvalue_fix)
            first += first_variants(part.batch, columns, z, usable)
        lost += malformed
        rows += malformed.total()
        for line in (
            *describe_file(layout, columns),
            *notes,
            describe_rows(rows, rows - lost.total(), "usable", lost),
            describe_variants(first),
        ):
            yield f"{path.name}: {line}"


def first_variants(
    batch: pa.RecordBatch, columns: GwasColumns, z: Floats, rows: Integers
) -> list[tuple[str, str, str, float]]:
    """(id, effect allele, other allele, z) of some rows of a batch."""
    effect, other = alleles_of(batch.take(pa.array(rows, pa.int64())), columns)
    names = batch[columns.roles["snp"]].take(pa.array(rows, pa.int64())).to_pylist()
    return list(zip(names, effect.tolist(), other.tolist(), z[rows].tolist(), strict=True))
