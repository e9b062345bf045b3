"""Others' tables of variants: one GWAS in many programs' layouts, tests of other models, frequencies, lists; read right or refused."""

from pathlib import Path

import numpy as np
import pytest
from tcra.common.accounting import Accounting
from tcra.errors import UserError
from tcra.variants.ranking.evidence import gwas_hits
from tcra.variants.tables.frequencies import alternate_allele_frequencies, minor_allele_frequencies, read_frequencies
from tcra.variants.tables.sites import sites_of
from tcra.variants.tables.variant_tables import read_variant_table

# One variant, 7:250 with effect allele G and other allele A, as programs write it.
LAYOUTS = {
    "PLINK 2": "#CHROM\tPOS\tID\tREF\tALT\tA1\tTEST\tBETA\tSE\tP\n"
    "7\t250\trs1\tA\tG\tG\tADD\t1\t0.1\t1e-9\n7\t250\trs1\tA\tG\tG\tDOMDEV\t1\t1\t0.9\n",
    "PLINK 2, A1 is REF": "#CHROM\tPOS\tID\tREF\tALT\tA1\tTEST\tBETA\tSE\tP\n7\t250\trs1\tG\tA\tG\tADD\t1\t0.1\t1e-9\n",
    "REGENIE": "CHROM GENPOS ID ALLELE0 ALLELE1 A1FREQ TEST BETA SE LOG10P\n"
    "7 250 rs1 A G 0.2 ADD 1 1 9\n7 250 rs1 A G 0.2 ADD-INT_SNP 1 1 0.1\n",
    "SAIGE before 1.0": "CHR POS SNPID Allele1 Allele2 AC_Allele2 AF_Allele2 N BETA SE Tstat p.value\n7 250 rs1 A G 9 0.2 90 1 1 1 1e-9\n",
    "GWAS Catalog, harmonised": "hm_variant_id\thm_rsid\thm_chrom\thm_pos\thm_other_allele\thm_effect_allele\thm_beta\t"
    "chromosome\tbase_pair_location\t"
    "effect_allele\tother_allele\tstandard_error\tp_value\n7_250_A_G\trs1\t7\t250\tA\tG\t1\t7\t99\tA\tG\t0.1\t1e-9\n",
    "GWAS-SSF": "chromosome\tbase_pair_location\teffect_allele\tother_allele\tbeta\tstandard_error\tp_value\n7\t250\tG\tA\t1\t0.1\t1e-9\n",
    "ea and nea": "chrom,pos,ea,nea,beta,se,pval\nchr7,250,g,a,1,0.1,1e-9\n",
    "id of Neale's": "variant\tminor_allele\tminor_AF\tn_complete_samples\tbeta\tse\ttstat\tpval\n7:250:A:G\tG\t0.2\t9\t1\t0.1\t10\t1e-9\n",
    "R's row names": '"chrom" "pos" "effect_allele" "other_allele" "p"\n"1" "7" 250 "G" "A" 1e-9\n',
    "Windows": "\ufeffchrom\tpos\teffect_allele\tother_allele\tp\r\n07\t250\tG\tA\t1e-9\r\n",
    "blanks in cells": "chrom\tpos\ttrait\teffect_allele\tother_allele\tp\n7\t250\theight of men\tG\tA\t 1e-9 \n",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_one_gwas_in_every_layout(tmp_path: Path, name: str) -> None:
    path = tmp_path / "gwas.txt"
    path.write_text(LAYOUTS[name], encoding="utf-8", newline="")
    table = read_variant_table(path, ["p", "minus_log10_p"])
    assert table.sites.identifiers() == ["7_250_A_G"] and not table.ambiguous
    sites = sites_of([("7", 250, "A", "G"), ("7", 260, "A", "G")])
    hits, lead = gwas_hits("x", path, sites, None, Accounting("RANK").count("hits"))
    assert hits.inside.tolist() == lead.inside.tolist() == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "CHR\tPOS\tMarkerID\tAllele1\tAllele2\tBETA\tSE\tP\n7\t250\trs1\tG\tA\t1\t1\t1e-9\n",
        "chr pos rsid allele1 allele2 effect p\n7 250 rs1 G A 1 1e-9\n",
        "CHR,BP,SNP,AlleleA,AlleleB,P\n7,250,rs1,G,A,1e-9\n",
    ],
)
def test_alleles_of_two_meanings(tmp_path: Path, text: str, made_up_scores, write_scores, script) -> None:
    """They do not matter to hits; where a sign depends on them, both readings are named."""
    path = tmp_path / "gwas.txt"
    path.write_text(text)
    hits, _ = gwas_hits("x", path, sites_of([("7", 250, "A", "G")]), None, Accounting("RANK").count("hits"))
    assert hits.inside.tolist() == [True]
    assert "not certain" in read_variant_table(path).ambiguous
    scores = write_scores(tmp_path / "s", made_up_scores(30))
    done = script("harmonize_scores.py", "--scores", scores, "--gwas", path, "--out", tmp_path / "o.parquet", status=2)
    assert "gwas.txt: the effect allele is not certain" in done.stderr


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *((cell, True) for cell in ("1.3e-442", "<1e-300", "1E-10", "0")),
        *((cell, False) for cell in ("NA", ".", "#N/A", "0.5")),
    ],
)
def test_p_values_as_text(tmp_path: Path, cell: str, expected: bool) -> None:
    path = tmp_path / "gwas.txt"
    path.write_text(f"chrom\tpos\tref\talt\tp\n7\t250\tA\tG\t{cell}\n7\t260\tA\tG\t0.3\n")
    hits, _ = gwas_hits("x", path, sites_of([("7", 250, "A", "G")]), None, Accounting("RANK").count("hits"))
    assert hits.inside.tolist() == [expected]


@pytest.mark.parametrize(
    ("header", "values", "message"),
    [
        ("p", np.linspace(0.1, 8, 200), "they|-log10 p"),
        ("LOG10P", np.linspace(0.001, 0.999, 200), "look like p-values"),
        ("p", np.linspace(-3, 0.5, 200), "negative"),
        ("p", np.zeros(200), "are 0"),
    ],
)
def test_columns_that_are_no_p(tmp_path: Path, header: str, values: np.ndarray, message: str) -> None:
    path = tmp_path / "gwas.txt"
    rows = "".join(f"7\t{at + 1}\tA\tG\t{value:.6g}\n" for at, value in enumerate(values))
    path.write_text(f"chrom\tpos\tref\talt\t{header}\n{rows}")
    with pytest.raises(UserError, match=message):
        list(gwas_hits("x", path, sites_of([("7", 250, "A", "G")]), None, Accounting("RANK").count("hits")))


@pytest.mark.parametrize("tests", [("DOM", "GENO_2DF"), ("ADDxCOV",), ("REC",)])
def test_a_gwas_without_additive_rows_is_refused(tmp_path: Path, tests: tuple[str, ...]) -> None:
    path = tmp_path / "gwas.txt"
    rows = "".join(f"7\t250\trs1\tA\tG\tG\t{test}\t1e-9\n" for test in tests)
    path.write_text("#CHROM\tPOS\tID\tREF\tALT\tA1\tTEST\tP\n" + rows)
    with pytest.raises(UserError, match=r"gwas\.txt: column TEST has no row of an additive test"):
        read_variant_table(path, ["p"])


def test_a_gwas_vcf(tmp_path: Path) -> None:
    path = tmp_path / "gwas.vcf"
    formats = "".join(
        f'##FORMAT=<ID={name},Number=A,Type=Float,Description="x">\n' for name in ("ES", "SE", "LP", "AF")
    )
    path.write_text(
        f"##fileformat=VCFv4.2\n{formats}##contig=<ID=7>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tTRAIT\n"
        "7\t250\trs1\tA\tG\t.\tPASS\t.\tES:SE:LP:AF\t0.5:0.1:9:0.2\n7\t260\trs2\tA\tG\t.\tPASS\t.\tES:SE:LP:AF\t0.5:0.1:0.4:0.3\n"
    )
    sites = sites_of([("7", 250, "A", "G"), ("7", 260, "A", "G")])
    hits, _ = gwas_hits("x", path, sites, None, Accounting("RANK").count("hits"))
    assert hits.inside.tolist() == [True, False]
    np.testing.assert_allclose(alternate_allele_frequencies(read_frequencies(path), sites), [0.2, 0.3], rtol=1e-6)


FREQUENCIES = {
    "af": "chrom\tpos\tref\talt\taf\n7\t250\tA\tG\t0.2\n",
    "afreq": "#CHROM\tPOS\tID\tREF\tALT\tALT_FREQS\tOBS_CT\n7\t250\trs1\tA\tG\t0.2\t1000\n",
    "afreq by id": "#CHROM\tID\tREF\tALT\tALT_FREQS\tOBS_CT\n7\t7:250:A:G\tA\tG\t0.2\t1000\n",
    "exchanged": "chrom,pos,ref,alt,af\n7,250,G,A,0.8\n",
    "GWAS": "chromosome\tbase_pair_location\teffect_allele\tother_allele\teffect_allele_frequency\tbeta\t"
    "standard_error\tp_value\n"
    "7\t250\tA\tG\t0.8\t1\t1\t0.5\n",
    "VCF": '##fileformat=VCFv4.2\n'
    '##INFO=<ID=AF,Number=A,Type=Float,Description="x">\n##contig=<ID=7>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n'
    "7\t250\t.\tA\tG\t.\t.\tAF=0.2\n",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FREQUENCIES))
def test_frequencies_in_every_layout(tmp_path: Path, name: str) -> None:
    path = tmp_path / "af"
    path.write_text(FREQUENCIES[name])
    sites = sites_of([("7", 250, "A", "G"), ("7", 251, "A", "G")])
    table = read_frequencies(path)
    np.testing.assert_allclose(alternate_allele_frequencies(table, sites), [0.2, np.nan], rtol=1e-6)
    np.testing.assert_allclose(minor_allele_frequencies(table, sites), [0.2, np.nan], rtol=1e-6)


def test_plinks_minor_alleles_have_no_sign(tmp_path: Path) -> None:
    path = tmp_path / "x.frq"
    path.write_text(
        " CHR              SNP   A1   A2          MAF  NCHROBS\n   7        7:250:A:G    G    A          0.2     1000\n"
    )
    sites = sites_of([("7", 250, "A", "G")])
    assert minor_allele_frequencies(read_frequencies(path), sites).tolist() == [0.2]
    with pytest.raises(UserError, match="of the minor allele"):
        alternate_allele_frequencies(read_frequencies(path), sites)


@pytest.mark.parametrize(
    ("text", "numbers", "variants"),
    [
        ("rs1\nrs2\n", [1, 2], []),
        ("rs1,rs2;rs3\nrs4\n", [1, 2, 3, 4], []),
        ("# mine\n1-100-A-G\nchr2:5:C:T\nrs9 a note\n", [0, 0, 9], ["1_100_A_G", "2_5_C_T"]),
        ("NC_000023.11:99:A:G\n", [0], ["X_100_A_G"]),
        ("snp\nrs1\nrs2\n", [1, 2], []),
    ],
)
def test_lists(tmp_path: Path, text: str, numbers: list[int], variants: list[str]) -> None:
    path = tmp_path / "list.txt"
    path.write_text(text)
    table = read_variant_table(path)
    assert table.rs_numbers.tolist() == numbers and table.sites.identifiers() == variants


@pytest.mark.parametrize("missing", ["NA", "nan", "NaN", "."])
def test_missing_alleles_are_no_bases(tmp_path: Path, missing: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(f"chrom\tpos\tref\talt\n7\t1\tA\t{missing}\n7\t2\t{missing}\tG\n7\t3\tA\tG\n")
    assert read_variant_table(path).sites.identifiers() == ["7_3_A_G"]


# The effect allele is A, which the id has first; the place stands in the id alone.
IDS_AND_ALLELES = {
    "PLINK 1": "SNP\tA1\tA2\tBETA\tP\n7:250:A:G\tA\tG\t1\t1e-9\n",
    "A1 alone": "SNP\tA1\tTEST\tBETA\tP\n7:250:A:G\tA\tADD\t1\t1e-9\n",
    "PLINK 2": "ID\tREF\tALT\tA1\tTEST\tBETA\tP\nchr7:250:A:G\tA\tG\tA\tADD\t1\t1e-9\n",
    "GTEx's names": "variant_id\teffect_allele\tother_allele\tbeta\tp\nchr7_250_A_G_b38\tA\tG\t1\t1e-9\n",
    "a place alone": "MarkerName\tEA\tNEA\tbeta\tp\n7:250\ta\tg\t1\t1e-9\n",
    "SPDI": "variant_id\teffect_allele\tother_allele\tp\nNC_000007.14:249:A:G\tA\tG\t1e-9\n",
}


@pytest.mark.parametrize("name", sorted(IDS_AND_ALLELES))
def test_columns_and_not_ids_say_which_allele_has_the_effect(tmp_path: Path, name: str) -> None:
    path = tmp_path / "gwas.txt"
    path.write_text(IDS_AND_ALLELES[name])
    assert read_variant_table(path, ["p"]).sites.identifiers() == ["7_250_G_A"]


def test_an_effect_allele_that_is_none_of_the_id(tmp_path: Path) -> None:
    path = tmp_path / "gwas.txt"
    path.write_text("SNP\tA1\tTEST\tBETA\tP\n7:250:A:G\tT\tADD\t1\t1e-9\n7:260:A:G\tG\tADD\t1\t1e-9\n")
    table = read_variant_table(path, ["p"])
    assert table.sites.identifiers() == ["7_260_A_G"] and table.unread == ((1, "7:250:A:G"),)


ALTERNATE_FREQUENCIES = {
    "afreq": "#CHROM\tID\tREF\tALT\tALT_FREQS\tOBS_CT\n7\t7:250:A:G\tA\tG\t0.2\t100\n",
    "afreq, ALT is the id's first": "#CHROM\tID\tREF\tALT\tALT_FREQS\tOBS_CT\n7\t7:250:A:G\tG\tA\t0.8\t100\n",
    "acount": "#CHROM\tID\tREF\tALT\tALT_CTS\tOBS_CT\n7\t7:250:A:G\tA\tG\t20\t100\n8\t8:250:A:G\tA\tG\t0\t0\n",
    "minimac": "SNP\tREF(0)\tALT(1)\tALT_Frq\tMAF\n7:250:A:G\tA\tG\t0.2\t0.2\n",
    "bcftools query": "# [1]CHROM\t[2]POS\t[3]REF\t[4]ALT\t[5]AF\n7\t250\tA\tG\t0.2\n",
    "VCF with counts": '##fileformat=VCFv4.2\n##INFO=<ID=AC,Number=A,Type=Integer,Description="x">\n'
    '##INFO=<ID=AN,Number=1,Type=Integer,Description="x">\n##contig=<ID=7>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n'
    "7\t250\t.\tA\tT,G\t.\t.\tAC=5,20;AN=100\n7\t260\t.\tA\tG\t.\t.\tAN=100\n",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ALTERNATE_FREQUENCIES))
def test_frequencies_of_the_alternate_allele(tmp_path: Path, name: str) -> None:
    path = tmp_path / "f.txt"
    path.write_text(ALTERNATE_FREQUENCIES[name])
    sites = sites_of([("7", 250, "A", "G"), ("7", 260, "A", "G")])
    found = alternate_allele_frequencies(read_frequencies(path), sites)
    assert found[0] == pytest.approx(0.2) and np.isnan(found[1])
