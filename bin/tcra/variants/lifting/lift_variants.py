"""Lifts a file of variants, or score files with their scores, to another genome build."""

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_text
from tcra.common.genome.fasta import Genome
from tcra.common.genome.liftover import Liftover
from tcra.common.parquet_file import is_parquet
from tcra.common.provenance import provenance
from tcra.variants.lifting.lift_sites import LiftedSites, lift_sites
from tcra.variants.lifting.settings import LiftInputs
from tcra.variants.tables.columns import MEAN_ABS, RSID_COLUMN, VARIANT_COLUMNS
from tcra.variants.tables.moved_scores import write_moved_scores
from tcra.variants.tables.rs_numbers import rs_texts
from tcra.variants.tables.score_tables import open_scores
from tcra.variants.tables.sites import Sites
from tcra.variants.tables.variant_tables import VariantTable, read_variant_table

log = logging.getLogger(__name__)

LIFTED_COLUMNS = (*VARIANT_COLUMNS, RSID_COLUMN, "source_variant_id", "strand", "swapped")


def lift_variants(inputs: LiftInputs, out: Path) -> None:
    """Write the variants of the other build to `out`.

    Score files (Parquet with `mean_abs`) give a score file in the target build, rows in input order, the signs of all tracks turned
    where ref and alt are exchanged. Anything else gives a table: the variant, its rsid, the variant that it came from, strand
    (+ or −) and swapped (0 or 1). Both come with accounting and the rejected variants.
    """
    record = provenance(vars(inputs), inputs.files)
    accounting = Accounting("LIFT")
    chains = Liftover(inputs.chain)
    back = Liftover(inputs.back_chain) if inputs.back_chain else None
    with Genome(inputs.target_fasta) if inputs.target_fasta else nullcontext() as genome:
        lift = partial(lift_sites, chains=chains, genome=genome, back=back)
        lifted = _lift_file(inputs.variants, out, lift, accounting, record)
    accounting.write(out, record)
    log.info("%d variants lifted, %d on the other strand, %d with ref and alt exchanged",
             len(lifted.rows), int((~lifted.forward).sum()), int(lifted.swapped.sum()))  # fmt: skip


def _lift_file(
    path: Path, out: Path, lift: Callable[..., LiftedSites], accounting: Accounting, record: Mapping[str, Any]
) -> LiftedSites:
    if _is_scores(path):
        scores = open_scores([path])
        lifted = _lift(scores.sites(), lift, accounting, path)
        write_moved_scores(out, scores, lifted.rows, lifted.sites, lifted.swapped, record)
    else:
        table = read_variant_table(path)
        lifted = _lift(table.sites, lift, accounting, path)
        count = accounting.count("variants")
        count.received(len(table) - len(table.sites))
        for number, text in table.unread:
            count.reject("not a variant that can be lifted", text, f"{path.name} record {number}")
        unnamed = len(table) - len(table.sites) - len(table.unread)
        count.reject_many("no position and alleles (an rs number alone, or a symbolic allele)", unnamed)
        _write_table(out, table, lifted)
    return lifted


def _is_scores(path: Path) -> bool:
    if path.is_dir():
        return True
    return is_parquet(path) and MEAN_ABS in pq.read_schema(path).names and "rank" not in pq.read_schema(path).names


def _lift(sites: Sites, lift: Callable[..., LiftedSites], accounting: Accounting, path: Path) -> LiftedSites:
    count = accounting.count("variants")
    count.received(len(sites))
    rejected: list[tuple[int, str]] = []
    lifted = lift(sites, reject=lambda row, reason: rejected.append((row, reason)))
    names = sites.identifiers(np.array([row for row, _ in rejected], np.int64))
    for (row, reason), name in zip(rejected, names, strict=True):
        count.reject(reason, name, f"{path.name} row {row + 1}")
    count.passed(len(lifted.rows))
    return lifted


def _write_table(path: Path, table: VariantTable, lifted: LiftedSites) -> None:
    numbers = table.rs_numbers[table.placed]
    with atomic_text(path) as text:
        text.write("\t".join(LIFTED_COLUMNS) + "\n")
        for start in range(0, len(lifted.rows), 100_000):
            part = slice(start, start + 100_000)
            rows = lifted.rows[part]
            columns = [column.to_pylist() for column in lifted.sites.columns(part).values()]
            columns += [rs_texts(numbers[rows], unknown="").to_pylist(), table.sites.identifiers(rows)]
            columns += [
                ["+" if same else "-" for same in lifted.forward[part]],
                lifted.swapped[part].astype(int).tolist(),
            ]
            text.writelines("\t".join(map(str, cells)) + "\n" for cells in zip(*columns, strict=True))
