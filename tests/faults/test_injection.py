"""Names in data and of files are text: no shell runs them, and no output leaves its folder for them."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

from ..engine import ROOT, Run, tasks
from ..pipeline.test_stub import made_up_study

SAFE = r"(?:sources|task\.cpus)$|(?:flags|fileFlags|word|words)\("
CANARY = "PWN"
COMMAND = f"a$(touch {CANARY});touch {CANARY}'\"`touch {CANARY}`|&"


def values_in(block: str) -> list[str]:
    """What stands in the ${…} of a Groovy text."""
    found = []
    for match in re.finditer(r"\$\{", block):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(block[end], 0)
            end += 1
        found.append(block[match.end() : end - 1])
    return [text for text in found if not any(text != other and text in other for other in found)]


@pytest.mark.parametrize("module", sorted((ROOT / "modules").glob("*.nf")), ids=lambda path: path.stem)
def test_a_script_holds_only_quoted_values(module: Path) -> None:
    """Each value in a script block has gone through modules/flags.nf, directly or in a `def` above the block."""
    found = re.search(r'    script:\n(.*?)"""\n(.*?)"""\n', module.read_text(), re.S)
    if not found:
        assert not re.search(r"^process ", module.read_text(), re.M)
        return
    above, block = found.groups()
    definitions = re.findall(r"^    (?:def )?(\w+) =(.*?)(?=^    (?:def )?\w+ =|\Z)", above, re.M | re.S)
    built = {name for name, value in definitions if all(re.match(SAFE, inside) for inside in values_in(value))}
    for value in values_in(block):
        name = re.match(r"\w+", value)
        assert re.match(SAFE, value) or (name and name[0] in built), f"{module.name}: ${{{value}}}"


def canaries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name == CANARY]


@pytest.mark.thorough
@pytest.mark.pipeline
def test_names_in_tables_are_no_commands(nextflow: Run, tmp_path: Path) -> None:
    """Track ids, labels of annotations, columns of the traits table, and file names with blanks, quotes and letters of any script."""
    flags = made_up_study(tmp_path, "tissue,tracks,expression\nbreast,one.csv,a.bed.gz\n")
    quoted = COMMAND.replace('"', "")
    for name in ("my peaks (1) & Élan's.bed", "it's.vcf"):
        (tmp_path / name).write_text("x")
    (tmp_path / "one.csv").write_text(f"id,bigwig\n{quoted},A.bw\nB,it's.bw\n")
    (tmp_path / "it's.bw").write_text("x")
    (tmp_path / "traits.csv").write_text(f"trait,path,{quoted}\nheight,height.tsv,{quoted}\n")
    flags[flags.index(tmp_path / "variants.vcf")] = tmp_path / "it's.vcf"
    labelled = f"{quoted}={tmp_path / 'windows.bed'}"
    flags += ["--states", labelled, "--annotations", tmp_path / "my peaks*.bed"]
    nextflow("-stub-run", *flags, folder=tmp_path)
    assert {"RANK", "COVERAGE", "ASSOCIATE"} <= set(tasks(tmp_path / "results/pipeline_info/trace.tsv"))
    assert not canaries(tmp_path)


@pytest.mark.thorough
@pytest.mark.pipeline
def test_file_names_that_a_task_cannot_stage_are_refused(nextflow: Run, tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_text("x")
    (tmp_path / "an").mkdir()
    (tmp_path / "an" / f"a$(touch {CANARY});touch {CANARY};.bed").write_text("x")
    given = ("--scores", tmp_path / "scores.parquet", "--annotations", tmp_path / "an" / "*.bed")
    done = nextflow("-stub-run", *given, folder=tmp_path, status=2)
    assert "cannot be handed to a task: a path may have letters, digits, blanks" in done.stdout
    assert not canaries(tmp_path)


@pytest.mark.pipeline
def test_which_paths_a_task_can_stage(nextflow: Run, tmp_path: Path) -> None:
    names = {
        "a.bed": True, "my peaks (1) & Élan's, new.bed": True, "_a-b+c=d@e%f:g~h#i.bed": True, "日本.bed": True,
        "-a.bed": False, "#a": False,
        "a;b.bed": False, "a$b": False, "a`b": False, "a*b": False, "a[1].bed": False, "a{b}": False,
        'a"b': False, "a\\b": False, "a\nb": False,
        "a|b": False, "a<b": False, "a!b": False,
    }  # fmt: skip
    for name in names:
        (tmp_path / "named").mkdir(exist_ok=True)
        (tmp_path / "named" / name).write_text("x")
    (tmp_path / "names.nf").write_text(
        f"include {{ isPlain }} from '{ROOT}/modules/study'\n"
        "workflow { new File(params.folder).listFiles().each { f ->\n"
        "  println 'ANSWER ' + isPlain(f.toPath()) + ' ' + f.name.bytes.encodeHex() } }\n"
    )
    done = nextflow("--folder", tmp_path / "named", folder=tmp_path, project=str(tmp_path / "names.nf"))
    found = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("ANSWER")]
    assert {bytes.fromhex(name).decode(): answer == "true" for answer, name in found} == names


@pytest.mark.parametrize("chrom", ["../../../away", f"1$(touch {CANARY})", "a;b", "a b", "é", "-x", "*"])
def test_chromosomes_that_would_name_files(script, tmp_path: Path, chrom: str) -> None:
    """A variant file and an expression table with such a chromosome are refused before anything is named after it."""
    genome, out = tmp_path / "genome.fa", tmp_path / "a" / "b" / "out"
    genome.write_text(f">{chrom}\n{'ACGT' * 100}\n")
    variants = tmp_path / "variants.tsv"
    variants.write_text(f"chrom\tpos\tref\talt\n{chrom}\t5\tA\tG\n")
    found = script("split_variants.py", "--variants", variants, "--fasta", genome, "--out", out, status=2).stderr
    assert "error: " in found and not out.exists() and not list(tmp_path.rglob("*away*"))
    table = tmp_path / "expression.csv"
    table.write_text(f"chr,gene_id,gene_name,s1,s2\n{chrom},g1,g1,0.5,0.25\n")
    found = script("plan_genes.py", "--expression", table, "--out", tmp_path / "chunks.tsv", status=2).stderr
    assert "names no chromosome that an output can be named after" in found and not (tmp_path / "chunks.tsv").exists()


@pytest.mark.slow
@pytest.mark.pipeline
def test_hostile_names_through_every_module(nextflow: Run, script, tmp_path: Path) -> None:
    """The real scripts on the real engine: a demo cohort whose tracks, genes, people and files have such names."""
    data = tmp_path / "data of Élan's (new) & old"
    script("make_demo.py", "--seed", 1, "--out", data)
    hostile = COMMAND.replace('"', "")
    tracks = [line.split(",") for line in (data / "epithelium.tracks.csv").read_text().splitlines()]
    place = tracks[0].index("id")
    for number, row in enumerate(tracks[1:]):
        row[place] = f"{hostile}{number}"
    (data / "epithelium.tracks.csv").write_text("\n".join(",".join(row) for row in tracks) + "\n")
    with gzip.open(data / "epithelium.expression.bed.gz", "rt") as text:
        table = text.read()
    people = table.split("\n", 1)[0].split("\t")[4:]
    with gzip.open(data / "epithelium.expression.bed.gz", "wt") as text:
        text.write(table.replace(people[0], f"{people[0]}$(touch {CANARY})", 1))
    genes = data / "genes.gtf"
    genes.write_text(
        re.sub(r'gene_name "([^"]*)"', rf'gene_name "\1$(touch {CANARY})`touch {CANARY}`"', genes.read_text())
    )
    shutil.copy(data / "motif_sites.bed", data / "my sites 'x'.bed")
    files = {
        "tracks": "epithelium.tracks.csv", "windows": "windows.bed", "fasta": "genome.fa", "checkpoint": "checkpoint/variables",
        "variants": "variants.vcf.gz", "genotypes": "genotypes.vcf.gz", "expression": "epithelium.expression.bed.gz",
        "covariates": "epithelium.covariates.tsv", "genes": "genes.gtf", "traits": "traits.csv",
    }  # fmt: skip
    flags = [part for name, file in files.items() for part in (f"--{name}", data / file)]
    flags += ["--annotations", f"{hostile.replace(',', '')}={data / chr(42)}.bed".replace("*.bed", "my sites 'x'.bed")]
    sizes = {
        "crop": 512, "clip": 32, "scale": 2, "sequences_per_shard": 256, "train_steps": 20, "batch_size": 64, "evaluate_every": 10,
        "variants_per_shard": 2500, "set_sizes": "400,4000", "gene_window": 50000, "genes_per_chunk": 30, "finemap": "true",
    }  # fmt: skip
    nextflow(*flags, *(part for name, value in sizes.items() for part in (f"--{name}", value)), folder=tmp_path)
    ran = set(tasks(tmp_path / "results/pipeline_info/trace.tsv"))
    processes = {
        p.stem.upper() for p in (ROOT / "modules").glob("*.nf") if re.search(r"^process ", p.read_text(), re.M)
    }
    assert ran == processes - {"DEMO", "TRUTH"}
    assert not canaries(tmp_path)
    assert (tmp_path / "results/report/report.html").is_file()
