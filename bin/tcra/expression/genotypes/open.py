"""Opens a genotype file by its content, whatever its name."""

from collections import Counter
from pathlib import Path

from tcra.errors import UserError
from tcra.expression.genotypes.plink1 import Plink1File
from tcra.expression.genotypes.plink2 import Plink2File
from tcra.expression.genotypes.record import GenotypeFile
from tcra.expression.genotypes.vcf import VcfFile

PLINK1_MAGIC, PLINK2_MAGIC = b"\x6c\x1b\x01", b"\x6c\x1b"
SAMPLES_STAND_IN = {Plink1File: ".fam", Plink2File: ".psam", VcfFile: "header"}


def open_genotypes(path: Path) -> GenotypeFile:
    """A reader of a VCF, BCF, PLINK 1 `.bed` (with `.bim` and `.fam`) or PLINK 2 `.pgen` (with `.pvar` and `.psam`).

    Errors: UserError if the file is none of these, one beside it is missing, or it has no samples or one twice.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such genotype file (give the .vcf.gz, .bcf, .bed or .pgen itself)")
    with open(path, "rb") as handle:
        magic = handle.read(3)
    kind = Plink1File if magic == PLINK1_MAGIC else Plink2File if magic[:2] == PLINK2_MAGIC else VcfFile
    file: GenotypeFile = kind(path)
    if not file.samples:
        raise UserError(
            f"{path} has no samples: its {SAMPLES_STAND_IN[kind]} lists none; give the file with the genotypes"
        )
    repeated = next((name for name, number in Counter(file.samples).items() if number > 1), None)
    if repeated:
        raise UserError(f"{path}: sample {repeated} stands twice in its {SAMPLES_STAND_IN[kind]}; keep one of the name")
    return file
