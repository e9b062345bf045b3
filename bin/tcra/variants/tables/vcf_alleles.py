"""The alternate alleles of a VCF or BCF, with their identifiers and frequencies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tcra.common.files import require_whole_bgzf
from tcra.errors import UserError


def vcf_alleles(path: Path) -> Iterator[tuple[str, int, str, str, str, float]]:
    """(chrom, 1-based position, ref, alt, id, alt allele's frequency) of each alternate allele of a VCF or BCF.

    The frequency is INFO/AF, else that of the genotypes (one alternate allele), else NaN.
    """
    for record in vcf_records(path):
        frequencies = record.INFO.get("AF")
        several = frequencies if isinstance(frequencies, tuple) else (frequencies,)
        for place, alt in enumerate(record.ALT):
            known = several[place] if place < len(several) else None
            if known is None and record.num_called and len(record.ALT) == 1:
                known = record.aaf
            frequency = float("nan") if known is None else float(known)
            yield record.CHROM, record.POS, record.REF.upper(), alt.upper(), record.ID or "", frequency


def vcf_records(path: Path, field: str = "") -> Iterator[Any]:
    """cyvcf2's records of a VCF or BCF. Errors: UserError for a damaged file, or one without the INFO field `field`."""
    import cyvcf2

    require_whole_bgzf(path)
    try:
        file = cyvcf2.VCF(str(path), lazy=True)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as VCF: {error}") from None
    if field and f"ID={field}," not in file.raw_header:
        raise UserError(f"{path} has no INFO field {field}")
    number = 0
    records = iter(file)
    while True:
        try:
            record = next(records)
        except StopIteration:
            break
        except Exception as error:  # cyvcf2 raises no narrower kind
            raise UserError(f"{path} record {number + 1} cannot be read: {error}") from None
        number += 1
        yield record
    file.close()
