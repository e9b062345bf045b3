#!/usr/bin/env python3
"""Rank scored variants, cut nested SNP sets, and test which annotations the sets are enriched in."""

import argparse
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.variants.ranking.settings import RankInputs, RankOptions, TrackSummary


def words(text: str) -> list[str]:
    """Argument type: words separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def make_parser() -> argparse.ArgumentParser:
    usual = RankOptions()
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add("--scores", nargs="+", type=cli.existing_path, required=True, help="score files or folders of them (Parquet)")
    add("--out", type=Path, required=True, help="output folder")
    add(
        "--set-sizes", type=words, default=",".join(usual.set_sizes),
        help="sizes of the nested sets: numbers of variants, or fractions below 1",
    )  # fmt: skip
    add(
        "--rank-by", choices=get_args(TrackSummary), default=usual.rank_by,
        help="value to rank by: mean or maximum of |score| over tracks, or mean over tracks of the rank within the track",
    )  # fmt: skip
    add(
        "--rank-tracks",
        type=words,
        default=list(usual.tracks),
        help="tracks to use, separated by commas (default: all)",
    )
    add("--name", default=usual.name, help="name of this ranking in the enrichment table")
    add(
        "--second-scores", nargs="+", type=cli.existing_path, default=[],
        help="scores of another model, ranked and tested side by side",
    )  # fmt: skip
    add("--second-name", default=usual.second_name, help="name of the second ranking")
    add(
        "--rsids", type=cli.existing_path,
        help="table, VCF or folder of split shards with rs numbers, which count before those in the scores",
    )  # fmt: skip
    evidence = parser.add_argument_group("annotations to test")

    def add_named(flag: str, kind: str, help: str) -> None:
        evidence.add_argument(
            flag, nargs="*", action="extend", type=cli.named_file, default=[], metavar=f"NAME={kind}", help=help
        )

    add_named("--annotation", "BED", "any BED, by name")
    add_named("--states", "BED", "chromatin states of a cell line (Roadmap 15-state BED)")
    add = evidence.add_argument
    add(
        "--state-group", nargs="*", action="extend", default=list(usual.state_groups), metavar="NAME=NUMBERS",
        help="groups of states (default: promoter=1,2,10,11 and enhancer=6,7,11,12)",
    )  # fmt: skip
    add_named("--gwas", "FILE", "GWAS summary statistics with p: variants below --gwas-p, and the lead ones of them")
    add("--gwas-p", type=cli.fraction, default=usual.gwas_p, help="p-value below which a GWAS variant counts")
    add(
        "--prune-distance", type=cli.whole_number, default=usual.prune_distance_bp,
        help="bp around a better GWAS variant in which there is no other lead variant",
    )  # fmt: skip
    add_named("--variant-list", "FILE", "eQTLs or any list: variants or rs numbers, a table, or a VCF")
    add_named("--clinvar", "VCF", "ClinVar VCF: pathogenic variants")
    add(
        "--frequencies", type=cli.existing_file,
        help="table (af or maf, and ld_proxies for matching) or VCF: frequency bins, and controls matched by them",
    )  # fmt: skip
    add(
        "--matched-controls", type=cli.whole_number, default=usual.matched_controls,
        help="controls per variant of a set, matched by --frequencies, --genes or both (0: none)",
    )  # fmt: skip
    add(
        "--genes",
        type=cli.existing_file,
        help="GTF: controls are matched by distance to the nearest transcription start",
    )
    add("--seed", type=cli.whole_number, default=usual.seed, help="seed of the controls' draw")
    add("--fasta", type=cli.existing_file, help="the scores' genome: stops if a variant lies beyond a chromosome's end")
    cli.add_old_spellings(parser, {"--summary": "--rank-by", "--tracks": "--rank-tracks"})
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.ranking.rank_variants import rank_variants

    inputs = RankInputs(
        scores=tuple(arguments.scores),
        second_scores=tuple(arguments.second_scores),
        rsids=arguments.rsids,
        annotation=tuple(arguments.annotation),
        states=tuple(arguments.states),
        gwas=tuple(arguments.gwas),
        variant_list=tuple(arguments.variant_list),
        clinvar=tuple(arguments.clinvar),
        frequencies=arguments.frequencies,
        genes=arguments.genes,
        fasta=arguments.fasta,
    )
    options = RankOptions(
        set_sizes=tuple(arguments.set_sizes),
        rank_by=arguments.rank_by,
        tracks=tuple(arguments.rank_tracks),
        name=arguments.name,
        second_name=arguments.second_name,
        state_groups=tuple(arguments.state_group),
        gwas_p=arguments.gwas_p,
        prune_distance_bp=arguments.prune_distance,
        matched_controls=arguments.matched_controls,
        seed=arguments.seed,
    )
    rank_variants(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
