"""Make the demo cohort: every input of the pipeline, and the truth that was planted in it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from tcra.common.files import atomic_folder, atomic_text
from tcra.common.provenance import provenance
from tcra.demo import write_genome as genome_files
from tcra.demo import write_people as people_files
from tcra.demo.cohort import make_cohort
from tcra.demo.grammar import grammar_hash
from tcra.demo.planted_truth import planted_truth
from tcra.demo.settings import SETTINGS
from tcra.errors import UserError

TRUNK_RECORD = "trunk.json"
TISSUES_TABLE = "tissues.csv"


def make_demo(seed: int, trunk: Path, out: Path) -> None:
    """Write the cohort of `seed` to the folder `out`, with a copy of the pre-trained trunk. The same seed gives the same bytes.

    trunk: folder with `variables.index`, `variables.data-*` and `trunk.json`.
    Errors: UserError if the trunk is missing or was trained on another grammar.
    """
    parts = check_trunk(trunk)
    cohort = make_cohort(seed)
    with atomic_folder(out) as folder:
        genome_files.write_genome(cohort, folder / "genome.fa")
        genome_files.write_tracks(cohort, folder)
        genome_files.write_windows(cohort, folder / "windows.bed")
        genome_files.write_motif_sites(cohort, folder / "motif_sites.bed")
        genome_files.write_sites(cohort, folder / "variants.vcf.gz")
        people_files.write_genotypes(cohort, folder / "genotypes.vcf.gz")
        genome_files.write_tissues(folder / TISSUES_TABLE)
        for tissue in cohort.expression:
            names = genome_files.tissue_files(tissue)
            people_files.write_tpm(cohort, tissue, folder / names["expression"])
            people_files.write_covariates(cohort, tissue, folder / names["covariates"])
        people_files.write_genes(cohort, folder / "genes.gtf")
        people_files.write_gwas(cohort, folder / "gwas.tsv.gz")
        people_files.write_traits(folder / "traits.csv", "gwas.tsv.gz")
        write_json(folder / "planted.json", planted_truth(cohort))
        write_json(folder / "settings.json", SETTINGS)
        (folder / "checkpoint").mkdir()
        for part in parts:
            shutil.copyfile(part, folder / "checkpoint" / part.name)
        genome_files.count_made(cohort).write(folder, provenance({"seed": seed}, parts))
        os.utime(folder / "genome.fa.fai")  # the index must not be older than the FASTA


def check_trunk(trunk: Path) -> list[Path]:
    """The trunk's files, if they are all there and belong to this grammar.

    Errors: UserError saying what is missing or different and which command makes a new trunk.
    """
    remedy = "make one with pretrain_demo_trunk.py"
    parts = sorted(trunk.glob("variables.*"))
    if not any(part.name == "variables.index" for part in parts) or len(parts) < 2:
        raise UserError(f"{trunk} holds no trunk (variables.index and variables.data-*); {remedy}")
    record = trunk / TRUNK_RECORD
    try:
        found = json.loads(record.read_text())["grammar"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{record} does not say which grammar the trunk was trained on; {remedy}") from None
    if found != grammar_hash():
        raise UserError(
            f"{record}: the trunk was trained on grammar {found}, this software has {grammar_hash()}; {remedy}"
        )
    return parts


def write_json(path: Path, record: dict[str, Any]) -> None:
    """JSON with sorted keys."""
    with atomic_text(path) as text:
        json.dump(record, text, indent=1, sort_keys=True)
        text.write("\n")
