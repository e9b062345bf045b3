"""Samples are joined by name; this finds who has both genotypes and expression, and says what is wrong if too few have."""

from collections.abc import Sequence
from pathlib import Path

from tcra.errors import UserError

FEWEST_SHARED_SAMPLES = 100


def shared_samples(genotypes: Path, genotyped: Sequence[str], expression: Path, expressed: Sequence[str]) -> list[str]:
    """Samples of both files, in string order.

    Errors: UserError if there are fewer than 100, with a hint where the names seem to differ by a prefix, suffix or separator.
    """
    shared = sorted(set(genotyped) & set(expressed))
    if len(shared) < FEWEST_SHARED_SAMPLES:
        raise UserError(
            f"{genotypes} and {expression} share {len(shared)} samples ({len(genotyped)} and {len(expressed)} in each), "
            f"expected at least {FEWEST_SHARED_SAMPLES}; {_naming_hint(genotyped, expressed)}"
        )
    return shared


def _naming_hint(genotyped: Sequence[str], expressed: Sequence[str]) -> str:
    for one in expressed[:20]:
        for other in genotyped:
            longer, shorter = (one, other) if len(one) > len(other) else (other, one)
            if len(longer) > len(shorter) >= 3 and (longer.startswith(shorter) or longer.endswith(shorter)):
                return f"the names differ by a prefix or suffix: {other} in the genotypes, {one} in the expression; rename one side"
    return f"names look like {genotyped[0]} in the genotypes and {expressed[0]} in the expression; use the same names"
