"""Splits variant files into position-sorted shards by chromosome, checked against the genome."""

from contextlib import nullcontext
from pathlib import Path

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder, atomic_text
from tcra.common.genome.chromosomes import name_for_files, plain_name
from tcra.common.genome.fasta import Genome
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.variants.reading.checked_variants import CheckedVariants, named_files
from tcra.variants.reading.settings import SplitInputs, SplitOptions
from tcra.variants.tables.chromosome_variants import ChromosomeVariants
from tcra.variants.tables.columns import RSID_COLUMN, VARIANT_COLUMNS

SHARD_PATTERN = "variants-{chrom}-{number:05d}.tsv"


def split_variants(inputs: SplitInputs, options: SplitOptions, out: Path) -> None:
    """Write `out/variants-{chrom}-{number:05d}.tsv` of at most `shard_size` variants each, accounting.json and rejected.tsv.gz.

    Columns: variant_id chrom pos (1-based) ref alt rsid (empty where unknown).
    Errors: UserError as of CheckedVariants, for a chromosome that no file can be named after, and if no variant is left.
    """
    accounting = Accounting("SPLIT_VARIANTS")
    count = accounting.count("variants")
    with (
        Genome(inputs.fasta) as genome,
        Genome(inputs.other_fasta) if inputs.other_fasta else nullcontext() as other,
        CheckedVariants(inputs.variants, genome, count, other=other) as variants,
        atomic_folder(out) as folder,
    ):
        if not len(variants):
            reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(count.rejected.items()))
            raise UserError(
                f"{named_files(inputs.variants)}: none of its {count.number_in} variants can be scored ({reasons})"
            )
        for chromosome in variants:
            chrom = name_for_files(chromosome.chrom, inputs.variants[0])
            for number, first in enumerate(range(0, len(chromosome), options.shard_size)):
                path = folder / SHARD_PATTERN.format(chrom=chrom, number=number)
                write_shard(path, chromosome.part(first, first + options.shard_size))
        count.passed(len(variants))
        accounting.write(folder, provenance({"shard_size": options.shard_size}, [*inputs.variants, inputs.fasta]))


def write_shard(path: Path, variants: ChromosomeVariants) -> None:
    """One shard as a table; positions 1-based."""
    chrom = plain_name(variants.chrom)
    rows = zip(
        variants.identifiers(), variants.starts.tolist(), variants.refs, variants.alts, variants.rsids, strict=True
    )
    with atomic_text(path) as table:
        table.write("\t".join((*VARIANT_COLUMNS, RSID_COLUMN)) + "\n")
        table.writelines(f"{key}\t{chrom}\t{start + 1}\t{ref}\t{alt}\t{rsid}\n" for key, start, ref, alt, rsid in rows)
