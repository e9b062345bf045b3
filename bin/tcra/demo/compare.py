"""Compare a finished run of the demo with what was planted: does each step find what is there, and only that?"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tcra.common.files import atomic_text
from tcra.common.provenance import provenance
from tcra.demo.compare_genes import compare_over_tissues, compare_tissue_genes
from tcra.demo.compare_variants import compare_tracks, compare_variants
from tcra.demo.finished_run import FinishedRun, RunFiles, read_run


@dataclass(frozen=True)
class Aim:
    """What a sound pipeline reaches on any seed (see docs/demo.md): a name for people, and the least or the most that the value may be."""

    name: str
    least: float | None = None
    most: float | None = None

    def met(self, value: float | None) -> bool:
        """Whether a value is good enough; what could not be measured is not."""
        return (
            value is not None
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
        )

    def __str__(self) -> str:
        return f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}"


# Of what is measured in each tissue, the aim is for the worse one.
AIMS = {
    "mean_track_pearson": Aim("mean test Pearson R of the tracks", least=0.8),
    "auroc_motif_changing": Aim("AUROC of mean |tCRA|, motif-changing against other variants", least=0.85),
    "auroc_faint": Aim("the same, variants that change a motif faintly against decoys in sites that change none", least=0.75),
    "negative_control_ratio": Aim("mean |tCRA| of variants in motifs that no track shows, relative to motif-changing ones", most=0.25),
    "other_tissue_ratio": Aim("mean |tCRA| of variants in motifs of the other tissue, relative to motif-changing ones", most=0.25),
    "causal_enrichment": Aim("planted causal variants in the top SNP set, times a random set", least=3),
    "heritable_genes_with_model": Aim("share of heritable genes with a model", least=0.65),
    "trait_genes_found": Aim("share of planted trait genes found at FDR 5 % over tissues", least=0.75),
    "false_discoveries": Aim("other genes found at FDR 5 % over tissues", most=3),
    "right_tissue_named": Aim("share of trait genes of one tissue, of those found, whose best tissue is theirs", least=0.9),
    "shared_genes_over_tissues": Aim("shared trait genes found over tissues, times what a tissue alone finds", least=1),
}  # fmt: skip


def compare_demo(files: RunFiles, out: Path) -> list[str]:
    """Write `truth.json` and return two lines for a person: what was found, and how it compares with what was planted.

    Errors: UserError naming a file that is not what the run should have written.
    """
    run = read_run(files)
    sizes = [str(size) for size in sorted(run.planted["set_sizes"])]
    tissues = {tissue: _compare_tissue(run, tissue, sizes) for tissue in run.tissues}
    over = {size: compare_over_tissues(run.planted, run.over_tissues, run.associations, size) for size in sizes}
    values = measured(tissues, over[sizes[0]], sizes[0])
    checks = [
        {"measure": measure, "name": aim.name, "value": values[measure], "aim": str(aim), "passed": aim.met(values[measure])}
        for measure, aim in AIMS.items()
    ]  # fmt: skip
    lines = [
        found_line(run, over[sizes[0]], sizes[0]),
        planted_line(tissues, over[sizes[0]], checks, sizes[0]),
    ]
    record = {
        "seed": run.planted["seed"],
        "top_set": int(sizes[0]),
        "lines": lines,
        "checks": checks,
        "all_passed": all(check["passed"] for check in checks),
        "tissues": tissues,
        "over_tissues": over,
        **provenance({}, files.paths()),
    }
    with atomic_text(out) as text:
        json.dump(record, text, indent=1, sort_keys=True)
        text.write("\n")
    return lines


def _compare_tissue(run: FinishedRun, tissue: str, sizes: list[str]) -> dict[str, Any]:
    tables = run.tissues[tissue]
    return {
        "tracks": compare_tracks(run.planted["tissues"][tissue], tables.tracks),
        "variants": compare_variants(run.planted, tissue, tables.ranking, int(sizes[0])),
        "genes": {
            size: compare_tissue_genes(run.planted, tissue, tables.models, run.associations, size) for size in sizes
        },
    }


def measured(tissues: dict[str, Any], over: dict[str, Any], top: str) -> dict[str, float | None]:
    """The value of each aim: the worse tissue's, or that of the test over tissues."""

    def worse(choose: Callable[[list[float]], float], value: Callable[[dict[str, Any]], float]) -> float:
        return choose([value(tissue) for tissue in tissues.values()])

    return {
        "mean_track_pearson": worse(min, lambda tissue: tissue["tracks"]["mean"]),
        "auroc_motif_changing": worse(min, lambda tissue: tissue["variants"]["auroc"]),
        "auroc_faint": worse(min, lambda tissue: tissue["variants"]["auroc_faint"]),
        "negative_control_ratio": worse(max, lambda tissue: tissue["variants"]["negative_control"]["ratio"]),
        "other_tissue_ratio": worse(max, lambda tissue: tissue["variants"]["other_tissue"]["ratio"]),
        "causal_enrichment": worse(min, lambda tissue: tissue["variants"]["causal"]["enrichment"]),
        "heritable_genes_with_model": worse(min, lambda tissue: tissue["genes"][top]["heritable_with_model_share"]),
        "trait_genes_found": over["trait_genes_found_share"],
        "false_discoveries": float(over["false_discoveries"]),
        "right_tissue_named": over["right_tissue_named_share"],
        "shared_genes_over_tissues": over["shared_found_ratio"],
    }


def found_line(run: FinishedRun, over: dict[str, Any], top: str) -> str:
    """What a user of the pipeline would say of the run, without knowing the truth."""
    found = over["significant"]
    named = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
    variants = len(next(iter(run.tissues.values())).ranking)
    return (
        f"found: {len(found)} genes for {run.planted['trait']} at FDR 5 %" + (f" ({named})" if found else "")
        + f", of {over['tested']} genes with a model in {' or '.join(run.tissues)} from the top {top} of {variants} variants"
    )  # fmt: skip


def planted_line(tissues: dict[str, Any], over: dict[str, Any], checks: list[dict[str, Any]], top: str) -> str:
    """How that compares with the truth."""
    values = {check["measure"]: check["value"] for check in checks}
    missed = [check["measure"] for check in checks if not check["passed"]]
    verdict = (
        f"all {len(checks)} aims met"
        if not missed
        else f"{len(missed)} of {len(checks)} aims MISSED: {', '.join(missed)}"
    )
    genes = [tissue["genes"][top] for tissue in tissues.values()]
    alone = " and ".join(f"{number} in {tissue}" for tissue, number in over["shared_found_by_tissue"].items())
    return (
        f"planted: {over['trait_genes_found']} of {over['trait_genes']} trait genes found, {over['false_discoveries']} false; "
        f"right tissue named for {over['right_tissue_named']} of {over['of_one_tissue_found']}; shared genes {over['shared_found']} of "
        f"{over['shared']} over tissues, {alone} alone; {sum(g['heritable_with_model'] for g in genes)} of "
        f"{sum(g['heritable'] for g in genes)} heritable genes have a model; causal variants {values['causal_enrichment']:.1f} × a random "
        f"set; motif-changing variants AUROC {values['auroc_motif_changing']:.3f}, faint ones against decoys {values['auroc_faint']:.3f}; "
        f"tracks R {values['mean_track_pearson']:.2f}; {verdict}"
    )
