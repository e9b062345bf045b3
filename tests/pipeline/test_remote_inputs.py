"""Inputs that are addresses: accepted by the checks of the parameters, and staged for the tasks."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ..engine import Run

pytestmark = pytest.mark.pipeline


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Address of a web server on this machine that serves `tmp_path/served`."""
    (tmp_path / "served").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.thorough
def test_every_kind_of_address_passes_the_checks(nextflow: Run, tmp_path: Path) -> None:
    given = {
        "tracks": "s3://b/tracks.csv", "windows": "gs://b/w.bed", "fasta": "az://c/genome.fa", "checkpoint": "s3://b/enformer/variables",
        "variants": "https://host/v.vcf.gz", "genotypes": "gs://b/panel.pgen", "expression": "https://host/e.bed.gz", "genes": "az://c/genes.gtf",
        "traits": "s3://b/traits.csv", "model": "s3://b/model", "scores": "gs://b/scores/*.parquet", "model_dbs": "az://c/models",
        "annotations": "s3://b/*.bed", "baseline": "gs://b/baseline", "image_folder": "s3://b/images",
    }  # fmt: skip
    flags = [part for name, path in given.items() for part in (f"--{name}", path)]
    done = nextflow(*flags, "--clip", "x", folder=tmp_path, status=2)
    assert "2 mistakes in the parameters" in done.stdout
    assert "`clip` is x" in done.stdout and "a run has one start" in done.stdout


@pytest.mark.thorough
def test_files_of_a_web_server_are_staged(nextflow: Run, tmp_path: Path, address: str) -> None:
    for name in ("genome.fa", "genome.fa.fai", "variants.vcf"):
        (tmp_path / "served" / name).write_text(f"{name} of the server")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    inputs = ("--fasta", f"{address}/genome.fa", "--variants", f"{address}/variants.vcf")
    nextflow("-stub-run", "--model", tmp_path / "model", *inputs, folder=tmp_path)
    task = next(path.parent for path in (tmp_path / "work").glob("*/*/variants/variants-1-00000.tsv")).parent
    assert (task / "input/1/variants.vcf").read_text() == "variants.vcf of the server"
    assert (task / "genome/genome.fa").read_text() == "genome.fa of the server"
    assert (task / "genome/genome.fa.fai").read_text() == "genome.fa.fai of the server"
