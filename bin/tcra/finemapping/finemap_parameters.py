"""`parameters.json`: the priors of a run, how they came about, and what a later run takes from them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tcra.common.files import atomic_text, open_text
from tcra.errors import UserError
from tcra.finemapping.priors import GroupPrior, Priors, is_snp_group


def write_parameters(path: Path, priors: Priors, tests: int, record: Mapping[str, Any]) -> None:
    """Write priors by group, their enrichment ln(π_gene / π_SNP), the share of the expected χ² (π V m) by group, and the EM's trace.

    tests: gene models of the study, for the conditional test's threshold.
    """
    snp = [one for name, one in priors.groups.items() if is_snp_group(name)]
    variables = sum(one.size for one in snp)
    snp_prior = sum(one.prior * one.size for one in snp) / variables if variables else float("nan")
    explained = {name: one.prior * one.variance * one.size for name, one in priors.groups.items()}
    total = sum(explained.values())
    groups = {
        name: {
            "prior": one.prior,
            "variance": one.variance,
            "size": one.size,
            "posterior_sum": _number(one.alpha),
            "ln_enrichment": _number(np.log(one.prior / snp_prior)) if one.prior > 0 and snp_prior > 0 else None,
            "share_of_chi2": explained[name] / total if total else None,
        }
        for name, one in priors.groups.items()
    }
    content = {
        "groups": groups,
        "source": priors.source,
        "fallback": priors.source == "fallback",
        "warnings": list(priors.warnings),
        "log_likelihood": list(priors.trace),
        "iterations": len(priors.trace),
        "tests": tests,
        **record,
    }
    with atomic_text(path) as text:
        json.dump(content, text, indent=1, sort_keys=True)
        text.write("\n")


def read_parameters(path: Path, groups: Sequence[str]) -> tuple[Priors, int]:
    """Priors of the groups, and the number of gene models of the study.

    Errors: UserError if the file is none of `write_parameters`, or lacks a group.
    """
    try:
        with open_text(path) as text:
            content = json.load(text)
        found = {
            name: GroupPrior(float(one["prior"]), float(one["variance"]), int(one["size"]))
            for name, one in content["groups"].items()
        }
        tests = int(content["tests"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is no parameters.json of finemap_genes.py ({error})") from None
    for name in groups:
        if name not in found:
            raise UserError(
                f"{path} has no prior for the group {name} (its groups: {', '.join(found)}); fit the priors on the same models"
            )
    return Priors({name: found[name] for name in groups}, str(content.get("source", "given"))), tests


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
