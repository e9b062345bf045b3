"""VCF and BCF files by cyvcf2, whose errors (htslib's) are caught here."""

from collections import Counter
from pathlib import Path
from typing import Any

from tcra.common.files import open_text, require_whole_bgzf
from tcra.errors import UserError


def open_vcf(path: Path, **options: Any) -> Any:
    """An open `cyvcf2.VCF`; `options` are its own.

    Errors: UserError for a file that is no regular file, is cut short, or whose header htslib refuses (a sample twice, damage).
    """
    import cyvcf2

    if not Path(path).is_file():
        raise UserError(f"{path}: no such file, or no regular one; expected a VCF or BCF file")
    require_whole_bgzf(path)
    try:
        return cyvcf2.VCF(str(path), **options)
    except Exception as error:  # plain Exceptions, OSErrors and ValueErrors alike
        if repeated := _repeated_sample(path):
            raise UserError(f"{path}: sample {repeated} stands twice in its header; keep one of the name") from None
        raise UserError(f"{path} is no VCF or BCF file, or its header is damaged ({error})") from None


def _repeated_sample(path: Path) -> str:
    """The first sample that the header of a VCF names twice; empty if there is none, or no such header."""
    with open_text(path, errors="replace") as text:
        for line in text:
            if line.startswith("#CHROM"):
                names = line.rstrip("\r\n").split("\t")[9:]
                return next((name for name, number in Counter(names).items() if number > 1), "")
            if not line.startswith("##"):
                return ""
    return ""
