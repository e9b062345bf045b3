"""Every notation and file kind gives the same records."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.genome.variants import Variant, parse_variant, split_notation
from tcra.errors import UserError
from tcra.variants.reading.variant_records import read_variant_records

VCF = """##fileformat=VCFv4.2
##contig=<ID=chr1,length=1000>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1
chr1\t10\trs1\tA\tC,<DEL>,*\t.\t.\t.\tGT\t0|1
chr1\t20\tesv2;rs3\tAT\tA\t.\t.\t.\tGT\t0|0
chr1\t30\t.\tg\t.\t.\t.\t.\tGT\t0|0
"""


def cells(path: Path) -> list[tuple[str, int, str, str, str]]:
    return [record[:5] for record in read_variant_records(path)]


@pytest.mark.parametrize("packed", [False, True])
def test_vcf(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "a.txt"  # told by content, not by name
    path.write_bytes(gzip.compress(VCF.encode()) if packed else VCF.encode())
    assert cells(path) == [
        ("chr1", 9, "A", "C", "rs1"),
        ("chr1", 9, "A", "<DEL>", "rs1"),
        ("chr1", 9, "A", "*", "rs1"),
        ("chr1", 19, "AT", "A", "rs3"),
        ("chr1", 29, "g", "", ""),
    ]
    assert [record.where for record in read_variant_records(path)][-1] == "a.txt line 7"


def test_bcf(tmp_path: Path) -> None:
    import cyvcf2

    (tmp_path / "a.vcf").write_text(VCF)
    reader = cyvcf2.VCF(str(tmp_path / "a.vcf"))
    writer = cyvcf2.Writer(str(tmp_path / "a.bcf"), reader, mode="wb")
    for record in reader:
        writer.write_record(record)
    writer.close()
    reader.close()
    assert cells(tmp_path / "a.bcf") == cells(tmp_path / "a.vcf")


@pytest.mark.parametrize(
    "line",
    [
        "1_10_A_C",
        "chr1_10_a_c",
        "1:10:A:C",
        "chr1:10:A:C",
        "chr1_10_A_C_b38",
        "1:10:A>C",
        "chr1:10:A/C",
        "1_10_A_C rs5",
    ],
)
def test_notations(tmp_path: Path, line: str) -> None:
    path = tmp_path / "v.txt"
    path.write_text(f"# comment\n\n{line}\n")
    ((chrom, start, ref, alt, rsid),) = cells(path)
    assert chrom.removeprefix("chr") == "1" and (start, ref, alt) == (9, "A", "C")
    assert rsid == ("rs5" if "rs5" in line else "")


def test_contig_names_may_hold_underscores() -> None:
    assert split_notation("chr1_KI270706v1_random_1234_A_G") == ("chr1_KI270706v1_random", 1233, "A", "G")
    assert split_notation("HLA-DRB1:7:A:<DEL>") == ("HLA-DRB1", 6, "A", "<DEL>")


def test_table(tmp_path: Path) -> None:
    path = tmp_path / "shard.tsv"
    path.write_text("variant_id\tchrom\tpos\tref\talt\trsid\n1_10_A_C\t1\t10\tA\tC\trs7\n1_11_A_C\t1\t11\tA\tC\t\n")
    assert cells(path) == [("1", 9, "A", "C", "rs7"), ("1", 10, "A", "C", "")]


@given(
    st.sampled_from(["1", "22", "X", "GL000191.1"]),
    st.integers(0, 10**9),
    st.text("ACGTN", min_size=1, max_size=9),
    st.text("ACGTN", min_size=1, max_size=9),
)
def test_identifier_reads_back(chrom: str, start: int, ref: str, alt: str) -> None:
    variant = Variant(chrom, start, ref, alt)
    assert parse_variant(variant.identifier) == variant


def test_vcf_that_an_editor_on_windows_wrote(tmp_path: Path) -> None:
    path = tmp_path / "v.vcf"
    path.write_text("\ufeff##fileformat=VCFv4.2\r\n#CHROM\tPOS\tID\tREF\tALT\r\n1\t10\t.\tA\tC\r\n", encoding="utf-8")
    assert [record[:4] for record in read_variant_records(path)] == [("1", 9, "A", "C")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1_10_A_C\n1 10 A C\n", "line 2: '1' is not a variant"),
        ("1_0_A_C\n", "line 1: position 0"),
        ("chrom\tpos\tref\talt\n1\tten\tA\tC\n", "line 2: pos is 'ten'"),
        ("chrom\tpos\tref\talt\n1\t10\tA\n", "line 2: 3 cells, but the header has 4"),
        (
            "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\tx\t.\tA\tC\t.\t.\t.\n",
            "line 3: expected CHROM, POS, ID, REF and ALT",
        ),
        ("##fileformat=VCFv4.2\n1\t5\n", "line 2: expected CHROM"),
        ("##fileformat=VCFv4.2\n1\t²\t.\tA\tC\t.\t.\t.\n", "line 2: expected CHROM"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(UserError, match=r"bad\.txt") as error:
        list(read_variant_records(path))
    assert expected in str(error.value)
