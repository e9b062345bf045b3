"""Splits a variant file into position-sorted shards by chromosome, checked against the genome."""

from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder, atomic_text
from tcra.common.genome.chromosomes import plain_name
from tcra.common.genome.fasta import Genome
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.variants.reading.checked_variants import CheckedVariants, ChromosomeVariants

HEADER = "variant_id\tchrom\tpos\tref\talt\trsid\n"


def split_variants(arguments: Namespace) -> None:
    """Write `DIR/variants-{chrom}-{i:05d}.tsv` of at most `shard_size` variants, accounting.json and rejected.tsv.gz.

    arguments: variants (file), fasta, other_fasta (or None), out (folder), shard_size.
    Columns: variant_id chrom pos (1-based) ref alt rsid.
    Errors: UserError as of CheckedVariants, and if no variant is left.
    """
    accounting = Accounting("SPLIT_VARIANTS")
    count = accounting.count("variants")
    with (
        Genome(arguments.fasta) as genome,
        Genome(arguments.other_fasta) if arguments.other_fasta else nullcontext() as other,
        CheckedVariants(arguments.variants, genome, count, other=other) as variants,
        atomic_folder(arguments.out) as folder,
    ):
        if not len(variants):
            reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(count.rejected.items()))
            raise UserError(f"{arguments.variants}: none of its {count.number_in} variants can be scored ({reasons})")
        for chromosome in variants:
            for i, first in enumerate(range(0, len(chromosome), arguments.shard_size)):
                path = folder / f"variants-{plain_name(chromosome.chrom)}-{i:05d}.tsv"
                write_shard(path, chromosome.part(first, first + arguments.shard_size))
        count.passed(len(variants))
        accounting.write(
            folder, provenance({"shard_size": arguments.shard_size}, [arguments.variants, arguments.fasta])
        )


def write_shard(path: Path, variants: ChromosomeVariants) -> None:
    """One shard as a table; positions 1-based."""
    chrom = plain_name(variants.chrom)
    rows = zip(
        variants.identifiers(), variants.starts.tolist(), variants.refs, variants.alts, variants.rsids, strict=True
    )
    with atomic_text(path) as table:
        table.write(HEADER)
        table.writelines(f"{key}\t{chrom}\t{start + 1}\t{ref}\t{alt}\t{rsid}\n" for key, start, ref, alt, rsid in rows)
