"""Chromosome names, FASTA, BED, interval look-ups, letters."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.genome.chromosomes import ChromosomeNames, mixed_names, naming_hint, plain_name, sort_key
from tcra.common.genome.fasta import Genome, write_index
from tcra.common.genome.intervals import Interval, IntervalIndex, read_bed
from tcra.common.genome.one_hot import complement, one_hot, reverse_complement
from tcra.errors import UserError


def test_plain_names() -> None:
    spelled = [
        "chr1",
        "1",
        "CHR7",
        "chrX",
        "x",
        "23",
        "chr24",
        "25",
        "26",
        "chrM",
        "MT",
        "chrMT",
        "chrUn_GL000220v1",
        "HLA-A",
    ]
    plain = ["1", "1", "7", "X", "X", "X", "Y", "X", "M", "M", "M", "M", "chrUn_GL000220v1", "HLA-A"]
    assert [plain_name(name) for name in spelled] == plain


@pytest.mark.parametrize(
    "name",
    [
        "0X",
        "XY",
        "chrXY",
        "X_PAR1",
        "X_nonPAR",
        "chrX.nonPAR",
        "PAR",
        "PAR2",
        "X_par2",
        "chromosomeX",
        "chr_23",
        "NC_000023.10",
    ],
)
def test_names_of_x_and_of_its_parts(name: str) -> None:
    assert plain_name(name) == "X" and not mixed_names([name, "PAR1", "25"])


@pytest.mark.parametrize(("number", "letter"), [("23", "X"), ("chr_23", "chrX"), ("24.0", "0Y"), ("26", "MT")])
def test_a_number_and_a_letter_of_one_chromosome(number: str, letter: str) -> None:
    assert mixed_names(["1", number, letter]).startswith(f"chromosomes {number} and {letter} both mean ")


def test_contigs_keep_their_names() -> None:
    names = ["chrUn_KI270302v1", "chrPt", "chrEBV", "CM000663.2", "XLOC_1", "MTHFR", "PARP1"]
    assert [plain_name(name) for name in names] == names


def test_natural_order() -> None:
    names = ["chr10", "chrM", "chr2", "X", "chrUn_1", "1", "Y", "22"]
    assert sorted(names, key=sort_key) == ["1", "chr2", "chr10", "22", "X", "Y", "chrM", "chrUn_1"]


def test_a_chromosome_is_found_under_any_name() -> None:
    names = ChromosomeNames({"chr1": 5, "chrX": 6, "chrM": 7, "MT": 8})
    assert [names.find(name) for name in ("1", "chr1", "23", "MT", "M", "2")] == [
        "chr1",
        "chr1",
        "chrX",
        "MT",
        "chrM",
        None,
    ]


def test_hint_for_names_that_differ_by_chr_alone() -> None:
    assert (
        naming_hint(["1"], ["chr1", "chr2"])
        == "it has chr1 where 1 was expected: one side uses 'chr' and the other does not"
    )
    assert naming_hint(["zz"], ["a", "b"]) == "its chromosomes are a, b"
    assert naming_hint(["zz"], []) == "it has no chromosomes"


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    path.write_text(">chr1 first\nacgtN\nACGTR\nAC\n>chr2\nTTTTT\nGG\n")
    return path


def test_sequence_is_upper_case_and_padded_off_the_ends(fasta: Path) -> None:
    with Genome(fasta) as genome:
        assert genome.lengths == {"chr1": 12, "chr2": 7}
        assert genome.sequence("1", 0, 12) == "ACGTNACGTRAC"
        assert genome.sequence("chr1", -3, 2) == "NNNAC"
        assert genome.sequence("chr1", 10, 15) == "ACNNN"
        assert genome.sequence("chr2", -2, 9) == "NNTTTTTGGNN"
        assert genome.sequence("chr2", 50, 53) == "NNN"
        assert genome.sequence("chr2", -5, -2) == "NNN"
        with pytest.raises(UserError, match="has no chromosome 3"):
            genome.sequence("3", 0, 1)
    assert [path.name for path in fasta.parent.iterdir()] == ["genome.fa"]  # nothing is left beside it


def test_fresh_index_is_used_and_a_stale_one_is_not(fasta: Path) -> None:
    write_index(fasta)
    index = Path(f"{fasta}.fai")
    assert index.read_text().splitlines() == ["chr1\t12\t12\t5\t6", "chr2\t7\t33\t5\t6"]
    index.write_text(index.read_text().replace("chr2", "chrB"))
    with pytest.raises(UserError, match=r"genome\.fa has another line than chrB's before byte 33"):
        Genome(fasta)
    os.utime(index, (0, 0))
    with Genome(fasta) as genome:
        assert list(genome.lengths) == ["chr1", "chr2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x1f\x8b\x08", "gunzip it, or compress it with bgzip"),
        (b"chr1 ACGT", "does not start with '>'"),
        (b">a\nAC\nACGT\nAC\n", "cannot be indexed"),
        (b">a\nAC\n>a\nAC\n", "cannot be indexed"),
    ],
)
def test_bad_fasta(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.fa"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        Genome(path)
    assert "bad.fa" in str(error.value)


def test_damaged_index(fasta: Path) -> None:
    Path(f"{fasta}.fai").write_text("chr1\tmany\n")
    with pytest.raises(UserError, match=r"genome\.fa\.fai is no FASTA index; remove it"):
        Genome(fasta)


@pytest.mark.parametrize("bytes_left", [14, 30, 40])
def test_fasta_that_ends_before_its_index_does(fasta: Path, bytes_left: int) -> None:
    write_index(fasta)
    fasta.write_bytes(fasta.read_bytes()[:bytes_left])
    os.utime(fasta, (0, 0))
    with pytest.raises(
        UserError, match=r"genome\.fa (ends within|has lines of another length|has another line) .*genome\.fa\.fai"
    ):
        Genome(fasta)


def bed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x.bed"
    path.write_text(text)
    return path


def test_bed_with_everything_around_the_intervals(tmp_path: Path) -> None:
    path = bed(tmp_path, "browser hide all\ntrack name=x\n# c\nchrom\tstart\tend\n\nchr2\t5\t9\tTss A\t0\nchr1 0 3 b\n")
    assert read_bed(path) == [Interval("chr2", 5, 9, "Tss A"), Interval("chr1", 0, 3, "b")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t5\n", "line 1: expected chromosome, start and end"),
        ("chr1\t5\t9\nchr1\tx\t9\n", "line 2"),
        ("chrom\tstart\tend\nchr1\tfive\t9\n", "line 2"),  # one header line, no more
        (
            "chr1\t1e+05\t100128\nchr1\t5\t9\n",
            r"line 1: start and end are '1e\+05' and '100128', expected whole numbers",
        ),
        ("chr1\tx\t9\nchr1\t5\t9\n", "line 1: start and end are 'x' and '9'"),
        ("chr1\t9\t5\n", "line 1: chr1:9-5: expected 0 <= start < end"),
        ("chr1\t-1\t5\n", "line 1"),
        ("track x\n", "has no intervals"),
    ],
)
def test_bad_bed(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_bed(bed(tmp_path, text))


INTERVALS = st.lists(
    st.tuples(st.sampled_from(["chr1", "1", "X", "23", "chrM"]), st.integers(0, 60), st.integers(1, 30)),
    min_size=1,
    max_size=25,
)


@given(INTERVALS)
def test_look_ups_are_those_of_a_plain_loop(spans: list[tuple[str, int, int]]) -> None:
    """Overlapping, nested, repeated and unsorted intervals, chromosomes under several names."""
    intervals = [Interval(chrom, start, start + length) for chrom, start, length in spans]
    index = IntervalIndex(intervals)
    positions = np.arange(100)
    for chrom in ("1", "chr1", "X", "MT", "2"):
        mine = [i for i in intervals if plain_name(i.chrom) == plain_name(chrom)]
        expected = [any(i.start <= position < i.end for i in mine) for position in positions]
        assert index.contains(chrom, positions).tolist() == expected
        assert index.covered.get(plain_name(chrom), 0) == sum(expected)
        assert index.contains(chrom, positions[:0]).shape == (0,)


def test_letters() -> None:
    assert one_hot("ACGTNacgtR").argmax(1).tolist() == [0, 1, 2, 3, 0, 0, 1, 2, 3, 0]
    assert one_hot("NR").sum() == 0
    assert complement("ACGTN") == "TGCAN"
    assert reverse_complement("AACGN") == "NCGTT"
