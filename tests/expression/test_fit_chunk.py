"""fit_gene_models.py as a user runs it."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tcra.errors import UserError
from tcra.expression.fit_chunk import fit_chunk
from tcra.expression.settings import ChunkInputs, ChunkOptions

from .conftest import Cohort, calls_of, write_vcf

STATISTICS = ["cv_mse", "lambda_min", "cv_R2_avg", "cv_R2_sd", "in_sample_R2", "pred_perf_R2", "pred_perf_pval"]


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return (
        pd.read_csv(folder / "model_summaries.tsv", sep="\t"),
        pd.read_csv(folder / "weights.tsv", sep="\t"),
        pd.read_csv(folder / "covariances.txt.gz", sep=" "),
    )


def text_of(folder: Path) -> dict[str, bytes]:
    """Contents of the three tables."""
    plain = {name: (folder / name).read_bytes() for name in ("model_summaries.tsv", "weights.tsv")}
    return {**plain, "covariances": gzip.decompress((folder / "covariances.txt.gz").read_bytes())}


@pytest.fixture(scope="module")
def fitted(cohort: Cohort, script: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fitted") / "chunk"
    script("fit_gene_models.py", *cohort.flags(), "--out", out)
    return out


@pytest.mark.thorough
def test_the_published_rs_output(shared_data: Path, script: Callable, tmp_path: Path) -> None:
    folder = shared_data / "gene_models"
    rows = [line.split() for line in (folder / "snp_set.tsv").read_text().splitlines()[1:]]
    sets = "".join(f"{v}\t{c}\t{p}\t{r}\t{a}\t{i}\t{s}\n" for i, (s, v, c, p, r, a) in enumerate(rows, 1))
    (tmp_path / "sets.tsv").write_text("variant_id\tchrom\tpos\tref\talt\trank\trsid\n" + sets)
    genotypes = next((shared_data / "genotypes").glob("*.vcf.gz"))
    script(
        "fit_gene_models.py", "--genotypes", genotypes, "--expression", folder / "expression.csv.gz", "--genes", folder / "genes.gtf",
        "--chrom", "chr7", "--snp-sets", tmp_path / "sets.tsv", "--set-sizes", "100000", "--out", tmp_path / "out",
    )  # fmt: skip
    summaries, weights, covariances = tables(tmp_path / "out")
    expected = pd.read_csv(folder / "expected_model_summaries.tsv", sep="\t")
    assert list(summaries.columns[:12]) == list(expected.columns)
    assert summaries.columns[-1] == weights.columns[-1] == covariances.columns[-1] == "snp_set"
    both = expected.merge(summaries, on="gene_id", suffixes=("", "_ours"), validate="1:1")
    assert len(both) == len(summaries) == 12
    for column in ("gene_name", "lambda_iteration", "n_snps_in_model"):
        assert (both[column] == both[column + "_ours"]).all()
    for column in STATISTICS:
        assert np.allclose(both[column], both[column + "_ours"], rtol=1e-6, atol=0, equal_nan=True), column

    expected = pd.read_csv(folder / "expected_weights.tsv", sep="\t")
    assert list(weights.columns[:6]) == list(expected.columns)
    both = expected.merge(weights, on=["gene_id", "rsid", "varID", "ref", "alt"], how="outer", suffixes=("", "_ours"))
    assert (both["beta"] - both["beta_ours"]).abs().max() < 1e-8 and both["beta"].notna().all()

    expected = pd.read_csv(folder / "expected_covariances.txt.gz", sep=" ")
    assert list(covariances.columns[:4]) == list(expected.columns)
    both = expected.merge(covariances, on=["gene_id", "rsid1", "rsid2"], how="outer", suffixes=("", "_ours"))
    assert len(both) == len(expected) == len(covariances)
    assert (both["corvarianceValues"] - both["corvarianceValues_ours"]).abs().max() < 1e-10


def test_every_gene_and_set_has_an_outcome(fitted: Path, cohort: Cohort) -> None:
    summaries, weights, _ = tables(fitted)
    assert len(summaries) == 6 * 3
    assert set(summaries["status"]) <= {"modelled", "no signal", "too few SNPs"}
    planted = summaries[summaries["gene_name"].isin(["NAME0", "NAME3"]) & (summaries["snp_set"] == 100)]
    assert (planted["status"] == "modelled").all() and (planted["rho_avg"] > 0.2).all()
    assert (summaries.loc[summaries["gene_name"] == "NAME5", "status"] == "too few SNPs").all()
    modelled = summaries[summaries["status"] == "modelled"]
    assert modelled["n_snps_in_model"].sum() == len(weights)
    counts = {c["unit"]: c for c in json.loads((fitted / "accounting.json").read_text())["counts"]}
    genes = counts["gene models (genes × SNP sets)"]
    assert (genes["in"], genes["out"]) == (18, len(modelled))


def test_rsids_come_from_the_set_else_the_genotypes(fitted: Path) -> None:
    _, weights, _ = tables(fitted)
    assert weights["rsid"].str.startswith("rs").all()


@pytest.mark.thorough
def test_chunks_and_cores_change_nothing(fitted: Path, cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    script("fit_gene_models.py", *cohort.flags()[:-2], "--cores", 3, "--out", tmp_path / "parallel")
    assert text_of(tmp_path / "parallel") == text_of(fitted)
    assert (tmp_path / "parallel" / "accounting.json").read_bytes() == (fitted / "accounting.json").read_bytes()
    parts = []
    for chrom, first, number in [("1", 0, 2), ("chr1", 2, 5), ("2", 0, 0)]:
        out = tmp_path / f"{chrom}_{first}"
        flags = ["--chrom", chrom, "--first-gene", first, "--number-of-genes", number]
        script("fit_gene_models.py", *cohort.flags(), *flags, "--out", out)
        parts.append(text_of(out))
    for name, whole in text_of(fitted).items():
        header, _, rows = whole.partition(b"\n")
        assert rows == b"".join(part[name].partition(b"\n")[2] for part in parts)
        assert all(part[name].startswith(header) for part in parts)


def test_swapped_alleles_give_the_same_weights(fitted: Path, cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    records = [
        (c, p, f"rs{i}", *(("G", "A") if i % 3 else ("A", "G")), calls_of(2 - d if i % 3 else d))
        for i, (c, p, d) in enumerate(zip(cohort.chrom, cohort.position, cohort.dosages.T, strict=True))
    ]
    write_vcf(tmp_path / "swapped.vcf", cohort.samples, records)
    flags = ["--genotypes", tmp_path / "swapped.vcf", *cohort.flags()[2:]]
    script("fit_gene_models.py", *flags, "--out", tmp_path / "out")
    assert text_of(tmp_path / "out") == text_of(fitted)


def test_every_genotype_format_gives_the_same_models(
    fitted: Path, cohort: Cohort, script: Callable, tmp_path: Path
) -> None:
    from bed_reader import to_bed

    n = len(cohort.position)
    properties = {
        "iid": cohort.samples, "chromosome": cohort.chrom, "bp_position": cohort.position, "sid": [f"rs{i}" for i in range(n)],
        "allele_1": ["G"] * n, "allele_2": ["A"] * n,
    }  # fmt: skip
    to_bed(tmp_path / "g.bed", cohort.dosages, properties=properties)
    script("fit_gene_models.py", "--genotypes", tmp_path / "g.bed", *cohort.flags()[2:], "--out", tmp_path / "out")
    assert text_of(tmp_path / "out") == text_of(fitted)


def test_genotypes_by_chromosome(fitted: Path, cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    files = []
    for chrom in ("1", "2"):
        chosen = [i for i in range(100) if cohort.chrom[i] == chrom]
        records = [(chrom, cohort.position[i], f"rs{i}", "A", "G", calls_of(cohort.dosages[:, i])) for i in chosen]
        files.append(tmp_path / f"chr{chrom}.vcf")
        write_vcf(files[-1], cohort.samples, records, extra="##contig=<ID=1>\n##contig=<ID=2>" if chrom == "1" else "")
    script("fit_gene_models.py", "--genotypes", *files, *cohort.flags()[2:], "--out", tmp_path / "out")
    assert text_of(tmp_path / "out") == text_of(fitted)


def test_a_chromosome_without_genotypes(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    records = [("1", cohort.position[i], ".", "A", "G", calls_of(cohort.dosages[:, i])) for i in range(60)]
    write_vcf(tmp_path / "chr1.vcf", cohort.samples, records)
    done = script(
        "fit_gene_models.py", "--genotypes", tmp_path / "chr1.vcf", *cohort.flags()[2:], "--out", tmp_path / "out"
    )
    assert "no genotypes on chromosome 2" in done.stderr
    summaries = tables(tmp_path / "out")[0]
    assert (summaries.loc[summaries["chrom"] == 2, "status"] == "too few SNPs").all()
    assert (summaries.loc[summaries["chrom"] == 1, "status"] == "modelled").any()


def test_a_gene_outside_the_annotation_and_one_that_cannot_be_fitted(
    cohort: Cohort, script: Callable, tmp_path: Path
) -> None:
    lines = cohort.table.read_text().splitlines()
    cells = lines[2].split(",")
    lines[2] = ",".join([*cells[:3], "NA", *cells[4:]])
    lines[3] = lines[3].replace("ENSG00000000002.1", "ENSG99999999999.1")
    lines[1] = lines[1].replace("ENSG00000000000.1", "ENSG00000000000.7")  # another version of the annotation's gene
    (tmp_path / "e.csv").write_text("\n".join(lines) + "\n")
    script("fit_gene_models.py", *cohort.flags(), "--expression", tmp_path / "e.csv", "--out", tmp_path / "out")
    summaries = tables(tmp_path / "out")[0].set_index(["gene_id", "snp_set"])
    assert summaries.loc[("ENSG99999999999.1", 100), "status"] == "not in the annotation"
    assert summaries.loc[("ENSG00000000000.7", 100), "gene_name"] == "NAME0"
    failed = summaries.loc[("ENSG00000000001.1", 100)]
    assert (failed["status"], failed["reason"]) == ("failed", "the expression has missing values")


def test_a_set_size_given_twice_is_one_set(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    script("fit_gene_models.py", *cohort.flags(), "--set-sizes", "50,20,50", "--out", tmp_path / "out")
    assert tables(tmp_path / "out")[0]["snp_set"].tolist() == [20, 50] * 6


def test_tss_window_and_options_of_the_filters(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    more = [
        "--window",
        30_000,
        "--tss-window",
        "--maf",
        "0.3",
        "--missing",
        "mean",
        "--full-path",
        "--folds",
        5,
        "--repeats",
        2,
    ]
    script("fit_gene_models.py", *cohort.flags(), *more, "--out", tmp_path / "out")
    summaries = tables(tmp_path / "out")[0]
    first = summaries[(summaries["gene_name"] == "NAME0") & (summaries["snp_set"] == 100)].iloc[0]
    assert (first["window_start"], first["window_end"]) == (70_000, 130_000)
    frequency = cohort.dosages[:, :60].mean(0) / 2
    inside = [70_000 <= p <= 130_000 and 0.3 <= f <= 0.7 for p, f in zip(cohort.position, frequency, strict=False)]
    assert first["n_snps_in_window"] == sum(inside)


def test_provenance_names_no_path(fitted: Path, cohort: Cohort) -> None:
    text = (fitted / "accounting.json").read_text()
    record = json.loads(text)
    assert str(cohort.folder) not in text
    assert record["solver"].startswith("glmstar ")
    assert record["inputs"]["genotypes.vcf"].startswith("crc32c:")
    assert record["parameters"]["seed"] == 20240528


def rename(path: Path, out: Path, change: Callable[[str], str]) -> Path:
    """A copy of a CSV with other sample names."""
    header, *rest = path.read_text().splitlines()
    names = header.split(",")
    out.write_text("\n".join([",".join([*names[:3], *map(change, names[3:])]), *rest]) + "\n")
    return out


def test_sample_names_that_differ_by_a_prefix(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    table = rename(cohort.table, tmp_path / "e.csv", lambda name: f"0_{name}")
    stderr = script(
        "fit_gene_models.py", *cohort.flags(), "--expression", table, "--out", tmp_path / "o", status=2
    ).stderr
    assert len(stderr.strip().splitlines()) == 1
    assert "e.csv share 0 samples (120 and 120 in each), expected at least 100; the names differ by a prefix" in stderr


def test_fewer_than_a_hundred_samples(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    table = rename(
        cohort.table, tmp_path / "e.csv", lambda name: name if int(name[1:]) < 99 else f"other{int(name[1:]) * 7}"
    )
    stderr = script(
        "fit_gene_models.py", *cohort.flags(), "--expression", table, "--out", tmp_path / "o", status=2
    ).stderr
    assert "share 99 samples" in stderr


def inputs(cohort: Cohort, **others: Any) -> ChunkInputs:
    files = {"genotypes": [cohort.vcf], "expression": cohort.table, "genes": cohort.genes, "snp_sets": cohort.sets}
    return ChunkInputs(**{**files, **others})


OPTIONS = ChunkOptions(set_sizes=(100,), window_bp=100_000, folds=5, repeats=1, quality="published")


def test_people_of_one_side_are_counted_and_listed(
    cohort: Cohort, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = rename(cohort.table, tmp_path / "e.csv", lambda name: f"{name}b" if name < "P003" else name)
    fit_chunk(inputs(cohort, expression=table), replace(OPTIONS, number_of_genes=1), tmp_path / "out")
    assert (
        "samples: 117 in genotypes and expression, 3 in the genotypes only (such as P000), "
        "3 in the expression only (such as P000b)"
    ) in caplog.text
    record = json.loads((tmp_path / "out" / "accounting.json").read_text())
    assert record["samples"] == {"shared": 117, "only_genotypes": 3, "only_expression": 3, "only_some_files": 0}
    rejected = pd.read_csv(tmp_path / "out" / "rejected.tsv.gz", sep="\t")
    people = rejected[rejected["unit"] == "samples"]
    assert people.groupby("reason")["what"].apply(list).to_dict() == {
        "no expression": ["P000", "P001", "P002"],
        "no genotypes": ["P000b", "P001b", "P002b"],
    }


def test_people_of_some_genotype_files(cohort: Cohort, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The second chromosome's file lacks two people."""
    kept = np.arange(120) > 1
    records = [
        (c, p, ".", "A", "G", calls_of(d[kept]))
        for c, p, d in zip(cohort.chrom, cohort.position, cohort.dosages.T, strict=True)
        if c == "2"
    ]
    write_vcf(tmp_path / "chr2.vcf", cohort.samples[2:], records)
    both = inputs(cohort, genotypes=[cohort.vcf, tmp_path / "chr2.vcf"])
    fit_chunk(both, replace(OPTIONS, number_of_genes=1), tmp_path / "out")
    assert "2 not in all genotype files (such as P000)" in caplog.text
    assert json.loads((tmp_path / "out" / "accounting.json").read_text())["samples"]["shared"] == 118


@pytest.mark.parametrize(("name", "place", "status", "expected"), [
    ("chrM", "chrM", "too few SNPs", "no SNP lies within the window"),
    ("GL000192.1", "GL000192.1", "too few SNPs", "no SNP lies within the window"),
    ("GL000192.1", "", "not in the annotation", "none of the 1 genes of the expression table"),
])  # fmt: skip
def test_a_chunk_on_a_chromosome_without_snps(
    cohort: Cohort, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, place: str, status: str, expected: str
) -> None:
    """The run goes on: the gene has its reason, and the log says what is lacking."""
    (tmp_path / "e.csv").write_text(
        cohort.table.read_text() + f"{name},MT1,MT1," + ",".join(map(str, range(120))) + "\n"
    )
    gene = f'{place}\tx\tgene\t100\t200\t.\t+\t.\tgene_id "MT1";\n' if place else ""
    (tmp_path / "g.gtf").write_text(cohort.genes.read_text() + gene)
    files = inputs(cohort, expression=tmp_path / "e.csv", genes=tmp_path / "g.gtf")
    fit_chunk(files, replace(OPTIONS, chrom=name), tmp_path / "out")
    assert tables(tmp_path / "out")[0]["status"].tolist() == [status]
    assert f"chromosome {name}: its genes get no model" in caplog.text and expected in caplog.text


def test_many_genes_on_a_chromosome_of_another_build_are_an_error(cohort: Cohort, tmp_path: Path) -> None:
    rows, genes = cohort.table.read_text(), ""
    for i in range(10):
        rows += f"chr2,FAR{i},FAR{i}," + ",".join(map(str, range(120))) + "\n"
        genes += f'chr2\tx\tgene\t{70_000_000 + i}\t{70_000_100 + i}\t.\t+\t.\tgene_id "FAR{i}";\n'
    header, *lines = rows.splitlines(keepends=True)
    (tmp_path / "e.csv").write_text(header + "".join(line for line in lines if ",FAR" in line))
    (tmp_path / "g.gtf").write_text(genes)
    files = inputs(cohort, expression=tmp_path / "e.csv", genes=tmp_path / "g.gtf")
    with pytest.raises(UserError, match="no SNP lies within the window of any gene"):
        fit_chunk(files, replace(OPTIONS, chrom="2"), tmp_path / "out")


def shifted(path: Path, out: Path) -> Path:
    """A SNP set in the coordinates of another build."""
    header, *lines = [line.split("\t") for line in path.read_text().splitlines()]
    for cells in lines:
        cells[2] = str(int(cells[2]) + 50_000_000)
    out.write_text("\n".join("\t".join(cells) for cells in [header, *lines]) + "\n")
    return out


@pytest.mark.parametrize(("case", "expected"), [
    ("build", "no SNP lies within the window of any gene of"),
    ("genotypes", "none of the 100 SNPs in the genes' windows on chromosome 1"),
    ("fold", "fold"),
    ("columns", "has no column rank"),
    ("twice", "gene ENSG00000000000.1 stands on line 2 too"),
    ("annotation", "none of the 6 genes of the expression table"),
    ("first", "--first-gene 6: there are only 6 genes"),
    ("ranks", "no variant has a rank of at most 5"),
    ("number", "line 3: sample P119 has 'high', expected a number"),
    ("header", "expected a GTEx BED"),
    ("blank", "line 2: gene id 'a gene', expected one word"),
    ("maf", "--maf 0.6: no minor allele is so frequent"),
])  # fmt: skip
@pytest.mark.thorough
def test_one_line_for_each_mistake(cohort: Cohort, script: Callable, tmp_path: Path, case: str, expected: str) -> None:
    flags: list[object] = []
    lines = cohort.table.read_text().splitlines()
    if case == "build":
        flags = ["--snp-sets", shifted(cohort.sets, tmp_path / "sets.tsv")]
    elif case == "genotypes":
        header = "variant_id\tchrom\tpos\tref\talt\trank\n"
        rows = "".join(f"1_{p}_A_G\t1\t{p}\tA\tG\t{i + 1}\n" for i, p in enumerate(range(100_001, 100_101)))
        (tmp_path / "sets.tsv").write_text(header + rows)
        flags = ["--snp-sets", tmp_path / "sets.tsv"]
    elif case == "fold":
        flags = ["--folds", 70]
    elif case == "columns":
        (tmp_path / "sets.tsv").write_text(cohort.sets.read_text().replace("rank", "order", 1))
        flags = ["--snp-sets", tmp_path / "sets.tsv"]
    elif case == "annotation":
        (tmp_path / "g.gtf").write_text(cohort.genes.read_text().replace("ENSG0", "ENSG8"))
        flags = ["--genes", tmp_path / "g.gtf"]
    elif case == "first":
        flags = ["--first-gene", 6]
    elif case == "maf":
        flags = ["--maf", "0.6"]
    elif case == "ranks":
        (tmp_path / "sets.tsv").write_text(
            "".join(line + "\n" for line in cohort.sets.read_text().splitlines() if line.split("\t")[5] not in "12345")
        )
        flags = ["--snp-sets", tmp_path / "sets.tsv", "--set-sizes", "5"]
    else:
        if case == "twice":
            lines.append(lines[1])
        elif case == "number":
            lines[2] = ",".join([*lines[2].split(",")[:3], "high", *lines[2].split(",")[4:]])
        elif case == "blank":
            lines[1] = ",".join(["1", "a gene", *lines[1].split(",")[2:]])
        else:
            lines[0] = "gene," + lines[0]
        (tmp_path / "e.csv").write_text("\n".join(lines) + "\n")
        flags = ["--expression", tmp_path / "e.csv"]
    stderr = script("fit_gene_models.py", *cohort.flags(), *flags, "--out", tmp_path / "out", status=2).stderr
    assert len(stderr.strip().splitlines()) == 1, stderr
    assert expected in stderr
    assert not (tmp_path / "out" / "model_summaries.tsv").exists()
