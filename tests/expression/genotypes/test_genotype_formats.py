"""Every genotype format gives the same records."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tcra.errors import UserError
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.record import GenotypeFile, GenotypeRecord, missing

from ..conftest import calls_of, write_vcf

SAMPLES = ["S1", "S2", "S3", "S4", "S5"]
POSITIONS = [100, 200, 300, 400]
DOSAGES = np.array([[0, 1, 2, 1, 0], [2, 2, 1, 0, -1], [1, 0, 0, 0, 1], [0, 0, 1, 1, 2]], np.int8)
EVERYWHERE = [(1, 10**9)]


def records_of(file: GenotypeFile, chrom: str = "1", samples: list[str] | None = None) -> list[GenotypeRecord]:
    return list(file.records(chrom, EVERYWHERE, set(POSITIONS), samples or SAMPLES))


@pytest.fixture
def vcf(tmp_path: Path) -> Path:
    path = tmp_path / "g.vcf"
    write_vcf(
        path, SAMPLES, [("chr1", p, f"rs{p}", "A", "G", calls_of(d)) for p, d in zip(POSITIONS, DOSAGES, strict=True)]
    )
    return path


@pytest.fixture
def bed(tmp_path: Path) -> Path:
    from bed_reader import to_bed

    values = DOSAGES.T.astype(np.float64)
    values[values < 0] = np.nan
    properties = {
        "fid": ["F"] * 5, "iid": SAMPLES, "chromosome": ["1"] * 4, "bp_position": POSITIONS, "sid": [f"rs{p}" for p in POSITIONS],
        "allele_1": ["G"] * 4, "allele_2": ["A"] * 4,
    }  # fmt: skip
    to_bed(tmp_path / "g.bed", values, properties=properties)
    return tmp_path / "g.bed"


@pytest.fixture
def pgen(tmp_path: Path) -> Path:
    pgenlib = pytest.importorskip("pgenlib", reason="Pgenlib is an optional package")
    writer = pgenlib.PgenWriter(str(tmp_path / "g.pgen").encode(), 5, variant_ct=4, nonref_flags=False)
    for row in DOSAGES:
        writer.append_biallelic(np.where(row < 0, -9, row).astype(np.int8))
    writer.close()
    variants = "".join(f"1\t{p}\trs{p}\tA\tG\n" for p in POSITIONS)
    (tmp_path / "g.pvar").write_text("##x\n#CHROM\tPOS\tID\tREF\tALT\n" + variants)
    (tmp_path / "g.psam").write_text("#IID\tSEX\n" + "".join(f"{s}\tNA\n" for s in SAMPLES))
    return tmp_path / "g.pgen"


@pytest.fixture(params=["vcf", "bed", "pgen"])
def genotypes(request: pytest.FixtureRequest) -> Iterator[Path]:
    yield request.getfixturevalue(request.param)


def test_all_formats_agree(genotypes: Path) -> None:
    file = open_genotypes(genotypes)
    assert file.samples == SAMPLES
    records = records_of(file)
    assert [(r.position, r.ref, r.alt, r.name) for r in records] == [(p, "A", "G", f"rs{p}") for p in POSITIONS]
    for record, expected in zip(records, DOSAGES, strict=True):
        assert (missing(record.dosages) == (expected < 0)).all()
        assert (record.dosages[expected >= 0] == expected[expected >= 0]).all()


def test_samples_come_in_the_order_asked_for(genotypes: Path) -> None:
    records = records_of(open_genotypes(genotypes), samples=["S4", "S1"])
    assert [r.dosages.tolist() for r in records[:1]] == [[1, 0]]


def test_only_the_positions_asked_for(genotypes: Path) -> None:
    file = open_genotypes(genotypes)
    assert [r.position for r in file.records("chr1", [(150, 350)], {200, 300}, SAMPLES)] == [200, 300]
    assert list(file.records("2", EVERYWHERE, {200}, SAMPLES)) == []


def test_the_name_does_not_matter(vcf: Path, bed: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.bed"
    renamed.write_bytes(vcf.read_bytes())
    assert len(records_of(open_genotypes(renamed))) == 4


def test_multi_allelic_sites_are_split(tmp_path: Path) -> None:
    path = tmp_path / "m.vcf"
    write_vcf(
        path,
        SAMPLES,
        [
            ("1", 100, "rs1;rs2", "A", "G,T", ["0/1", "1/2", "2/2", "./.", "2"]),
            ("1", 200, ".", "A", "<NON_REF>", ["0/1"] * 5),
            ("1", 300, ".", "A", "*,<DEL>", ["0/2"] * 5),
        ],
    )
    first, second, deletion = records_of(open_genotypes(path))
    assert (deletion.alt, deletion.dosages.tolist()) == (
        "<DEL>",
        [1] * 5,
    )  # a variant like any other; the rest say nothing
    assert (first.alt, first.name, first.dosages.tolist()) == ("G", "rs1", [1, 1, 0, -1, 0])
    assert (second.alt, second.name, second.dosages.tolist()) == ("T", "rs2", [0, 1, 2, -1, 2])


def test_dosages_are_preferred_to_calls(tmp_path: Path) -> None:
    path = tmp_path / "d.vcf"
    calls = ["0/1:0.75", "0/0:0.1", "1/1:2", "./.:.", "0/0:0"]
    write_vcf(
        path, SAMPLES, [("1", 100, ".", "A", "G", calls)], '##FORMAT=<ID=DS,Number=A,Type=Float,Description="dosage">'
    )
    (record,) = records_of(open_genotypes(path))
    assert np.allclose(record.dosages, [0.75, 0.1, 2, np.nan, 0], equal_nan=True)


def test_records_without_a_dosage_of_each_allele_are_called(tmp_path: Path) -> None:
    path = tmp_path / "d.vcf"
    records = [
        ("1", 100, ".", "A", "G,T", ["0/1:1", "0/2:1", "1/2:2", "./.:.", "0/0:0"]),
        ("1", 200, ".", "A", "G", ["0/1:.", "0/0:.", "1/1:.", "./.:.", "1|0:."]),
    ]
    write_vcf(path, SAMPLES, records, '##FORMAT=<ID=DS,Number=1,Type=Float,Description="dosage">')
    found = [(r.position, r.alt, r.dosages.tolist()) for r in records_of(open_genotypes(path))]
    assert found == [(100, "G", [1, 0, 1, -1, 0]), (100, "T", [0, 1, 1, -1, 0]), (200, "G", [1, 0, 2, -1, 1])]


X_HEADER = '##FORMAT=<ID=DS,Number=A,Type=Float,Description="dosage">'


def test_haploid_dosages_count_twice(tmp_path: Path) -> None:
    """Men of X as imputation servers write them; in the second record everybody is haploid, and on chromosome 1 nobody is asked."""
    path = tmp_path / "x.vcf"
    records = [
        ("X", 100, ".", "A", "G", ["0|1:0.9", "1|1:1.8", "1:0.8", "0:0.1", ".:."]),
        ("X", 200, ".", "A", "G", ["1:1", "0:0.2", "1:0.8", "0:0.1", "0:0"]),
        ("X", 300, ".", "A", "G,T", ["0|1:0.9,0.1", "1|2:1,0.9", "1:0.8,0.1", "2:0,1", "0:0,0"]),
    ]
    write_vcf(path, SAMPLES, records, X_HEADER)
    file = open_genotypes(path)
    found = [r.dosages.tolist() for r in file.records("chrX", EVERYWHERE, {100, 200, 300}, SAMPLES)]
    expected = [
        [0.9, 1.8, 1.6, 0.2, np.nan],
        [2, 0.4, 1.6, 0.2, 0],
        [0.9, 1, 1.6, 0, 0],
        [0.1, 0.9, 0.2, 2, 0],
    ]
    assert np.allclose(found, expected, equal_nan=True)


def test_haploid_calls_count_twice(tmp_path: Path) -> None:
    """Also where all are haploid, of one alternate allele or several."""
    path = tmp_path / "y.vcf"
    records = [
        ("Y", 100, ".", "A", "G", ["1", "0", "1", ".", "0"]),
        ("Y", 200, ".", "A", "G,T", ["1", "2", "0", ".", "2"]),
    ]
    write_vcf(path, SAMPLES, records)
    found = [r.dosages.tolist() for r in open_genotypes(path).records("Y", EVERYWHERE, {100, 200}, SAMPLES)]
    assert found == [[2, 0, 2, -1, 0], [2, 0, 0, -1, 0], [0, 2, 0, -1, 2]]


def test_haploid_dosages_that_count_two_alleles(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "x.vcf"
    write_vcf(path, SAMPLES, [("X", 100, ".", "A", "G", ["0|1:1", "1|1:2", "1:1.9", "0:0", "0:0"])], X_HEADER)
    with pytest.raises(UserError, match=r"x\.vcf: X:100 has a haploid call with a dosage above 1"):
        records_of(open_genotypes(path), "X")
    path.write_text(
        path.read_text()
        .replace("GT:DS", "DS")
        .replace("0|1:", "")
        .replace("1|1:", "")
        .replace("1:", "")
        .replace("0:", "")
    )
    (record,) = records_of(open_genotypes(path), "X")
    assert np.allclose(record.dosages, [1, 2, 1.9, 0, 0])
    assert "dosages on chromosome X have no calls (GT) beside them" in caplog.text


def test_calls_made_diploid_whose_dosages_were_not(tmp_path: Path) -> None:
    """bcftools +fixploidy writes 1/1 for 1 and leaves its dosage of 1; one such call is no pattern."""
    path = tmp_path / "x.vcf"
    calls = ["0|1:1", "1/1:1", "1/1:0.9", "1/1:1", "0/0:0"]
    write_vcf(path, SAMPLES, [("X", 100, ".", "A", "G", calls)], X_HEADER)
    with pytest.raises(
        UserError, match=r"x\.vcf: X:100 has 3 calls of two alternate alleles \(1/1\) with a dosage of at most 1"
    ):
        records_of(open_genotypes(path), "X")
    write_vcf(path, SAMPLES, [("X", 100, ".", "A", "G", ["0|1:1", "1|1:1", "1|1:1.9", "1|1:2", "0|0:0"])], X_HEADER)
    assert len(records_of(open_genotypes(path), "X")) == 1


@pytest.mark.parametrize(
    "declared",
    [
        "##FORMAT=<ID=DS,Number=1,Type=String,Description='x'>\n",
        "##FORMAT=<Number=A,Type=Float,ID=DS,Description='x'>\n",
        "",
    ],
)
def test_dosages_however_they_are_declared(tmp_path: Path, declared: str) -> None:
    path = tmp_path / "g.vcf"
    calls = ["0|0:0.25", "0|1:0.75", "1|1:1.75", "0|0:.", "0|0:0"]
    write_vcf(path, SAMPLES, [("1", 100, ".", "A", "G", calls)], X_HEADER)
    path.write_text(path.read_text().replace(X_HEADER + "\n", declared))
    (record,) = records_of(open_genotypes(path))
    assert np.allclose(record.dosages, [0.25, 0.75, 1.75, np.nan, 0], equal_nan=True)
    if not declared:
        path.write_text(path.read_text().replace("0|0:0\n", "0|0:low\n"))
        with pytest.raises(UserError, match=r"g\.vcf: 1:100 has dosages \(DS\) that are no numbers"):
            records_of(open_genotypes(path))


def test_a_sample_twice(vcf: Path, bed: Path, pgen: Path) -> None:
    vcf.write_text(vcf.read_text().replace("S4", "S2"))
    with pytest.raises(UserError, match=r"g\.vcf: sample S2 stands twice in its header"):
        open_genotypes(vcf)
    psam, fam = pgen.with_suffix(".psam"), bed.with_suffix(".fam")
    psam.write_text(psam.read_text().replace("S4", "S2"))
    with pytest.raises(UserError, match=r"g\.pgen: sample S2 stands twice in its \.psam"):
        open_genotypes(pgen)
    text = fam.read_text().replace("S4", "S2")
    fam.write_text(text)
    with pytest.raises(UserError, match=r"g\.bed: sample F_S2 stands twice in its \.fam"):
        open_genotypes(bed)
    lines = text.splitlines()
    fam.write_text("\n".join([*lines[:3], lines[3].replace("F", "G", 1), lines[4]]) + "\n")
    assert open_genotypes(bed).samples == ["F_S1", "F_S2", "F_S3", "G_S2", "F_S5"]


def test_a_long_allele_of_a_bim_takes_no_more_than_its_own_length(bed: Path) -> None:
    """A table of cells of one width would need 5,000 × 200 kB × 4 bytes."""
    length, number = 200_000, 5_000
    alleles = ["A" * length if i == 17 else "G" for i in range(number)]
    bed.with_suffix(".bim").write_text("".join(f"1\trs{i}\t0\t{100 + i}\t{a}\tA\n" for i, a in enumerate(alleles)))
    bed.write_bytes(b"\x6c\x1b\x01" + bytes(2 * number))
    tracemalloc.start()
    try:
        found = list(open_genotypes(bed).records("1", EVERYWHERE, {117, 118}, SAMPLES))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(r.position, len(r.alt)) for r in found] == [(117, length), (118, 1)]
    assert peak < 20e6, peak


@pytest.mark.parametrize(("suffix", "content", "expected"), [
    (".fam", "", r"g\.fam is empty"),
    (".fam", "\n", r"g\.bed has no samples: its \.fam lists none"),
    (".fam", "F S1 0 0 0 -9\n" * 9, r"g\.bed has 11 bytes; 4 variants of g\.bim and 9 samples of g\.fam need 15"),
    (".bim", "1 rs1 0 100 G A\n", r"g\.bed has 11 bytes; 1 variants of g\.bim and 5 samples of g\.fam need 5"),
    (".bim", "1 rs1 100 G A\n", r"g\.bim line 1: 5 cells, expected 6"),
    (".bim", "1 rs1 0 x G A\n", r"g\.bim line 1: position 'x'"),
])  # fmt: skip
def test_tables_that_do_not_fit_a_bed(bed: Path, suffix: str, content: str, expected: str) -> None:
    bed.with_suffix(suffix).write_text(content)
    with pytest.raises(UserError, match=expected):
        open_genotypes(bed)


def test_pgen_dosages_and_alleles(tmp_path: Path) -> None:
    pgenlib = pytest.importorskip("pgenlib", reason="Pgenlib is an optional package")
    path = tmp_path / "d.pgen"
    writer = pgenlib.PgenWriter(str(path).encode(), 5, variant_ct=1, nonref_flags=False, dosage_present=True)
    writer.append_dosages(np.array([0.5, 2, 0, -9, 1.25], np.float32))
    writer.close()
    path.with_suffix(".pvar").write_text("#CHROM\tPOS\tID\tREF\tALT\n1\t100\t.\tA\tG\n")
    path.with_suffix(".psam").write_text("#FID\tIID\n" + "".join(f"F\t{s}\n" for s in SAMPLES))
    (record,) = records_of(open_genotypes(path))
    assert np.allclose(record.dosages, [0.5, 2, 0, np.nan, 1.25], equal_nan=True, atol=1e-4)


def test_an_index_gives_the_same_records(project_data: Path, tmp_path: Path) -> None:
    indexed = project_data / "gene_models" / "genotypes.vcf.gz"
    plain = tmp_path / "no_index.vcf.gz"
    plain.symlink_to(indexed)
    regions = [(1_500_000, 1_900_000), (2_400_000, 2_440_000)]
    positions = {p for first, last in regions for p in range(first, last + 1)}
    files = [open_genotypes(path) for path in (indexed, plain)]
    samples = files[0].samples[:7]
    with_index, without = ([r for r in f.records("chr3", regions, positions, samples)] for f in files)
    assert len(with_index) > 100
    assert [(r.position, r.ref, r.alt, r.dosages.tolist()) for r in with_index] == [
        (r.position, r.ref, r.alt, r.dosages.tolist()) for r in without
    ]


def test_unsorted_vcf(tmp_path: Path) -> None:
    path = tmp_path / "u.vcf"
    write_vcf(path, SAMPLES, [("1", p, ".", "A", "G", ["0/1"] * 5) for p in (200, 100)])
    with pytest.raises(UserError, match=r"u\.vcf is not sorted: 1:100 follows 200"):
        records_of(open_genotypes(path))


def test_files_that_are_no_genotypes(tmp_path: Path, bed: Path) -> None:
    text = tmp_path / "t.txt"
    text.write_text("hello\n")
    with pytest.raises(UserError, match=r"t\.txt is no VCF"):
        open_genotypes(text)
    sites = tmp_path / "sites.vcf"
    sites.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    with pytest.raises(UserError, match="has no samples"):
        open_genotypes(sites)
    bed.with_suffix(".fam").unlink()
    with pytest.raises(UserError, match=r"no g\.fam beside it"):
        open_genotypes(bed)
    with pytest.raises(UserError, match="no such genotype file"):
        open_genotypes(tmp_path / "absent.bed")


def test_a_bed_cut_short(bed: Path) -> None:
    bed.write_bytes(bed.read_bytes()[:-2])
    with pytest.raises(UserError, match=r"g\.bed has 9 bytes; .* need 11"):
        open_genotypes(bed)


def test_a_pgen_cut_short(pgen: Path) -> None:
    pgen.write_bytes(pgen.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"g\.pgen"):
        records_of(open_genotypes(pgen))


@pytest.mark.parametrize("indexed", [True, False])
def test_a_vcf_cut_short(project_data: Path, tmp_path: Path, indexed: bool) -> None:
    """With an index, htslib takes a cut for the end; between two blocks it does so without one too."""
    whole = project_data / "gene_models" / "genotypes.vcf.gz"
    content = whole.read_bytes()
    between = content.index(b"\x1f\x8b\x08\x04", len(content) // 2)
    for size in (between, between + 100):
        cut = tmp_path / f"cut{size}.vcf.gz"
        cut.write_bytes(content[:size])
        if indexed:
            Path(f"{cut}.tbi").write_bytes(Path(f"{whole}.tbi").read_bytes())
        with pytest.raises(UserError, match=rf"cut{size}\.vcf\.gz is damaged or cut short"):
            open_genotypes(cut)


def test_a_damaged_vcf(vcf: Path) -> None:
    vcf.write_text(vcf.read_text().replace("chr1\t300", "chr1\tx300"))
    with pytest.raises(UserError, match=r"g\.vcf is damaged or cut short"):
        records_of(open_genotypes(vcf))


def test_a_vcf_without_calls(vcf: Path) -> None:
    vcf.write_text(vcf.read_text().replace("GT", "GP"))
    with pytest.raises(UserError, match=r"g\.vcf: chr1:100 has neither calls \(GT\) nor a dosage"):
        records_of(open_genotypes(vcf))
