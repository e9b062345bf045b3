"""Inputs as people have them reach the stages: files by chromosome, a TF-Hub folder."""

from pathlib import Path

import pytest

from ..engine import Run, tasks
from .test_stub import made_up_study

pytestmark = pytest.mark.pipeline


@pytest.mark.thorough
@pytest.mark.parametrize("given", ["panel/chr*.vcf.gz", "panel"], ids=["pattern", "folder"])
def test_genotypes_by_chromosome_and_a_tf_hub_folder(nextflow: Run, tmp_path: Path, given: str) -> None:
    """Stub run: a quoted pattern, or a folder with other files in it; a checkpoint's folder as TensorFlow Hub unpacks it."""
    flags = made_up_study(tmp_path, "tissue,tracks,expression\nbreast,one.csv,a.bed.gz\n")
    for name in (
        "panel/chr1.vcf.gz",
        "panel/chr1.vcf.gz.tbi",
        "panel/chr2.vcf.gz",
        "panel/README.txt",
        "hub/saved_model.pb",
        "hub/variables/variables.index",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    flags += ["--genotypes", tmp_path / given, "--checkpoint", tmp_path / "hub"]
    nextflow("-stub-run", *flags, folder=tmp_path)
    done = tasks(tmp_path / "results/pipeline_info/trace.tsv")
    assert {"EMBED", "TRAIN", "GENE_MODELS", "ASSOCIATE", "LOCI"} <= set(done)
    staged = [sorted(path.name for path in folder.iterdir()) for folder in tmp_path.glob("work/*/*/genotypes")]
    assert staged and all(names == ["chr1.vcf.gz", "chr1.vcf.gz.tbi", "chr2.vcf.gz"] for names in staged)
    assert list(tmp_path.glob("work/*/*/checkpoint/hub/variables/variables.index"))
