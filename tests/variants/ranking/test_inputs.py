"""Inputs of real life: names of chromosomes, BED headers, GWAS files, rsids; and what stops with one line."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.common.accounting import Accounting
from tcra.errors import UserError
from tcra.variants.ranking.annotations import bed_membership, check_positions, state_memberships
from tcra.variants.ranking.evidence import gwas_hits, lead_variants, listed
from tcra.variants.tables import variant_tables
from tcra.variants.tables.sites import Sites, sites_of
from tcra.variants.tables.variant_tables import read_variant_table

VARIANTS = [("1", 100, "A", "C"), ("1", 200, "G", "T"), ("2", 50, "C", "T"), ("X", 10, "A", "AT"), ("M", 5, "T", "C")]


@pytest.fixture
def sites() -> Sites:
    built = sites_of(VARIANTS)
    return built.take(np.argsort(built.keys))


def named(row: int) -> np.ndarray:
    """rs numbers of the five variants: only `row` has one, rs9."""
    return np.array([9 if place == row else 0 for place in range(5)])


def test_bed_with_header_track_lines_gzip_and_any_chromosome_names(tmp_path: Path, sites: Sites) -> None:
    text = "browser x\ntrack name=x\nchrom\tstart\tend\nchrX\t9\t10\nchr1\t99\t100\nchr1\t0\t150\nMT\t0\t5\n23\t0\t2\n"
    path = tmp_path / "x.bed"
    path.write_bytes(gzip.compress(text.encode()))
    assert bed_membership("x", path, sites).inside.tolist() == [True, False, False, True, True]


def test_first_base_decides_at_the_borders(tmp_path: Path, sites: Sites) -> None:
    for span, expected in (("99\t100", True), ("100\t101", False), ("98\t99", False)):
        (tmp_path / "x.bed").write_text(f"1\t{span}\n")
        assert bed_membership("x", tmp_path / "x.bed", sites).inside[0] == expected


def test_no_shared_chromosome_stops(tmp_path: Path, sites: Sites) -> None:
    (tmp_path / "x.bed").write_text("scaffold_1\t0\t100\n")
    with pytest.raises(UserError, match=r"x.bed shares no chromosome with the scores .1, 2, X, M."):
        bed_membership("x", tmp_path / "x.bed", sites)


def test_no_variant_inside_where_many_were_to_be_expected_stops(tmp_path: Path) -> None:
    many = sites_of([("1", position, "A", "C") for position in range(1, 5001)])
    (tmp_path / "x.bed").write_text("chr1\t5000\t10000\n")
    with pytest.raises(
        UserError,
        match="none of 5000 variants lies inside, 2500 would by chance; it is probably of another genome build",
    ):
        bed_membership("x", tmp_path / "x.bed", many)
    (tmp_path / "x.bed").write_text("chr1\t5000\t5010\n")  # a small BED may hold none
    assert not bed_membership("x", tmp_path / "x.bed", many).inside.any()


def test_states_of_another_build_or_another_kind_stop(tmp_path: Path, sites: Sites) -> None:
    path = tmp_path / "states.bed"
    path.write_text("chr1\t0\t150\t1_TssA\nchr1\t1000\t2000\t7_Enh\n")
    with pytest.raises(UserError, match=r"only 20.0% of 5 variants lie in any state"):
        list(state_memberships("E003", path, sites))
    path.write_text("chr1\t0\t150\t?\n")
    with pytest.raises(UserError, match="state '\\?', expected a number and a name"):
        list(state_memberships("E003", path, sites))
    path.write_text("chr1\t0\t999\tE5\nchr2\t0\t999\tE5\n")
    with pytest.raises(UserError, match="none of the states 1, 2, 10, 11 of the group promoter"):
        list(state_memberships("E003", path, sites))
    names = [m.name for m in state_memberships("E003", path, sites, {"quiet": (5, 9)})]
    assert names == ["E003 E5", "E003 quiet"]


def test_positions_beyond_the_chromosomes_end_stop(sites: Sites) -> None:
    lengths = {"1": 200, "2": 60, "X": 10, "M": 5}
    check_positions(sites, lengths, "hg19.fa")
    with pytest.raises(
        UserError, match=r"a variant at 1:200, beyond the chromosome's end in hg19.fa .199.: another build"
    ):
        check_positions(sites, {**lengths, "1": 199}, "hg19.fa")
    with pytest.raises(UserError, match=r"hg19.fa has no chromosome M"):
        check_positions(sites, {name: length for name, length in lengths.items() if name != "M"}, "hg19.fa")


def test_gwas_files_of_many_makers(tmp_path: Path, sites: Sites) -> None:
    makers = {
        "plink": "#CHROM\tPOS\tID\tREF\tALT\tA1\tP\nchr1\t100\trs1\tA\tC\tC\t1e-9\n23\t10\trs4\tAT\tA\tA\t1e-9\n2\t50\t.\tG\tA\tA\t0.5\n",
        "catalog": "chromosome,base_pair_location,effect_allele,other_allele,p_value\n1,100.0,C,A,1e-9\nX,10,AT,A,1E-9\n",
        "spaces": "SNP  CHR BP   A1 A2 P\nrs1 1  100  a  c  1e-9\nrs2  X 10  A  AT 1e-300\n",
        "R": '"SNP","CHR","BP","A1","A2","P"\r\n"rs1","1","1e+02","A","C",1e-9\r\n"rs4","X","1e1","A","AT",1e-9\r\n',
        "comments": "##made by x\nCHR\tBP\tA1\tA2\tPVAL\n1\t100\tC\tA\t1e-9\nX\t10\tAT\tA\t0\n",
    }
    for name, text in makers.items():
        path = tmp_path / name
        path.write_text(text)
        hits, _ = gwas_hits(name, path, sites, None, Accounting("RANK").count("hits"))
        assert hits.inside.tolist() == [True, False, False, True, False], name


def test_gwas_by_rsid_and_by_the_other_strand(tmp_path: Path, sites: Sites) -> None:
    path = tmp_path / "gwas.tsv"
    path.write_text("SNP\tCHR\tBP\tA1\tA2\tP\nrs9\t7\t1\tG\tA\t1e-9\nrs9\t7\t1\tA\tC\t1e-9\n.\t1\t200\tA\tC\t1e-9\n")
    count = Accounting("RANK").count("hits")
    hits, _ = gwas_hits("x", path, sites, named(2), count)
    # 2:50 C>T by its rs number, G>A on the other strand, but not with other alleles; 1:200 G>T is C>A on the other strand.
    assert hits.inside.tolist() == [False, True, True, False, False]
    path.write_text("rsid,pvalue\nrs9,1e-20\nrs77,1e-20\nrs3,0.2\n")
    count = Accounting("RANK").count("hits")
    hits, _ = gwas_hits("x", path, sites, named(2), count)
    assert hits.inside.tolist() == [False, False, True, False, False]
    assert count.balance()["rejected"] == {"not among the scored variants": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CHR\tBP\tA1\tA2\tBETA\n1\t100\tA\tC\t0.1\n", "has no column of p; expected one of p, pvalue"),
        ("CHR\tBP\tA1\tA2\tP\n1\t100\tA\tC\t8.5\n", "p-values from 8.5 to 8.5, expected 0 to 1"),
        ("CHR\tBP\tA1\tA2\tP\n1\t100\tA\tC\tx\n", "no row has a p-value that is a number"),
        ("CHR\tBP\tA1\tA2\tP\n1\tx\tA\tC\t0.5\n", "the position column has 'x', expected whole numbers"),
        ("CHR\tBP\tA1\tA2\tP\n1\t100\tA\n", "line 2: 3 cells, but the header has 5"),
        ("gene\tP\nx\t0.5\n", "has no variants: expected chrom, pos, ref, alt"),
    ],
)
def test_bad_gwas(tmp_path: Path, sites: Sites, text: str, message: str) -> None:
    path = tmp_path / "gwas.tsv"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as error:
        list(gwas_hits("x", path, sites, None, Accounting("RANK").count("hits")))
    assert "gwas.tsv" in str(error.value)


def test_lists_say_how_many_are_not_scored(tmp_path: Path, sites: Sites) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# mine\nchr1:100:A:C\nrs9\n2_50_T_C\n5_5_A_C\n")
    count = Accounting("RANK").count("variants of list")
    assert listed("x", path, sites, named(1), count).inside.tolist() == [True, True, True, False, False]
    assert count.balance() == {
        "unit": "variants of list",
        "in": 4,
        "out": 3,
        "rejected": {"not among the scored variants": 1},
    }


def test_lead_variants_keep_the_best() -> None:
    sites = sites_of([("1", position, "A", "C") for position in (100, 150, 200, 300)] + [("2", 100, "A", "C")])
    p = np.array([1e-9, 1e-20, 1e-9, 1e-9, 1e-9])
    assert lead_variants(sites, p, 5e-8, 60).tolist() == [1, 3, 4]
    assert lead_variants(sites, p, 5e-8, 0).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_frequencies_from_a_vcf(at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variant_tables, "ALLELES_AT_ONCE", at_once)
    path = tmp_path / "x.vcf"
    path.write_text(
        '##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float,Description="x">\n##FORMAT=<ID=GT,Number=1,Type=String,Description="x">\n'
        "##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n"
        "1\t5\trs5\tA\tC,G\t.\t.\tAF=0.25,0.5\tGT\t0/1\t0/2\n1\t6\t.\tA\tT\t.\t.\t.\tGT\t1/1\t0/1\n1\t7\t.\tA\t<DEL>\t.\t.\t.\tGT\t0/0\t0/1\n"
    )
    table = read_variant_table(path, ["af"])
    assert table.placed.tolist() == [True, True, True, False]
    assert table.sites.identifiers() == ["1_5_A_C", "1_5_A_G", "1_6_A_T"]
    np.testing.assert_allclose(table.number("af")[:3], [0.25, 0.5, 0.75])
    assert table.rs_numbers.tolist() == [5, 5, 0, 0]
    assert table.unread == ((4, "1:7 A><DEL>"),)


@pytest.mark.thorough
def test_errors_of_the_command_line(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    scores = write_scores(tmp_path / "s", made_up_scores(60))
    (tmp_path / "a.bed").write_text("chr1\t0\t100000\n")
    (tmp_path / "g.fa").write_text(">chr1\nACGT\n")
    (tmp_path / "notes.vcf").write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    pd.DataFrame({"variant_id": ["1_5_A_C"], "af": [3.0]}).to_csv(tmp_path / "af.csv", index=False)
    pd.DataFrame({"variant_id": ["1_5_A_C"], "af": [0.3]}).to_csv(tmp_path / "elsewhere.csv", index=False)
    bed = f"a={tmp_path / 'a.bed'}"
    cases = [
        (["--annotation", bed, bed], "two annotations are called a"),
        (["--annotation", tmp_path / "a.bed"], "expected NAME=FILE"),
        (["--second-scores", scores, "--second-name", "tCRA"], "both rankings are called tCRA"),
        (["--matched-controls", "5"], "needs something to match by"),
        (["--fasta", tmp_path / "g.fa"], "beyond the chromosome's end"),
        (["--clinvar", f"c={tmp_path / 'notes.vcf'}"], "no INFO field CLNSIG"),
        (["--frequencies", tmp_path / "af.csv"], "af.csv: frequencies from 3 to 3, expected 0 to 1"),
        (["--frequencies", tmp_path / "elsewhere.csv"], "elsewhere.csv has a frequency of none"),
        (["--states", bed, "--state-group", "promoter"], "expected NAME=NUMBERS"),
        (
            ["--genes", tmp_path / "a.bed", "--matched-controls", "1"],
            "a.bed line 1: expected BED with chrom, start, end and gene id (3 cells)",
        ),
    ]
    for arguments, message in cases:
        done = script(
            "rank_variants.py", "--scores", scores, "--out", tmp_path / "out", "--set-sizes", "5", *arguments, status=2
        )
        assert message in done.stderr.splitlines()[-1], (arguments, done.stderr)


def test_damaged_tables_stop_with_one_line(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    text = "CHR\tBP\tA1\tA2\tP\n" + "".join(f"1\t{p}\tA\tC\t0.1\n" for p in generator.integers(1, 10**8, 20_000))
    vcf = (
        "##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t5\t.\tA\tC\t.\t.\t.\n"
    )
    packed = gzip.compress(text.encode())
    for name, content, message in (
        ("gwas.tsv.gz", packed[: len(packed) // 2], "damaged or cut short"),
        ("x.parquet", b"PAR1" + b"x" * 50, "damaged or cut short"),
        ("x.vcf", (vcf + "1\tx\n").encode(), "record 2 cannot be read"),
        ("header.tsv", b"CHR\tBP\tA1\tA2\tP\n", "a header and no rows"),
        ("latin.tsv", b"CHR\tBP\tA1\tA2\tP\n1\t5\tA\tC\t\xe9\n", "invalid UTF8"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=message) as error:
            read_variant_table(tmp_path / name, ["p"])
        assert name in str(error.value)


@pytest.mark.parametrize(
    "row",
    [
        "CHROM=7 GENPOS=250 ID=x ALLELE0=A ALLELE1=G A1FREQ=0.25 N=9 TEST=ADD BETA=1 SE=1 CHISQ=1 LOG10P=1",
        "CHR=7 POS=250 MarkerID=x Allele1=A Allele2=G AC_Allele2=3 AF_Allele2=0.25 BETA=1 SE=1 p.value=0.5",
        "SNP=x CHR=7 BP=250 GENPOS=0.1 ALLELE1=G ALLELE0=A A1FREQ=0.25 BETA=1 SE=1 P_BOLT_LMM=0.5",
        "#CHROM=7 POS=250 ID=x REF=A ALT=G A1=G OMITTED=A A1_FREQ=0.25 BETA=1 SE=1 P=0.5",
        "#CHROM=7 POS=250 ID=x REF=G ALT=A A1=G OMITTED=A A1_FREQ=0.25 BETA=1 SE=1 P=0.5",
        "#CHROM=7 POS=250 ID=x REF=G ALT=A A1=G A1_FREQ=0.25 BETA=1 SE=1 P=0.5",
        "#CHROM=7 POS=250 ID=x REF=A ALT=G A1=G A1_FREQ=0.25 BETA=1 SE=1 P=0.5",
        "CHR=7 SNP=x BP=250 A1=G A2=A FRQ=0.25 BETA=1 SE=1 P=0.5",
        "chromosome=7 base_pair_location=250 effect_allele=G other_allele=A beta=1 standard_error=1 effect_allele_frequency=0.25 p_value=1",
        "chrom=7 pos=250 ref=A alt=G af=0.25 beta=1 p=0.5",
    ],
)
def test_alt_is_the_effect_allele_of_every_programs_gwas(row: str, tmp_path: Path) -> None:
    cells = [cell.split("=") for cell in row.split()]
    path = tmp_path / "gwas.txt"
    path.write_text("".join("\t".join(line) + "\n" for line in zip(*cells, strict=True)))
    table = read_variant_table(path, ["af"])
    columns = {name: column.to_pylist() for name, column in table.sites.columns().items()}
    assert (columns["chrom"], columns["pos"], columns["ref"], columns["alt"]) == (["7"], [250], ["A"], ["G"])
    assert table.numbers["af"].tolist() == [0.25]
