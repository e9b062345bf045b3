"""Samples are joined by name; this finds who has both genotypes and expression, and says who has not, and what is wrong if too few have."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tcra.common.accounting import Accounting
from tcra.errors import UserError
from tcra.expression.genotypes.record import GenotypeFile

log = logging.getLogger(__name__)

FEWEST_SHARED_SAMPLES = 100
NO_ONE_IN_ALL = "no one is in all genotype files, which are read as parts of the genome of the same people; merge files of different people"


@dataclass(frozen=True)
class SampleOverlap:
    """Sample names, each list in string order: in all genotype files and the expression; in one of the two only; in some of the
    genotype files only."""

    shared: list[str]
    only_genotypes: list[str]
    only_expression: list[str]
    only_some_files: list[str]

    def sizes(self) -> dict[str, int]:
        """For accounting.json: people are the same in every chunk, so their numbers are not added up like those of genes."""
        return {name: len(samples) for name, samples in vars(self).items()}

    def list_rejected(self, accounting: Accounting) -> None:
        """A line per sample without a part, for `rejected.tsv.gz`."""
        reasons = {
            "no expression": self.only_genotypes,
            "no genotypes": self.only_expression,
            "not in all genotype files": self.only_some_files,
        }
        for reason, samples in reasons.items():
            for sample in samples:
                accounting.write_rejected("samples", sample, "", reason)


def shared_samples(files: Sequence[GenotypeFile], expression: Path, expressed: Sequence[str]) -> SampleOverlap:
    """Who is in all genotype files and the expression; who is not is reported.

    Errors: UserError if fewer than 100 are, with a hint where the names seem to differ by a prefix, suffix or separator.
    """
    genotyped = set(files[0].samples).intersection(*(file.samples for file in files[1:]))
    in_some = set().union(*(file.samples for file in files)) - genotyped
    in_expression = set(expressed)
    overlap = SampleOverlap(
        sorted(genotyped & in_expression),
        sorted(genotyped - in_expression),
        sorted(in_expression - genotyped - in_some),
        sorted(in_some),
    )
    if len(overlap.shared) < FEWEST_SHARED_SAMPLES:
        others = f" and {len(files) - 1} more files" if len(files) > 1 else ""
        raise UserError(
            f"{files[0].path}{others} and {expression} share {len(overlap.shared)} samples "
            f"({len(genotyped)} and {len(expressed)} in each), expected at least {FEWEST_SHARED_SAMPLES}; "
            f"{_naming_hint(files[0].samples, expressed) if genotyped else NO_ONE_IN_ALL}"
        )
    parts = [f"samples: {len(overlap.shared)} in genotypes and expression"]
    for where, samples in (
        ("in the genotypes only", overlap.only_genotypes),
        ("in the expression only", overlap.only_expression),
        ("not in all genotype files", overlap.only_some_files),
    ):
        if samples:
            parts.append(f"{len(samples)} {where} (such as {samples[0]})")
    if len(parts) > 1:
        lost = overlap.only_expression or overlap.only_some_files
        log.log(logging.WARNING if lost else logging.INFO, "%s", ", ".join(parts))
    return overlap


def _naming_hint(genotyped: Sequence[str], expressed: Sequence[str]) -> str:
    for one in expressed[:20]:
        for other in genotyped:
            longer, shorter = (one, other) if len(one) > len(other) else (other, one)
            if len(longer) > len(shorter) >= 3 and (longer.startswith(shorter) or longer.endswith(shorter)):
                return f"the names differ by a prefix or suffix: {other} in the genotypes, {one} in the expression; rename one side"
    return f"names look like {genotyped[0]} in the genotypes and {expressed[0]} in the expression; use the same names"
