"""VCF and BCF files by cyvcf2, whose errors (htslib's) are caught here."""

from pathlib import Path
from typing import Any

from tcra.common.files import require_whole_bgzf
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
        raise UserError(
            f"{path} cannot be read as VCF or BCF: its header is damaged, or has a sample twice ({error})"
        ) from None
