"""The flags of every command that checks variants against their genome."""

import argparse

from tcra import cli


def add_genome_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --fasta and --other-fasta."""
    parser.add_argument(
        "--fasta", type=cli.existing_file, required=True, help="the genome: FASTA, plain or bgzip with its .fai"
    )
    parser.add_argument("--other-fasta", type=cli.existing_file,
        help="another genome build; ref alleles that do not match are looked up there too, for the message")  # fmt: skip
