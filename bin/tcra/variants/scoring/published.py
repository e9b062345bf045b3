"""Precomputed scores in HDF5: the published Enformer scores of 1000 Genomes variants, and those of Borzoi's scripts.

Datasets: chr, pos (1-based), ref, alt, snp (variants,); SAD (variants, tracks) float16; target_ids, target_labels (tracks,). Borzoi's
`borzoi_sad.py` and baskerville's `hound_snp.py` call the alleles ref_allele and alt_allele, and write one or several statistics, each with
its percentiles (SAD_pct) beside it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Count
from tcra.common.genome.chromosomes import mixed_names, plain_name, sort_key
from tcra.errors import UserError
from tcra.variants.reading.checked_variants import DUPLICATE, MISSING_ALLELE, MISSING_LETTERS, NO_CHANGE, OTHER_LETTERS
from tcra.variants.tables.chromosome_variants import ChromosomeVariants
from tcra.variants.tables.rs_numbers import first_rs_number

BLOCK_BYTES = 64 << 20  # of float32 scores held at once
NOT_FINITE = "score is not finite"
USUAL_STATISTIC = "SAD"
PERCENTILES = "_pct"
ALLELE_DATASETS = {"ref": ("ref", "ref_allele"), "alt": ("alt", "alt_allele")}


class PublishedScores:
    """One HDF5 file, its variants sorted and its scores read in blocks; only tracks with `label` in their label, if it is given.

    Errors: UserError for a file that is not HDF5 or lacks a dataset, and for datasets of different lengths.
    """

    def __init__(self, path: Path, label: str = "", statistic: str = "") -> None:
        self.path = path
        try:
            self._file = h5py.File(path)
        except OSError as error:
            raise UserError(
                f"{path} cannot be read as HDF5 ({error}); expected the published Enformer scores"
            ) from None
        try:
            self._open(label, statistic)
        except (OSError, RuntimeError, KeyError, ValueError) as error:  # whichever h5py raises for damaged bytes
            raise UserError(f"{path} is damaged ({error}); copy or download it again") from None

    def _open(self, label: str, statistic: str) -> None:
        path = self.path
        if "gene" in self._file:
            raise UserError(
                f"{path} has scores of genes (as borzoi_sed.py and hound_snpgene.py write them), which are not of the variant alone; "
                "expected those of borzoi_sad.py or hound_snp.py"
            )
        chrom, position, ids = self._dataset("chr"), self._dataset("pos"), self._dataset("target_ids")
        ref, alt = (self._dataset(*names) for names in ALLELE_DATASETS.values())
        self.statistic = self._choose(statistic)
        self._scores = self._file[self.statistic]
        variants, tracks = self._scores.shape
        for dataset, expected in (
            (chrom, variants),
            (position, variants),
            (ref, variants),
            (alt, variants),
            (ids, tracks),
        ):
            if len(dataset) != expected:
                name = dataset.name.lstrip("/")
                raise UserError(
                    f"{path}: {name} has {len(dataset)} entries, but {self.statistic} is {variants} × {tracks}"
                )
        self.chroms = decoded(chrom)
        if fault := mixed_names(set(self.chroms)):
            raise UserError(f"{path}: {fault}; give each chromosome one name")
        self.positions = np.asarray(position, np.int64)
        self.refs, self.alts = decoded(ref), decoded(alt)
        names = decoded(self._file["snp"]) if "snp" in self._file else []
        self.rsids = [first_rs_number(name) for name in names] if len(names) == variants else [""] * variants
        names = unique_names(decoded(ids))
        self._columns = np.arange(tracks)
        if label:
            labels = decoded(self._file["target_labels"]) if "target_labels" in self._file else []
            self._columns = np.array([i for i, text in enumerate(labels) if label in text], np.int64)
            if not len(self._columns):
                example = f", such as {labels[0]!r}" if labels else " (it has no target_labels)"
                raise UserError(f"{path}: no track has {label!r} in its label{example}; choose another --label")
        self.tracks = [names[i] for i in self._columns]

    def _dataset(self, *names: str) -> h5py.Dataset:
        found = next((name for name in names if name in self._file), None)
        if found is None:
            raise UserError(
                f"{self.path} has no dataset {names[0]} (it has {', '.join(sorted(self._file))}); expected the published Enformer scores, "
                "or the HDF5 of borzoi_sad.py or hound_snp.py"
            )
        return self._file[found]

    def _choose(self, statistic: str) -> str:
        """The dataset with the scores: the one asked for, else SAD, else the only one that has variants × tracks."""
        there = [
            name
            for name, dataset in self._file.items()
            if isinstance(dataset, h5py.Dataset)
            and dataset.ndim == 2
            and dataset.dtype.kind == "f"
            and not name.endswith(PERCENTILES)
        ]
        if not statistic and (USUAL_STATISTIC in there or len(there) == 1):
            return USUAL_STATISTIC if USUAL_STATISTIC in there else there[0]
        if statistic in there:
            return statistic
        wanted = (
            f"no statistic {statistic}" if statistic else "several statistics and no SAD" if there else "no dataset SAD"
        )
        known = (
            f"choose one of {', '.join(sorted(there))} by --statistic"
            if there
            else "expected scores of variants × tracks"
        )
        raise UserError(f"{self.path} has {wanted} (it has {', '.join(sorted(self._file))}); {known}")

    def close(self) -> None:
        self._file.close()

    def rows(self, count: Count) -> Iterator[tuple[ChromosomeVariants, NDArray[np.float32]]]:
        """Variants and scores in the table's order, in blocks; others are rejected in `count`."""
        order = sorted(range(len(self.chroms)), key=self._key)
        count.received(len(order))
        block = max(1, BLOCK_BYTES // (4 * self._scores.shape[1]))
        before: tuple[object, ...] = ()
        for first in range(0, len(order), block):
            kept = []
            for row in order[first : first + block]:
                reason = self._why_not(row, before)
                before = self._key(row)
                if reason:
                    count.reject(reason, self._name(row), f"{self.path.name} record {row + 1}")
                else:
                    kept.append(row)
            yield from self._read(kept, count)

    def _read(self, rows: list[int], count: Count) -> Iterator[tuple[ChromosomeVariants, NDArray[np.float32]]]:
        """Blocks of one chromosome each, of the rows whose scores are finite."""
        if not rows:
            return
        ascending = np.sort(rows)
        # Files are nearly sorted: one contiguous read, then the rows in their order.
        low = int(ascending[0])
        contiguous = int(ascending[-1]) - low < 2 * len(rows)
        try:
            raw = self._scores[low : int(ascending[-1]) + 1] if contiguous else self._scores[ascending]
        except (OSError, RuntimeError) as error:
            raise UserError(f"{self.path} is damaged ({error}); copy or download it again") from None
        places = np.array(rows) - low if contiguous else np.searchsorted(ascending, rows)
        scores = raw[places][:, self._columns].astype(np.float32)
        finite = np.isfinite(scores).all(axis=1)
        for i in np.flatnonzero(~finite):
            count.reject(NOT_FINITE, self._name(rows[i]), f"{self.path.name} record {rows[i] + 1}")
        for chrom in dict.fromkeys(self.chroms[row] for row in rows):
            chosen = [i for i, row in enumerate(rows) if self.chroms[row] == chrom and finite[i]]
            starts = self.positions[[rows[i] for i in chosen]] - 1
            refs, alts = ([letters[rows[i]].upper() for i in chosen] for letters in (self.refs, self.alts))
            rsids = [self.rsids[rows[i]] for i in chosen]
            count.passed(len(chosen))
            yield ChromosomeVariants(chrom, starts, refs, alts, rsids), scores[chosen]

    def _key(self, row: int) -> tuple[object, ...]:
        return sort_key(self.chroms[row]), int(self.positions[row]), self.refs[row].upper(), self.alts[row].upper()

    def _name(self, row: int) -> str:
        return f"{plain_name(self.chroms[row])}_{self.positions[row]}_{self.refs[row]}_{self.alts[row]}"

    def _why_not(self, row: int, before: tuple[object, ...]) -> str:
        ref, alt = self.refs[row].upper(), self.alts[row].upper()
        if {ref, alt} & set(MISSING_LETTERS):
            return MISSING_ALLELE
        if not ref or not alt or set(ref + alt) - set("ACGTN"):
            return OTHER_LETTERS
        if ref == alt:
            return NO_CHANGE
        return DUPLICATE if self._key(row) == before else ""


def check_files(files: Sequence[PublishedScores]) -> None:
    """UserError unless all files have the same tracks and no chromosome in common."""
    home: dict[str, Path] = {}
    for file in files:
        if file.tracks != files[0].tracks:
            raise UserError(f"{file.path} has other tracks than {files[0].path}; convert files of one model together")
        for chrom in {plain_name(chrom) for chrom in file.chroms}:
            if chrom in home:
                raise UserError(
                    f"{file.path} and {home[chrom]} both have chromosome {chrom}; give each chromosome once"
                )
            home[chrom] = file.path


def decoded(dataset: h5py.Dataset) -> list[str]:
    """The strings of a dataset of bytes or text."""
    return [value.decode() if isinstance(value, bytes) else str(value) for value in dataset[:].tolist()]


def unique_names(names: Sequence[str]) -> list[str]:
    """Track ids, with `.N` (the track's index) after those that are repeated, as some are in the published list."""
    repeated = {name for name, number in Counter(names).items() if number > 1}
    return [f"{name}.{i}" if name in repeated else name for i, name in enumerate(names)]
