from pathlib import Path

import pytest
from tcra.common.genome.genes import Gene, read_annotation
from tcra.errors import UserError

GTF = """#!genome
chr1\tx\tgene\t101\t200\t.\t+\t.\tgene_id "ENSG00000000001.4"; gene_type "protein_coding"; gene_name "ONE"; level 2;
chr1\tx\texon\t101\t150\t.\t+\t.\tgene_id "ENSG00000000001.4";
chrX\tx\tgene\t501\t600\t.\t-\t.\tgene_id "ENSG00000000002.1"; gene_name "PAR";
chrY\tx\tgene\t501\t600\t.\t-\t.\tgene_id "ENSG00000000002.1_PAR_Y"; gene_name "PAR";
X\tx\tgene\t701\t800\t.\t-\t.\tgene_id "ENSG00000000003"; gene_version "5";
Y\tx\tgene\t701\t800\t.\t-\t.\tgene_id "ENSG00000000003"; gene_version "5";
"""


@pytest.fixture
def gtf(tmp_path: Path) -> Path:
    path = tmp_path / "genes.gtf"
    path.write_text(GTF)
    return path


def test_coordinates_and_names(gtf: Path) -> None:
    assert read_annotation(gtf).find("ENSG00000000001.4", "1") == Gene("1", 100, 200, "ENSG00000000001.4", "ONE", "+")


@pytest.mark.parametrize("gene_id", ["ENSG00000000001.4", "ENSG00000000001.9", "ENSG00000000001"])
def test_any_version(gtf: Path, gene_id: str) -> None:
    found = read_annotation(gtf).find(gene_id, "1")
    assert found is not None and found.name == "ONE"


def test_identifiers_of_gencodes_lift_to_grch37(tmp_path: Path) -> None:
    """…_2 counts the lifts; it stands behind the version, or behind PAR_Y."""
    path = tmp_path / "lift37.gtf"
    ids = {"1": "ENSG00000000001.4_2", "X": "ENSG00000000002.1_5", "Y": "ENSG00000000002.1_PAR_Y_5"}
    path.write_text("".join(f'chr{c}\tx\tgene\t101\t200\t.\t+\t.\tgene_id "{i}";\n' for c, i in ids.items()))
    annotation = read_annotation(path)
    for wanted in ("ENSG00000000001.4_2", "ENSG00000000001.4", "ENSG00000000001.9_1", "ENSG00000000001"):
        found = annotation.find(wanted, "1")
        assert found is not None and found.gene_id == ids["1"], wanted
    on_y = annotation.find("ENSG00000000002.1_PAR_Y", "Y")
    assert on_y is not None and on_y.gene_id == ids["Y"]
    assert annotation.find("ENSG00000000002.1", "Y") is None
    anywhere = annotation.find_anywhere("ENSG00000000002.3")
    assert anywhere is not None and anywhere.chrom == "X"
    assert annotation.find_anywhere("ENSG00000000009.1") is None


def test_pseudo_autosomal_genes(gtf: Path) -> None:
    annotation = read_annotation(gtf)
    on_x, on_y = annotation.find("ENSG00000000002.1", "X"), annotation.find("ENSG00000000002.1_PAR_Y", "Y")
    assert on_x is not None and on_x.chrom == "X"
    assert on_y is not None and on_y.chrom == "Y"
    assert annotation.find("ENSG00000000002.1", "Y") is None
    assert [annotation.find("ENSG00000000003.5", chrom).chrom for chrom in "XY"] == ["X", "Y"]  # type: ignore[union-attr]


def test_another_chromosome_is_another_gene(gtf: Path) -> None:
    assert read_annotation(gtf).find("ENSG00000000001.4", "2") is None


def test_windows_around_body_and_start() -> None:
    gene = Gene("1", 100, 200, "g", "g", "-")
    assert gene.window(50) == (51, 250)
    assert gene.window(50, around_tss=True) == (150, 250)
    assert Gene("1", 100, 200, "g", "g", "+").window(50, around_tss=True) == (51, 151)


def test_a_gene_twice_on_one_chromosome_is_an_error_when_asked_for(gtf: Path) -> None:
    gtf.write_text(GTF + 'chr1\tx\tgene\t901\t950\t.\t+\t.\tgene_id "ENSG00000000001.4";\n')
    with pytest.raises(UserError, match=r"gene ENSG00000000001.4 stands 2 times \(1:101-200, 1:901-950\)"):
        read_annotation(gtf).find("ENSG00000000001.4", "1")


def test_the_same_line_twice_is_harmless(gtf: Path) -> None:
    gtf.write_text(GTF + GTF.splitlines()[1] + "\n")
    assert read_annotation(gtf).find("ENSG00000000001.4", "1") is not None


def test_bed(tmp_path: Path) -> None:
    path = tmp_path / "genes.bed"
    path.write_text("chrom\tstart\tend\tgene\tsymbol\tstrand\nchr1\t100\t200\tG1\tONE\t-\nchr2\t5\t6\tG2\t0\t+\n")
    annotation = read_annotation(path)
    assert annotation.find("G1", "1") == Gene("1", 100, 200, "G1", "ONE", "-")
    assert annotation.find("G2", "2") == Gene("2", 5, 6, "G2", "G2", "+")


UCSC = "chr1\t100\t200\tG1\t0\t-"


@pytest.mark.parametrize("columns", ["", "\t100\t200\t0,0,255", "\t100\t200\t0\t2\t10,20,\t0,80,"])
@pytest.mark.parametrize(
    "before", ["", "#chrom\tstart\n", 'browser position chr1:1-9\ntrack name="genes" visibility=2\n']
)
def test_bed_of_6_9_and_12_columns(tmp_path: Path, columns: str, before: str) -> None:
    path = tmp_path / "genes.bed"
    path.write_text(f"{before}{UCSC}{columns}\n")
    assert read_annotation(path).find("G1", "1") == Gene("1", 100, 200, "G1", "G1", "-")


@pytest.mark.parametrize(("text", "expected"), [
    ('chr1\tx\tgene\tten\t200\t.\t+\t.\tgene_id "g";\n', r"line 1: expected GTF"),
    ('chr1\tx\tgene\t10\t20\t.\t+\t.\tname "g";\n', r"line 1: expected GTF.*gene_id"),
    ("chr1\t20\t10\tg\n", r"line 1: expected BED"),
    ('chr1\tx\texon\t10\t20\t.\t+\t.\tgene_id "g";\n', "no line of type 'gene'"),
    ("# nothing\n", "has no genes"),
])  # fmt: skip
def test_bad_annotations(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "bad"
    path.write_text(text)
    with pytest.raises(UserError, match=expected):
        read_annotation(path)


def test_real_annotation(shared_data: Path) -> None:
    annotation = read_annotation(shared_data / "expression" / "gencode.v19.annotation.chr22.gtf.gz")
    assert len(annotation) > 1000 and annotation.chromosomes == ["22"]
