"""AlphaGenome's variant scores: the long tables of its `tidy_scores`, one row per variant, track and scorer.

Read are variant_id (`chr22:36201698:A>C`), gene_id, output_type, variant_scorer, track_name, track_strand and raw_score; from CSV, TSV or
Parquet. Scores that are of a gene, not of the variant alone, are left out.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.common.accounting import Accounting, Count
from tcra.common.arrays import Booleans
from tcra.common.files import DAMAGED, open_bytes
from tcra.common.genome.chromosomes import plain_name, sort_key
from tcra.common.genome.variants import parse_variant
from tcra.common.parquet_file import is_parquet
from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.variants.tables.chromosome_variants import ChromosomeVariants

REQUIRED = ("variant_id", "output_type", "track_name", "raw_score")
OPTIONAL = ("gene_id", "variant_scorer", "track_strand")
OF_A_GENE = "score of a gene, not of the variant alone"
INCOMPLETE = "no score in one or more tracks"


class AlphaGenomeScores:
    """All rows of some tables, as variants × tracks; only tracks with `label` in their name, if it is given.

    tracks: `OUTPUT_TYPE track name`, with the strand where there is one, and the scorer where a track has several.
    Errors: UserError for a table without the columns, without scores of variants, or with two scores of one variant and track.
    """

    def __init__(self, paths: Sequence[Path], label: str, accounting: Accounting) -> None:
        self.path = paths[0]
        rows = pd.concat([_read(path) for path in paths], ignore_index=True)
        spelled = rows["variant_id"].astype(str)
        rows["variant_id"] = spelled.map({text: _one_spelling(text) for text in spelled.unique()})
        count = accounting.count("scores")
        count.received(len(rows))
        genes = rows["gene_id"].notna() & (rows["gene_id"] != "")
        count.reject_many(OF_A_GENE, int(genes.sum()))
        rows = rows[~genes]
        names = _track_names(rows)
        chosen = names.str.contains(label, regex=False) if label else pd.Series(True, index=rows.index)
        count.reject_many("track without the label", int((~chosen).sum()))
        rows, names = rows[chosen], names[chosen]
        if not len(rows):
            raise UserError(
                f"{self.path}: no score of a variant{f' in a track with {label!r}' if label else ''} is in it"
            )
        repeated = pd.DataFrame({"variant": rows["variant_id"], "track": names}).duplicated()
        if repeated.any():
            variant, track = rows["variant_id"][repeated].iloc[0], names[repeated].iloc[0]
            raise UserError(f"{self.path}: {variant} has two scores in {track}; give each variant once")
        count.passed(len(rows))
        self.tracks = list(dict.fromkeys(names))
        track_code, variant_code = (
            names.map({name: code for code, name in enumerate(self.tracks)}),
            pd.factorize(rows["variant_id"]),
        )
        self._names = [str(name) for name in variant_code[1]]
        self._scores = np.full((len(self._names), len(self.tracks)), np.nan, np.float32)
        self._scores[variant_code[0], track_code.to_numpy()] = rows["raw_score"].to_numpy(np.float32)

    def rows(self, count: Count) -> Iterator[tuple[ChromosomeVariants, NDArray[np.float32]]]:
        """Variants and scores by chromosome, sorted; variants that lack a score are rejected in `count`."""
        count.received(len(self._names))
        found = []
        for row, name in enumerate(self._names):
            try:
                found.append((parse_variant(name), row))
            except ValueError as error:
                count.reject("not a variant", name, self.path.name, str(error))
        found.sort(key=lambda pair: (sort_key(pair[0].chrom), pair[0].start, pair[0].ref, pair[0].alt))
        finite: Booleans = np.asarray(np.isfinite(self._scores).all(axis=1))
        for variant, row in found:
            if not finite[row]:
                count.reject(INCOMPLETE, variant.identifier, self.path.name)
        for chrom in dict.fromkeys(plain_name(variant.chrom) for variant, _ in found):
            kept = [(v, row) for v, row in found if plain_name(v.chrom) == chrom and finite[row]]
            if kept:
                starts = np.array([variant.start for variant, _ in kept], np.int64)
                refs, alts = [variant.ref for variant, _ in kept], [variant.alt for variant, _ in kept]
                count.passed(len(kept))
                yield (
                    ChromosomeVariants(chrom, starts, refs, alts, [""] * len(kept)),
                    self._scores[[row for _, row in kept]],
                )


def _read(path: Path) -> pd.DataFrame:
    try:
        if is_parquet(path):
            import pyarrow.parquet as pq

            columns = pq.read_schema(path).names
            require_columns(path, columns, REQUIRED)
            table = pd.read_parquet(path, columns=[name for name in (*REQUIRED, *OPTIONAL) if name in columns])
        else:
            with open_bytes(path) as raw:
                header = raw.readline().decode("utf-8", errors="replace")
            separator = "\t" if "\t" in header else ","
            require_columns(path, [name.strip('"\r\n \ufeff') for name in header.split(separator)], REQUIRED)
            with open_bytes(path) as raw:
                table = pd.read_csv(
                    raw, sep=separator, usecols=lambda name: name in (*REQUIRED, *OPTIONAL), low_memory=False
                )
        table["raw_score"] = pd.to_numeric(table["raw_score"], errors="raise")
    except (ValueError, OSError, pd.errors.ParserError, *DAMAGED) as error:
        raise UserError(
            f"{path} cannot be read as a table of AlphaGenome's variant scores: {str(error).splitlines()[0]}"
        ) from None
    for name in OPTIONAL:
        if name not in table:
            table[name] = None
    return table


def _one_spelling(variant: str) -> str:
    """chr22:100:A>C and 22:100:A>C are one variant; what is no variant stays."""
    try:
        return parse_variant(variant).identifier
    except ValueError:
        return variant


def _track_names(rows: pd.DataFrame) -> "pd.Series[str]":
    names = rows["output_type"].astype(str) + " " + rows["track_name"].astype(str)
    strand = rows["track_strand"].where(rows["track_strand"].isin(["+", "-"]))
    names = names.where(strand.isna(), names + " " + strand.astype(str))
    scorers = rows["variant_scorer"].fillna("").astype(str)
    several = scorers.groupby(names).transform("nunique") > 1
    return names.where(~several, names + " " + scorers)
