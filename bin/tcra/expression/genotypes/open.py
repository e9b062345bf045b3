"""Opens a genotype file by its content, whatever its name."""

from pathlib import Path

from tcra.errors import UserError
from tcra.expression.genotypes.plink1 import Plink1File
from tcra.expression.genotypes.plink2 import Plink2File
from tcra.expression.genotypes.record import GenotypeFile
from tcra.expression.genotypes.vcf import VcfFile

PLINK1_MAGIC, PLINK2_MAGIC = b"\x6c\x1b\x01", b"\x6c\x1b"


def open_genotypes(path: Path) -> GenotypeFile:
    """A reader of a VCF, BCF, PLINK 1 `.bed` (with `.bim` and `.fam`) or PLINK 2 `.pgen` (with `.pvar` and `.psam`).

    Errors: UserError if the file is none of these, or one beside it is missing.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such genotype file (give the .vcf.gz, .bcf, .bed or .pgen itself)")
    with open(path, "rb") as handle:
        magic = handle.read(3)
    if magic == PLINK1_MAGIC:
        return Plink1File(path)
    if magic[:2] == PLINK2_MAGIC:
        return Plink2File(path)
    return VcfFile(path)
