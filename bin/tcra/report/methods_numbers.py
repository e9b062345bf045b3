"""The methods with the numbers of this run: what its accounting files, models and tests say of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tcra.report.accounting_chain import Balance
from tcra.report.association_panels import AssociationPanel
from tcra.report.page_parts import count, joined, number, plural, set_label


def run_sentences(
    records: Sequence[Mapping[str, Any]], balances: Sequence[Balance], panels: Sequence[AssociationPanel], models: pd.DataFrame | None
) -> list[str]:  # fmt: skip
    """One sentence per stage that the run has; what its accounting files do not state is left out of it. models: the model summaries,
    where they state n_samples."""
    given: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        given.setdefault(str(record.get("stage", "")), []).append(record.get("parameters") or {})
    out = {(one.stage, one.unit): one.number_out for one in balances}
    sentences = [
        *_learning(given, out),
        *_variants(given, _ranked(records)),
        *_models(given, models),
        *_tests(given, panels),
    ]
    return [f"{sentence}." for sentence in sentences]


def _ranked(records: Sequence[Mapping[str, Any]]) -> list[int]:
    """How many variants each tissue ranks. (Their sum would count the variants once per tissue.)"""
    counts = [one for record in records if record.get("stage") == "RANK" for one in record.get("counts", [])]
    return [int(one["out"]) for one in counts if one["unit"] == "variants"]


def _range(numbers: Sequence[int], noun: str, nouns: str = "") -> str:
    """`4,000 variants`, or `3,900 to 4,000 variants`."""
    least, most = min(numbers), max(numbers)
    return plural(most, noun, nouns) if least == most else f"{count(least)} to {plural(most, noun, nouns)}"


def _all(given: Mapping[str, Sequence[Mapping[str, Any]]], stage: str, name: str) -> list[Any]:
    """The values of a parameter that the tasks of a stage state, each once."""
    values = [task[name] for task in given.get(stage, []) if task.get(name) not in (None, "", [])]
    return [value for at, value in enumerate(values) if value not in values[:at]]


def _said(given: Mapping[str, Sequence[Mapping[str, Any]]], stage: str, name: str, text: str) -> list[str]:
    """`text` with the parameter's value in it; nothing where it is not stated. Tissues or traits may differ: all values are named."""
    values = [
        count(value) if type(value) is int and name != "seed" else str(value) for value in _all(given, stage, name)
    ]
    return [text.format(joined(values))] if values else []


def _in_brackets(parts: Sequence[str]) -> str:
    return f" ({', '.join(parts)})" if parts else ""


def _learning(given: Mapping[str, Sequence[Mapping[str, Any]]], out: Mapping[tuple[str, str], int]) -> list[str]:
    sentences = []
    if "PLAN" in given:
        windows = out.get(("PLAN_WINDOWS", "windows")) or out.get(("PLAN", "windows"))
        tracks = out.get(("PLAN", "tracks"))
        parts = [plural(tracks, "track")] if tracks else []
        parts += [f"{plural(windows, 'window')} of the genome"] if windows else []
        more = [*_said(given, "PLAN", "width", "in bins of {} bp"), *_said(given, "PLAN", "fasta", "sequence from {}")]
        sentences.append(", ".join([f"{joined(parts) or 'The tracks'} were used", *more]))
    if steps := _said(given, "TRAIN", "steps", "Training took at most {} steps"):
        steps += _said(given, "TRAIN", "batch_size", "of {} windows")
        steps += _said(given, "TRAIN", "learning_rate", "at a learning rate of {}")
        more = [*_said(given, "TRAIN", "scope", "scope {}"), *_said(given, "TRAIN", "seed", "seed {}")]
        sentences.append(" ".join(steps) + _in_brackets(more))
    return sentences


def _variants(given: Mapping[str, Sequence[Mapping[str, Any]]], ranked: Sequence[int]) -> list[str]:
    sentences = []
    if "SCORE" in given:
        scored = f"{_range(ranked, 'variant') if ranked else 'Variants'} were scored"
        sentences.append(" ".join([scored, *_said(given, "SCORE", "input_length", "in windows of {} bp")]))
    sizes = list(dict.fromkeys(size for sizes in _all(given, "RANK", "set_sizes") for size in sizes))
    if sizes:
        by = _said(given, "RANK", "rank_by", "rank_by {}")
        sentences.append(
            f"SNP sets: the first {joined([set_label(size) for size in sizes])} variants by rank{_in_brackets(by)}"
        )
    return sentences


def _models(given: Mapping[str, Sequence[Mapping[str, Any]]], models: pd.DataFrame | None) -> list[str]:
    sentences = []
    names = list(dict.fromkeys(name for task in given.get("EXPRESSION", []) for name in task))
    factors = [
        f"{joined([str(value) for value in values])} {name.replace('_', ' ').replace('pcs', 'PCs')}"
        for name in names
        if (values := [value for value in _all(given, "EXPRESSION", name) if type(value) is int and value])
    ]
    if factors:
        sentences.append(f"Expression was corrected for {joined(factors)}")
    if "GENE_MODELS" in given:
        people = ""
        if models is not None and "n_samples" in models and models["n_samples"].notna().any():
            people = f" in {_range(models['n_samples'].dropna().astype(int).tolist(), 'person', 'people')}"
        place = "start" if any(_all(given, "GENE_MODELS", "around_tss")) else "body"
        window = _said(given, "GENE_MODELS", "window_bp", "from variants within {} bp of the gene's " + place)
        window += _said(given, "GENE_MODELS", "maf", "with a minor allele frequency of at least {}")
        more = _said(given, "GENE_MODELS", "alpha", "α = {}")
        folds = [
            *_said(given, "GENE_MODELS", "repeats", "{} repeats of"),
            *_said(given, "GENE_MODELS", "folds", "{}-fold cross-validation"),
        ]
        more += [" ".join(folds)] if len(folds) == 2 else []
        more += _said(given, "GENE_MODELS", "seed", "seed {}")
        sentences.append(" ".join([f"Gene models were fitted{people}", *window]) + _in_brackets(more))
    return sentences


def _tests(given: Mapping[str, Sequence[Mapping[str, Any]]], panels: Sequence[AssociationPanel]) -> list[str]:
    own = [panel for panel in panels if not panel.over_several]
    sentences = []
    if own:
        tissues = sorted({panel.tissue for panel in own} - {""})
        traits = list(dict.fromkeys(panel.trait for panel in own))
        where = f" in {plural(len(tissues), 'tissue')}" if tissues else ""
        low, high = number(min(panel.inflation for panel in own)), number(max(panel.inflation for panel in own))
        sentences.append(
            f"{plural(sum(panel.tests for panel in own), 'test')} of {plural(len(traits), 'trait')}{where} and "
            f"{plural(len({panel.snp_set for panel in own}), 'SNP set')} were made, of "
            f"{_range([panel.tests for panel in own], 'gene')} each; "
            f"{f'λ was {low}' if low == high else f'λ ranged from {low} to {high}'}"
        )
    if tasks := given.get("ASSOCIATE"):
        by = {"id": "id"}
        ways = [
            by.get(way, "chromosome, position and alleles") for way in _all(given, "ASSOCIATE", "match_by") or ["id"]
        ]
        calibrated = [bool(task.get("gwas_h2")) for task in tasks]
        some = sorted({str(task.get("trait", "")) for task in tasks if task.get("gwas_h2")} - {""})
        phi = "not calibrated for polygenicity"
        if any(calibrated):
            phi = "calibrated with φ" + (f" for {joined(some)}" if some and not all(calibrated) else "")
        sentences.append(f"GWAS and models were matched by {joined(list(dict.fromkeys(ways)))}; z-scores were {phi}")
    return sentences
