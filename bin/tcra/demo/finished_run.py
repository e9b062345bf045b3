"""A finished run of the demo: its tables, read and checked, beside what was planted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tcra.common.files import open_text
from tcra.common.tables import require_columns
from tcra.errors import UserError


@dataclass(frozen=True)
class RunFiles:
    """Files of a finished run. The tables of a tissue are given by its name; associations and over_tissues are of all tissues."""

    planted: Path
    track_correlations: Mapping[str, Path]
    ranking: Mapping[str, Path]
    model_summaries: Mapping[str, Path]
    associations: Path
    over_tissues: Path

    def paths(self) -> Iterator[Path]:
        """All files, tissue by tissue."""
        yield self.planted
        for tables in (self.track_correlations, self.ranking, self.model_summaries):
            yield from (tables[tissue] for tissue in sorted(tables))
        yield from (self.associations, self.over_tissues)


@dataclass(frozen=True)
class TissueTables:
    """The tables of one tissue: correlation of every track, ranked variants, gene models of all SNP sets."""

    tracks: pd.DataFrame
    ranking: pd.DataFrame
    models: pd.DataFrame


@dataclass(frozen=True)
class FinishedRun:
    """What was planted; the tables by tissue; associations of all tissues; each gene tested over its tissues."""

    planted: dict[str, Any]
    tissues: dict[str, TissueTables]
    associations: pd.DataFrame
    over_tissues: pd.DataFrame


def read_run(files: RunFiles) -> FinishedRun:
    """Read and check the files. Errors: UserError naming a file that is not what it should be, or a tissue whose table is not given."""
    planted = read_planted(files.planted)
    given = {
        "--track-correlations": files.track_correlations,
        "--ranking": files.ranking,
        "--model-summaries": files.model_summaries,
    }
    for flag, tables in given.items():
        if set(tables) != set(planted["tissues"]):
            raise UserError(
                f"{flag} is given for {', '.join(sorted(tables)) or 'no tissue'}, but {files.planted} has the tissues "
                f"{', '.join(sorted(planted['tissues']))}; give one TISSUE=FILE for each"
            )
    return FinishedRun(
        planted,
        {
            tissue: TissueTables(
                _parquet(files.track_correlations[tissue], ["split", "track", "pearson"]),
                _parquet(files.ranking[tissue], ["variant_id", "mean_abs", "rank"]),
                read_model_summaries(files.model_summaries[tissue]),
            )
            for tissue in planted["tissues"]
        },
        read_tests(files.associations, "tissue"),
        read_tests(files.over_tissues, "best"),
    )


def read_planted(path: Path) -> dict[str, Any]:
    """What was planted. Errors: UserError if it is not `planted.json` of a cohort of several tissues."""
    try:
        with open_text(path) as text:
            planted: dict[str, Any] = json.load(text)
        (planted["tissues"].keys(), planted["negative_control"], planted["genes"], planted["set_sizes"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is not make_demo.py's planted.json ({error})") from None
    return planted


def read_model_summaries(path: Path) -> pd.DataFrame:
    """Gene models of all SNP sets of one tissue (`model_summaries.tsv`)."""
    return _tsv(path, ["gene_id", "snp_set", "n_snps_in_model", "pred_perf_R2", "rho_avg", "rho_pval"])


def read_tests(path: Path, tissue_column: str) -> pd.DataFrame:
    """Tested genes of all SNP sets; `tissue_column` is where the table names a tissue."""
    return _tsv(path, ["trait", "snp_set", "gene", tissue_column, "fdr"])


def _parquet(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise UserError(f"{path} is not a Parquet file ({' '.join(str(error).split())[:120]})") from None
    require_columns(path, table.columns, columns)
    return table


def _tsv(path: Path, columns: list[str]) -> pd.DataFrame:
    with open_text(path) as text:
        table = pd.read_csv(text, sep="\t", dtype={"snp_set": str, "gene": str, "gene_id": str})
    require_columns(path, table.columns, columns)
    return table
