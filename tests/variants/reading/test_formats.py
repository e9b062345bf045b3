"""Variant files as the world writes them: notations, tables, PLINK 2's files, bytes that are no UTF-8; read right or refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tcra.common.accounting import Accounting
from tcra.common.genome.fasta import Genome
from tcra.errors import UserError
from tcra.variants.reading.checked_variants import MISSING_ALLELE, CheckedVariants
from tcra.variants.reading.variant_records import read_variant_records

GENOME = "ACGTTGCATCGGATTACAGCAACGTTGCATCGGATTACAGCAACGTTGCATCGGATTACAGCA"  # 63 bp


def read(path: Path) -> list[tuple[str, int, str, str, str]]:
    return [tuple(record)[:5] for record in read_variant_records(path)]


@pytest.mark.parametrize(
    "text",
    [
        "1-1100-T-G",
        "chr1-1100-T-G",
        "chr1:1100:T:G",
        "chr1_1100_T_G_b38",
        "1:1100:T>G",
        "1:1100_T/G",
        "NC_000001.11:1099:T:G",
        "NC_000001.10:g.1100T>G",
        '"1_1100_t_g"',
        "1_1100_T_G,rs5",
    ],
)
def test_one_variant_in_every_notation(tmp_path: Path, text: str) -> None:
    path = tmp_path / "v.txt"
    path.write_text(f"# a comment\n\n{text}\n")
    ((chrom, start, ref, alt, rsid),) = read(path)
    assert (start, ref, alt, rsid) == (1099, "T", "G", "rs5" if "rs5" in text else "")
    assert chrom in ("1", "chr1", "NC_000001.11", "NC_000001.10")


TABLES = {
    "upper case": "CHROM\tPOS\tREF\tALT\tID\nchr1\t5\tT\tG\trs7\n",
    "comma": "chr,position,ref,alt,rsid\nchr1,5,T,G,rs7\n",
    "comma and blanks": "chrom, pos, ref, alt, rsid\nchr1, 5, T, G, rs7\n",
    "semicolons": "chr;pos;ref;alt;rsid\nchr1;5;T;G;rs7\n",
    "semicolons and quotes": '"chr";"pos";"ref";"alt";"rsid"\n"chr1";5;"T";"G";"rs7"\n',
    "blanks": "rsid  chr   bp  ref alt\nrs7   chr1  5   T   G\n",
    "R": '"chrom","pos","ref","alt","rsid"\n"chr1",5,"T","G","rs7"\n',
    "R's numbers": "chrom\tpos\tref\talt\trsid\nchr1\t5e+00\tT\tG\trs7\n",
    "pandas": "chrom,pos,ref,alt,rsid\nchr1,5.0,T,G,rs7\n",
    "comments": "## made by x\n# another\n#CHROM\tPOS\tREFERENCE_ALLELE\tALT_ALLELE\tSNP\nchr1\t5\tT\tG\trs7\n",
    "one column of variants": "gene\tvariant_id\trs_id\nG1\tchr1_5_T_G_b38\trs7\n",
    "Windows": "\ufeffchrom\tpos\tref\talt\trsid\r\nchr1\t5\tT\tG\trs7\r\n",
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_one_table_in_every_layout(tmp_path: Path, name: str) -> None:
    path = tmp_path / "v.tsv"
    path.write_text(TABLES[name], encoding="utf-8")
    assert read(path) == [("chr1", 4, "T", "G", "rs7")]


def test_several_alternate_alleles_in_a_cell(tmp_path: Path) -> None:
    """As bcftools query writes them."""
    path = tmp_path / "v.tsv"
    path.write_text("chrom\tpos\tref\talt\nchr1\t5\tT\tG,TA\n")
    assert [variant[1:4] for variant in read(path)] == [(4, "T", "G"), (4, "T", "TA")]


@pytest.mark.parametrize(
    "text",
    [
        "#CHROM\tPOS\tID\tREF\tALT\nchr1\t5\trs7\tT\tG\n",
        "##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tCM\nchr1\t5\trs7\tT\tG\t0\n",
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t5\tss1;rs7\tT\tG\t.\t.\tAF=0.1\n",
    ],
)
def test_pvar_and_vcf_without_fileformat(tmp_path: Path, text: str) -> None:
    path = tmp_path / "v.pvar"
    path.write_text(text)
    assert read(path) == [("chr1", 4, "T", "G", "rs7")]


@pytest.mark.parametrize(
    ("suffix", "lines"),
    [
        ("vcf", [b"##fileformat=VCFv4.2", b"##source=B\xe9n\xe9dicte", b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
                 b"chr1\t5\trs7\tT\tG\t.\t.\tDISEASE=Sj\xf6gren"]),
        ("tsv", [b"chrom\tpos\tref\talt\trsid\tnote", b"chr1\t5\tT\tG\trs7\t\xe9"]),
        ("txt", [b"# caf\xe9", b"chr1_5_T_G rs7 \xe9"]),
    ],
)  # fmt: skip
def test_latin1_where_nobody_reads(tmp_path: Path, suffix: str, lines: list[bytes]) -> None:
    path = tmp_path / f"v.{suffix}"
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert read(path) == [("chr1", 4, "T", "G", "rs7")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SNP A1 A2\nrs1 A C\n", "line 2: 'rs1' is not a variant"),
        ("CHR BP A1 A2\n1 5 A C\n", "a table with columns chrom, pos, ref and alt"),
        ("hello world\n", "line 1: expected one variant per line, such as 1_100000223_C_T"),
        ("NC_000001.11:99:A:\n", "line 1"),
        ("chrom\tpos\tref\talt\n1\t5\tA\n", "line 2: 3 cells, but the header has 4"),
        ("chrom\tpos\tref\talt\n1\t5_0\tA\tC\n", "line 2: pos is '5_0'"),
        ("1_5_A_C\nrs7\n", "line 2: 'rs7' is not a variant"),
    ],
)
def test_refused_with_place_and_expectation(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "v.txt"
    path.write_text(text)
    with pytest.raises(UserError, match=f"v.txt {message}" if message.startswith("line") else message):
        read(path)


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "g.fa"
    path.write_text(f">chr1\n{GENOME}\n")
    return path


def check(variants: Path, genome: Path) -> dict[str, int]:
    count = Accounting("SPLIT_VARIANTS").count("variants")
    with Genome(genome) as opened, CheckedVariants([variants], opened, count) as checked:
        assert len(checked) + sum(count.rejected.values()) == count.number_in
    return dict(count.rejected)


@pytest.mark.parametrize("alt", ["NA", "nan", "N/A", "NULL", "None", "na"])
def test_missing_alleles_are_no_insertions(tmp_path: Path, genome: Path, alt: str) -> None:
    path = tmp_path / "v.tsv"
    path.write_text(f"chrom\tpos\tref\talt\n1\t1\tA\tC\n1\t2\tC\t{alt}\n1\t3\t{alt}\tT\n")
    assert check(path, genome) == {MISSING_ALLELE: 2}


def wrong_alleles(change: Callable[[str], tuple[str, str]]) -> str:
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for place in range(0, 60, 2):
        ref, alt = change(GENOME[place])
        lines.append(f"chr1\t{place + 1}\t.\t{ref}\t{alt}\t.\t.\tPR")
    return "\n".join(lines) + "\n"


NEXT = {"A": "C", "C": "A", "G": "T", "T": "G"}  # never the complement
OTHER = {"A": "T", "C": "G", "G": "C", "T": "A"}
CAUSES = {
    "swapped": (lambda ref: (NEXT[ref], ref), "ref and alt are swapped"),
    "other strand": (lambda ref: (OTHER[ref], OTHER[NEXT[ref]]), "the other strand's letters"),
    "another build": (lambda ref: (NEXT[ref], OTHER[NEXT[ref]]), "probably of another genome build"),
}


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_the_cause_of_wrong_ref_alleles_is_named(tmp_path: Path, genome: Path, cause: str) -> None:
    change, message = CAUSES[cause]
    path = tmp_path / "v.vcf"
    path.write_text(wrong_alleles(change))
    with pytest.raises(UserError, match=message) as raised:
        check(path, genome)
    others = [text for name, (_, text) in CAUSES.items() if name != cause]
    assert not any(text in str(raised.value) for text in others)


@pytest.mark.parametrize("names", [("chr23", "chrX"), ("chrM", "chrMT"), ("1", "01"), ("chrX", "chr25")])
def test_chromosomes_of_one_name_are_refused(tmp_path: Path, names: tuple[str, str], script) -> None:
    fasta = tmp_path / "g.fa"
    fasta.write_text("".join(f">{name}\n{GENOME}\n" for name in ("chr5", *names)))
    path = tmp_path / "v.txt"
    path.write_text("".join(f"{name}_1_A_C\n" for name in names))
    done = script("split_variants.py", "--variants", path, "--fasta", fasta, "--out", tmp_path / "out", status=2)
    assert all(name in done.stderr for name in names) and "all mean chromosome" in done.stderr
    path.write_text("chr5_1_A_C\n")  # the others do not matter where there is no variant on them
    script("split_variants.py", "--variants", path, "--fasta", fasta, "--out", tmp_path / "out")


def test_a_chromosome_with_a_path_in_its_name(tmp_path: Path, script) -> None:
    fasta = tmp_path / "g.fa"
    fasta.write_text(f">../../away\n{GENOME}\n")
    (tmp_path / "v.tsv").write_text("chrom\tpos\tref\talt\n../../away\t1\tA\tC\n")
    done = script(
        "split_variants.py", "--variants", tmp_path / "v.tsv", "--fasta", fasta, "--out", tmp_path / "a" / "b", status=2
    )
    assert "'../../away' has a / in its name" in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*.tsv")) == ["v.tsv"]
