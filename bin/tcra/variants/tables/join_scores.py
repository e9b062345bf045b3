"""Joins score tables into one, so that a stage of a large study opens few files."""

from collections.abc import Sequence
from pathlib import Path

from tcra.common.accounting import Accounting
from tcra.common.provenance import provenance
from tcra.variants.tables.score_tables import open_scores
from tcra.variants.tables.score_writer import parquet_score_writer


def join_scores(tables: Sequence[Path], out: Path) -> None:
    """Write the rows of all `tables` (Parquet, or folders of it), in their order, to the Parquet file `out`, with its accounting.

    In memory is one row group of the input and one of the output. Tables without rs numbers get none.
    Errors: UserError if the tables have other tracks, or a file is no score table.
    """
    scores = open_scores(tables)
    accounting = Accounting("JOIN_SCORES")
    variants = accounting.count("variants")
    variants.received(scores.rows)
    record = provenance({}, tables)
    with parquet_score_writer(out, scores.tracks, record, scores.named) as writer:
        for batch in scores.batches():
            writer.add_rows(batch)
            variants.passed(len(batch))
    accounting.write(out, record)
