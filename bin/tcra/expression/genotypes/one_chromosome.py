"""Which genotype files hold a single chromosome, so that a task can be given those of its chromosome alone."""

import struct
from collections.abc import Sequence
from pathlib import Path

from tcra.common.files import open_bytes
from tcra.common.genome.chromosomes import plain_name
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.vcf import VcfFile


def files_of_one_chromosome(paths: Sequence[Path]) -> dict[str, str]:
    """Names of genotype files to the plain name of the one chromosome that each holds. Left out are files with several, and those of which
    only reading all would tell; all of them, if the files are not of the same people: models are made of people whom all files have.

    PLINK files list their chromosomes, a VCF's tabix index (.tbi, .csi) those with records; a VCF's header may declare more.
    Errors: UserError as of `open_genotypes`.
    """
    files = [open_genotypes(path) for path in paths]
    if len({frozenset(file.samples) for file in files}) > 1:
        return {}
    found = {}
    for file in files:
        names = _indexed_chromosomes(file.path) if isinstance(file, VcfFile) else file.chromosomes
        plain = {plain_name(name) for name in names}
        if len(plain) == 1:
            found[file.path.name] = plain.pop()
    return found


def _indexed_chromosomes(path: Path) -> list[str]:
    """Sequences that a VCF's tabix index lists; empty if there is none, or if it is a BCF's, which lists numbers.

    Layouts: https://samtools.github.io/hts-specs/tabix.pdf and CSIv1.pdf (whose auxiliary data, for a VCF, are tabix's header).
    """
    for suffix, magic, first in ((".tbi", b"TBI\x01", 8), (".csi", b"CSI\x01", 16)):
        index = Path(f"{path}{suffix}")
        if not index.is_file():
            continue
        with open_bytes(index) as handle:
            content = handle.read()
        header = first + 28
        if (
            content[:4] != magic
            or len(content) < header
            or (suffix == ".csi" and struct.unpack_from("<i", content, 12)[0] < 28)
        ):
            return []
        length = struct.unpack_from("<i", content, first + 24)[
            0
        ]  # after format, three columns, comment sign, lines to skip
        names = content[first + 28 : first + 28 + length]
        return [name.decode() for name in names.split(b"\0") if name] if len(names) == length > 0 else []
    return []
