"""Expression tables as GTEx and R write them."""

import json
from pathlib import Path

import numpy as np
import pytest
from tcra.common.genome.genes import read_annotation
from tcra.errors import UserError
from tcra.expression.expression_table import ExpressionTable, read_expression_table, write_expression_table
from tcra.expression.normalize import inverse_normal, normalize_file
from tcra.expression.settings import NormalizationOptions

SAMPLES = [f"GTEX-{i:04X}" for i in range(40000, 40014)]
GENES = [f"ENSG{i:011d}.{i % 3 + 1}" for i in range(20)]
CHROM = ["chr1"] * 8 + ["chr2"] * 8 + ["chrX"] * 4
VALUES = np.random.default_rng(2).gamma(2, 3, (20, 14)).round(4)
OPTIONS = NormalizationOptions(factors=0)


def write_bed(path: Path) -> Path:
    rows = [[c, "5", "6", g, *map(str, v)] for c, g, v in zip(CHROM, GENES, VALUES, strict=True)]
    return write_rows(path, [["#chr", "start", "end", "gene_id", *SAMPLES], *rows])


def write_rows(path: Path, rows: list[list[str]], separator: str = "\t") -> Path:
    path.write_text("".join(separator.join(row) + "\n" for row in rows))
    return path


def write_gct(path: Path, samples: list[str], genes: list[str] | None = None) -> Path:
    rows = [[g, f"NAME{i}", *map(str, v)] for i, (g, v) in enumerate(zip(genes or GENES, VALUES, strict=True))]
    return write_rows(path, [["#1.2"], ["20", "14"], ["Name", "Description", *samples], *rows])


@pytest.fixture
def genes(tmp_path: Path) -> Path:
    rows = [[c, "x", "gene", "11", "20", ".", "+", ".", f'gene_id "{g}";'] for c, g in zip(CHROM, GENES, strict=True)]
    return write_rows(tmp_path / "genes.gtf", rows)


@pytest.fixture
def expected(tmp_path: Path) -> ExpressionTable:
    """What comes of the BED."""
    normalize_file(write_bed(tmp_path / "e.bed"), [], OPTIONS, tmp_path / "of_bed.csv")
    return read_expression_table(tmp_path / "of_bed.csv")


@pytest.mark.parametrize("suffix", ["", "-0226-SM-5GZZ7"])
def test_gct_gets_places_from_the_annotation_and_donors_as_samples(
    tmp_path: Path, genes: Path, expected: ExpressionTable, suffix: str
) -> None:
    gct = write_gct(tmp_path / "e.gct", [f"{sample}{suffix}" for sample in SAMPLES])
    normalize_file(gct, [], OPTIONS, tmp_path / "o.csv", genes)
    found = read_expression_table(tmp_path / "o.csv")
    assert (found.samples, found.gene_ids) == (SAMPLES, GENES)
    assert (found.chromosomes, found.gene_names[3]) == (CHROM, "NAME3")
    assert (found.values == expected.values).all()


def test_genes_of_a_gct_that_the_annotation_lacks_are_counted(tmp_path: Path, genes: Path) -> None:
    gct = write_gct(tmp_path / "e.gct", SAMPLES, ["ENSG00000000099.1", *GENES[1:]])
    normalize_file(gct, [], OPTIONS, tmp_path / "o.csv", genes)
    count = json.loads((tmp_path / "o.csv.accounting.json").read_text())["counts"][0]
    assert (count["in"], count["out"], count["rejected"]) == (20, 19, {"not in the annotation": 1})


def test_gct_that_cannot_be_understood(tmp_path: Path, genes: Path) -> None:
    gct = write_gct(tmp_path / "e.gct", SAMPLES)
    with pytest.raises(UserError, match=r"e\.gct is a GCT table, which does not say where its genes are"):
        normalize_file(gct, [], OPTIONS, tmp_path / "o.csv")
    twice = [f"{SAMPLES[0]}-0226-SM-1", f"{SAMPLES[0]}-0126-SM-2", *SAMPLES[2:]]
    with pytest.raises(UserError, match="GTEX-9C40-0226-SM-1 and GTEX-9C40-0126-SM-2 are of one donor"):
        read_expression_table(write_gct(tmp_path / "e.gct", twice), annotation=read_annotation(genes))
    (tmp_path / "t.gct").write_text(gct.read_text().replace("Name\tDescription", "transcript_id\tgene_id"))
    with pytest.raises(UserError, match=r"t\.gct line 3: a GCT's header starts with Name and Description"):
        read_expression_table(tmp_path / "t.gct", annotation=read_annotation(genes))


@pytest.mark.parametrize("row_names", [True, False])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_the_csv_of_r(tmp_path: Path, expected: ExpressionTable, row_names: bool, separator: str) -> None:
    def quoted(*cells: str) -> list[str]:
        return [f'"{cell}"' for cell in cells]

    rows = [quoted("chr", "gene_id", "gene_name", *SAMPLES)]
    for i, (c, g, v) in enumerate(zip(CHROM, GENES, VALUES, strict=True)):
        rows.append([*quoted(c, g, "A, B" if i == 2 else g), *map(str, v)])
    if row_names:
        rows = [[*quoted(str(i) if i else ""), *row] for i, row in enumerate(rows)]
    path = write_rows(tmp_path / "e.csv", rows, separator)
    normalize_file(path, [], OPTIONS, tmp_path / "o.csv")
    found = read_expression_table(tmp_path / "o.csv")
    assert (found.samples, found.gene_ids, found.chromosomes) == (SAMPLES, GENES, CHROM)
    assert found.gene_names[2] == "A, B" and (found.values == expected.values).all()


def test_values_that_are_normalised_already(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    normal = inverse_normal(VALUES)
    table = ExpressionTable(CHROM, GENES, GENES, SAMPLES, normal)
    write_expression_table(tmp_path / "n.csv", table)
    already = NormalizationOptions(already_normalized=True)
    normalize_file(tmp_path / "n.csv", [], already, tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_text() == (tmp_path / "n.csv").read_text()
    assert not caplog.records

    (tmp_path / "c.tsv").write_text("ID\t" + "\t".join(SAMPLES) + "\nage\t" + "\t".join(map(str, range(14))) + "\n")
    normalize_file(tmp_path / "n.csv", [tmp_path / "c.tsv"], already, tmp_path / "o.csv")
    design = np.stack([np.ones(14), np.arange(14)], 1)
    left = normal - (design @ np.linalg.lstsq(design, normal.T, rcond=None)[0]).T
    assert np.allclose(read_expression_table(tmp_path / "o.csv").values, inverse_normal(left.round(10)))

    normalize_file(tmp_path / "n.csv", [], OPTIONS, tmp_path / "o.csv")
    assert "n.csv has negative values" in caplog.text and "--already-normalized" in caplog.text


def same(path: Path, expected: ExpressionTable, annotation: Path | None = None) -> None:
    out = path.with_suffix(".out.csv")
    normalize_file(path, [], OPTIONS, out, annotation)
    found = read_expression_table(out)
    assert (found.gene_ids, found.samples) == (expected.gene_ids, expected.samples)
    np.testing.assert_allclose(found.values, expected.values)


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_write_table_of_r_names_no_row_names(tmp_path: Path, expected: ExpressionTable, separator: str) -> None:
    """One cell fewer in the header than in the rows."""
    rows = [[str(i), c, g, "N", *map(str, v)] for i, (c, g, v) in enumerate(zip(CHROM, GENES, VALUES, strict=True))]
    same(write_rows(tmp_path / "r.csv", [["chr", "gene_id", "gene_name", *SAMPLES], *rows], separator), expected)


def test_decimal_commas(tmp_path: Path, expected: ExpressionTable) -> None:
    rows = [[c, g, "N", *(str(x).replace(".", ",") for x in v)] for c, g, v in zip(CHROM, GENES, VALUES, strict=True)]
    same(write_rows(tmp_path / "r.csv", [["chr", "gene_id", "gene_name", *SAMPLES], *rows], ";"), expected)


def test_a_comma_that_may_stand_between_thousands_is_refused(tmp_path: Path) -> None:
    rows = [["1", "gene", "N", "1,234", *("5" for _ in SAMPLES[1:])]]
    with pytest.raises(UserError, match=r"sample .* has '1,234', expected a number"):
        read_expression_table(write_rows(tmp_path / "e.tsv", [["chr", "gene_id", "gene_name", *SAMPLES], *rows], "\t"))


@pytest.mark.parametrize(
    "names",
    [
        ["chr", "start", "end", "gene_id"],
        ["Chrom", "start", "end", "phenotype_id"],
        ["#Chr", "start", "end", "pid", "gid", "strand"],
        ["#chr", "start", "end", "phenotype_id", "phenotype_group_id", "strand"],
        ["#chr", "start", "end", "gene_id", "gene_name", "gene_type", "strand"],
    ],
)
def test_beds_of_other_programs(tmp_path: Path, expected: ExpressionTable, names: list[str]) -> None:
    rows = [
        [c, "5", "6", g, *["+"] * (len(names) - 4), *map(str, v)] for c, g, v in zip(CHROM, GENES, VALUES, strict=True)
    ]
    same(write_rows(tmp_path / "e.txt", [[*names, *SAMPLES], *rows]), expected)


def test_gct_with_row_numbers(tmp_path: Path, genes: Path, expected: ExpressionTable) -> None:
    """As GTEx's files of one tissue."""
    lines = write_gct(tmp_path / "e.gct", SAMPLES).read_text().splitlines()
    numbered = ["id\t" + lines[2], *(f"{i}\t{line}" for i, line in enumerate(lines[3:]))]
    (tmp_path / "e.gct").write_text("\n".join([*lines[:2], *numbered]) + "\n")
    same(tmp_path / "e.gct", expected, genes)


def test_genes_of_gff3(tmp_path: Path, expected: ExpressionTable) -> None:
    """GENCODE's and Ensembl's, which keeps the version apart."""
    gff = tmp_path / "genes.gff3"
    for attributes in ("ID={g};gene_id={g};gene_name=N", "ID=gene:{s};Name=N;gene_id={s};version={v}"):
        rows = []
        for chrom, g in zip(CHROM, GENES, strict=True):
            stem, version = g.split(".")
            rows.append([chrom, "x", "gene", "11", "20", ".", "+", ".", attributes.format(g=g, s=stem, v=version)])
        write_rows(gff, rows)
        assert [gene.gene_id for gene in read_annotation(gff)] == GENES
        same(write_gct(tmp_path / "e.gct", SAMPLES), expected, gff)


def test_minus_nine_is_no_count(tmp_path: Path) -> None:
    path = write_bed(tmp_path / "e.bed")
    path.write_text(path.read_text().replace(f"\t{VALUES[3, 2]}\t", "\t-9\t", 1))
    with pytest.raises(UserError, match=r"e\.bed: its only negative values are 1 of -9"):
        normalize_file(path, [], OPTIONS, tmp_path / "o.csv")
