"""SNPs of windows: matching, filters, streaming, accounting."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.accounting import Accounting
from tcra.expression.gene_windows import SnpFilter, WindowReader, merge
from tcra.expression.genotypes.record import GenotypeRecord, Region
from tcra.expression.snp_sets import SnpSet

N = 10


@dataclass
class Fake:
    """A genotype file in memory."""

    all_records: list[GenotypeRecord]
    path: Path = Path("fake.vcf")
    samples: list[str] = field(default_factory=lambda: [f"s{i}" for i in range(N)])
    chromosomes: list[str] = field(default_factory=lambda: ["chr1"])
    first_chromosome: str = "chr1"
    covers_regions: bool = True

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        yield from (r for r in self.all_records if r.position in positions)


def snp_set(variants: list[tuple[int, str, str]]) -> SnpSet:
    names = [f"1_{p}_{r}_{a}" for p, r, a in variants]
    positions = np.array([p for p, _, _ in variants], np.int64)
    ranks = np.arange(1, len(variants) + 1)
    return SnpSet(
        "1", positions, ranks, names, [r for _, r, _ in variants], [a for _, _, a in variants], [""] * len(variants)
    )


def read(
    records: list[GenotypeRecord], snps: SnpSet, regions: list[Region], **limits: object
) -> tuple[dict, dict, WindowReader]:
    accounting = Accounting("TEST")
    file = Fake(records)
    reader = WindowReader([file], file.samples, snps, SnpFilter(**limits), accounting)  # type: ignore[arg-type]
    windows = dict(reader.windows(regions))
    return windows, {unit: count.balance() for unit, count in accounting.counts.items()}, reader


def common(random_seed: int = 0) -> np.ndarray:
    return np.array([0, 1, 2, 1, 0, 1, 0, 2, 1, 0], np.int8)


def test_swapped_alleles_count_the_sets_alternate_allele() -> None:
    windows, counts, _ = read([GenotypeRecord(10, "G", "A", "rs1", common())], snp_set([(10, "A", "G")]), [(1, 20)])
    assert (windows[0].dosages[:, 0] == 2 - common()).all()
    assert counts["SNPs with ref and alt the other way round in the genotypes"]["out"] == 1


def test_every_snp_is_accounted_for() -> None:
    rare, gap = np.zeros(N, np.int8), common()
    gap[3] = -1
    records = [
        GenotypeRecord(10, "A", "G", "", common()), GenotypeRecord(10, "A", "G", "", common()), GenotypeRecord(10, "A", "T", "", common()),
        GenotypeRecord(20, "A", "G", "", rare), GenotypeRecord(30, "A", "G", "", gap), GenotypeRecord(40, "C", "G", "", common()),
    ]  # fmt: skip
    snps = snp_set([(p, "A", "G") for p in (10, 20, 30, 40, 50, 99)])
    windows, counts, _ = read(records, snps, [(1, 60)])
    assert windows[0].rows.tolist() == [0]
    assert counts["SNPs in the windows"]["rejected"] == {
        "minor allele frequency too low": 1, "missing calls": 1, "other alleles in the genotypes": 1, "not in the genotypes": 1,
    }  # fmt: skip
    assert counts["genotype records at the SNPs"]["rejected"] == {
        "repeats an earlier record": 1,
        "alleles of no SNP in the set": 2,
    }


def test_mean_imputation() -> None:
    gap = common()
    gap[[0, 3]] = -1
    windows, _, _ = read([GenotypeRecord(10, "A", "G", "", gap)], snp_set([(10, "A", "G")]), [(1, 20)], impute=True)
    dosages = windows[0].dosages[:, 0]
    mean = common()[[1, 2, 4, 5, 6, 7, 8, 9]].mean()
    assert dosages.dtype == np.float32
    assert np.allclose(dosages[[0, 3]], mean) and (dosages[4:] == common()[4:]).all()


def test_maf_bounds_are_inclusive() -> None:
    edge = np.zeros(N, np.int8)
    edge[0] = 1  # frequency 0.05
    windows, _, _ = read([GenotypeRecord(10, "A", "G", "", edge)], snp_set([(10, "A", "G")]), [(1, 20)])
    assert windows[0].dosages.shape == (N, 1)


@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(0, 80)), min_size=1, max_size=12),
    st.sets(st.integers(1, 400), max_size=60),
)
def test_streaming_gives_every_window_its_snps(starts: list[tuple[int, int]], positions: set[int]) -> None:
    regions = [(first, first + length) for first, length in starts]
    snps = snp_set([(p, "A", "G") for p in sorted(positions)])
    windows, _, reader = read([GenotypeRecord(p, "A", "G", "", common()) for p in sorted(positions)], snps, regions)
    assert len(windows) == len(regions)
    for index, (first, last) in enumerate(regions):
        assert snps.position[windows[index].rows].tolist() == [p for p in sorted(positions) if first <= p <= last]
    assert reader.sites.number_in == sum(any(a <= p <= b for a, b in regions) for p in positions)


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 30)), max_size=10))
def test_merged_regions_are_disjoint_and_cover_the_same(starts: list[tuple[int, int]]) -> None:
    regions = [(first, first + length) for first, length in starts]
    merged = merge(regions)
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(merged))
    cover = {p for first, last in regions for p in range(first, last + 1)}
    assert {p for first, last in merged for p in range(first, last + 1)} == cover
