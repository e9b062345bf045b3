"""The alternate alleles of a VCF or BCF, with their identifiers and frequencies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tcra.common.genome.vcf_file import open_vcf
from tcra.errors import UserError


def vcf_alleles(path: Path) -> Iterator[tuple[str, int, str, str, str, float, float]]:
    """(chrom, 1-based position, ref, alt, id, alt allele's frequency, −log10 p) of each alternate allele of a VCF or BCF.

    The frequency is INFO/AF, else INFO/AC over INFO/AN, else FORMAT/AF (GWAS-VCF), else that of the genotypes (one alternate allele),
    else NaN; p is FORMAT/LP of a GWAS-VCF, else NaN.
    """
    of_gwas = _is_gwas_vcf(path)
    for record in vcf_records(path):
        frequencies = record.INFO.get("AF")
        strength = _first_cell(record, "LP") if of_gwas else float("nan")
        if frequencies is None:
            frequencies = _counted(record)
        several = frequencies if isinstance(frequencies, tuple) else (frequencies,)
        for place, alt in enumerate(record.ALT):
            known = several[place] if place < len(several) else None
            if known is None and of_gwas:
                known = _first_cell(record, "AF")
            if known is None and record.num_called and len(record.ALT) == 1:
                known = record.aaf
            frequency = float("nan") if known is None else float(known)
            yield record.CHROM, record.POS, record.REF.upper(), alt.upper(), record.ID or "", frequency, strength


def _counted(record: Any) -> tuple[float, ...] | None:
    """INFO/AC over INFO/AN, of each alternate allele."""
    counts, total = record.INFO.get("AC"), record.INFO.get("AN")
    if not isinstance(total, int) or not total or not isinstance(counts, int | tuple):
        return None
    return tuple(count / total for count in (counts if isinstance(counts, tuple) else (counts,)))


def _is_gwas_vcf(path: Path) -> bool:
    """Whether the effects of a GWAS stand in the samples' columns (Lyon et al. 2021)."""
    file = open_vcf(path, lazy=True)
    found = "##FORMAT=<ID=LP," in file.raw_header and "##FORMAT=<ID=ES," in file.raw_header and bool(file.samples)
    file.close()
    return found


def _first_cell(record: Any, field: str) -> float:
    """The number that the first sample has in a FORMAT field; NaN if there is none."""
    cells = record.format(field)
    return float("nan") if cells is None or not cells.size else float(cells.flat[0])


def vcf_records(path: Path, field: str = "") -> Iterator[Any]:
    """cyvcf2's records of a VCF or BCF. Errors: UserError for a damaged file, or one without the INFO field `field`."""
    file = open_vcf(path, lazy=True)
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
