"""SNPs of windows: matching, filters, streaming, accounting."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.accounting import Accounting
from tcra.errors import UserError
from tcra.expression.gene_windows import SnpFilter, WindowReader, merge
from tcra.expression.genotypes.record import GenotypeRecord, Region
from tcra.expression.snp_sets import RankedChromosome

N = 10


@dataclass
class Fake:
    """A genotype file in memory."""

    all_records: list[GenotypeRecord]
    path: Path = Path("fake.vcf")
    samples: list[str] = field(default_factory=lambda: [f"s{i}" for i in range(N)])
    chromosomes: list[str] = field(default_factory=lambda: ["chr1"])
    named_chromosomes: list[str] = field(default_factory=list)
    one_chromosome: str = ""
    covers_regions: bool = False

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        self.covers_regions = bool(self.all_records)
        yield from (r for r in self.all_records if r.position in positions)


def snp_set(variants: list[tuple[int, str, str]]) -> RankedChromosome:
    names = [f"1_{p}_{r}_{a}" for p, r, a in variants]
    positions = np.array([p for p, _, _ in variants], np.int64)
    ranks = np.arange(1, len(variants) + 1)
    return RankedChromosome(
        "1", positions, ranks, names, [r for _, r, _ in variants], [a for _, _, a in variants], [""] * len(variants)
    )


def read(
    records: list[GenotypeRecord] | list[Fake], snps: RankedChromosome, regions: list[Region], **limits: object
) -> tuple[dict, dict, WindowReader]:
    accounting = Accounting("TEST")
    files = [Fake([r for r in records if isinstance(r, GenotypeRecord)])]
    files = [file for file in records if isinstance(file, Fake)] or files
    reader = WindowReader(files, files[0].samples, snps, SnpFilter(**limits), accounting)  # type: ignore[arg-type]
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


SPREAD = [(10, "A", "G"), (20, "C", "T"), (30, "A", "G"), (40, "A", "T")]


def records_at(*positions: int) -> list[GenotypeRecord]:
    return [GenotypeRecord(p, r, a, f"rs{p}", common(p)) for p, r, a in SPREAD if p in positions]


def test_a_chromosome_in_several_files_is_read_as_one() -> None:
    """The second file repeats a record of the first, as chunks with an overlap do."""
    whole, counts, _ = read(records_at(10, 20, 30, 40), snp_set(SPREAD), [(1, 25), (15, 50)])
    parts, of_parts, _ = read(
        [Fake(records_at(30, 40)), Fake(records_at(10, 20, 30))], snp_set(SPREAD), [(1, 25), (15, 50)]
    )
    assert parts[1].names == ["rs20", "rs30", "rs40"]
    for index, window in whole.items():
        assert parts[index].names == window.names and (parts[index].dosages == window.dosages).all()
    assert of_parts["SNPs in the windows"] == counts["SNPs in the windows"]
    assert of_parts["genotype records at the SNPs"]["rejected"] == {"repeats an earlier record": 1}


def test_every_file_that_may_have_the_chromosome_is_read() -> None:
    """Also one of which nothing is known; not one that is known to have others."""
    unknown, of_two = Fake(records_at(10), chromosomes=[]), Fake(records_at(20), chromosomes=["chr2", "chr1"])
    other = Fake(records_at(30), chromosomes=["chr2"])
    found, _, _ = read([unknown, other, of_two], snp_set(SPREAD), [(1, 50)])
    assert found[0].names == ["rs10", "rs20"]


def turned(records: list[GenotypeRecord], positions: set[int]) -> list[GenotypeRecord]:
    """The same with the other strand's letters at some positions."""
    other = str.maketrans("ACGT", "TGCA")
    return [
        GenotypeRecord(r.position, r.ref.translate(other), r.alt.translate(other), r.name, r.dosages)
        if r.position in positions
        else r
        for r in records
    ]


@pytest.mark.parametrize("strand", [{10, 20, 30, 40}, {10, 20}])
def test_alleles_of_the_other_strand_are_refused(strand: set[int]) -> None:
    """A/T says nothing; of three others at least two are on the other strand."""
    with pytest.raises(
        UserError, match=r"fake\.vcf: [23] of 3 records on chromosome 1 have the alleles of the other strand"
    ):
        read(turned(records_at(10, 20, 30, 40), strand), snp_set(SPREAD), [(1, 50)])


def test_one_odd_record_of_many_is_rejected_alone() -> None:
    variants = [(p, "A", "G") for p in range(1, 200)]
    records = [GenotypeRecord(p, "A", "G", "", common(p)) for p, _, _ in variants]
    windows, counts, _ = read(turned(records, {7}), snp_set(variants), [(1, 300)])
    assert len(windows[0].names) == 198
    assert counts["genotype records at the SNPs"]["rejected"] == {"alleles of the other strand": 1}
    with pytest.raises(UserError, match="3 of 199 records"):
        read(turned(records, {7, 8, 9}), snp_set(variants), [(1, 300)])


def test_another_allele_of_a_site_is_no_strand() -> None:
    """A>C where the set has A>G."""
    windows, counts, _ = read([GenotypeRecord(10, "A", "C", "", common())], snp_set(SPREAD), [(1, 50)])
    assert not windows[0].names
    assert counts["genotype records at the SNPs"]["rejected"] == {"alleles of no SNP in the set": 1}
