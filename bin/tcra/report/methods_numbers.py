"""The methods with the numbers of this run: what its accounting files, models and tests say of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from tcra.report.accounting_chain import Balance
from tcra.report.association_panels import AssociationPanel
from tcra.report.page_parts import count, joined, number, plural, set_label


def run_sentences(
    records: Iterable[Mapping[str, Any]], balances: Sequence[Balance], panels: Sequence[AssociationPanel], models: pd.DataFrame | None
) -> list[str]:  # fmt: skip
    """One sentence per stage that the run has. records: its accounting files; models: the model summaries, where they state n_samples."""
    given: dict[str, Mapping[str, Any]] = {}
    for record in records:
        given.setdefault(str(record.get("stage", "")), record.get("parameters") or {})
    out = {(one.stage, one.unit): one.number_out for one in balances}
    sentences = [
        *_learning(given, out),
        *_variants(given, out),
        *_models(given, models),
        *_tests(given, panels),
    ]
    return [f"{sentence}." for sentence in sentences]


def _learning(given: Mapping[str, Mapping[str, Any]], out: Mapping[tuple[str, str], int]) -> list[str]:
    sentences = []
    if plan := given.get("PLAN"):
        windows = out.get(("PLAN_WINDOWS", "windows")) or out.get(("PLAN", "windows"))
        tracks = out.get(("PLAN", "tracks"))
        parts = [plural(tracks, "track")] if tracks else []
        parts += [f"{plural(windows, 'window')} of the genome"] if windows else []
        sentences.append(f"{joined(parts) or 'The tracks'} were used, in bins of {plan.get('width', '–')} bp")
    if train := given.get("TRAIN"):
        sentences.append(
            f"Training took at most {count(train.get('steps', 0))} steps of {train.get('batch_size', '–')} windows at a learning rate of "
            f"{train.get('learning_rate', '–')} (scope {train.get('scope', '–')}, seed {train.get('seed', '–')})"
        )
    return sentences


def _variants(given: Mapping[str, Mapping[str, Any]], out: Mapping[tuple[str, str], int]) -> list[str]:
    sentences = []
    if scoring := given.get("SCORE"):
        scored = out.get(("RANK", "variants")) or out.get(("SCORE", "variants"))
        number_of = plural(scored, "variant") if scored else "Variants"
        sentences.append(f"{number_of} were scored in windows of {count(scoring.get('input_length', 0))} bp")
    if rank := given.get("RANK"):
        sizes = [set_label(size) for size in rank.get("set_sizes") or []]
        if sizes:
            sentences.append(
                f"SNP sets: the first {joined(sizes)} variants by rank (rank_by {rank.get('rank_by', 'mean')})"
            )
    return sentences


def _models(given: Mapping[str, Mapping[str, Any]], models: pd.DataFrame | None) -> list[str]:
    sentences = []
    if expression := given.get("EXPRESSION"):
        factors = [
            f"{value} {name.replace('_', ' ')}"
            for name, value in expression.items()
            if isinstance(value, int) and value
        ]
        if factors:
            sentences.append(f"Expression was corrected for {joined(factors)}")
    if fit := given.get("GENE_MODELS"):
        people = ""
        if models is not None and "n_samples" in models and models["n_samples"].notna().any():
            most, least = int(models["n_samples"].max()), int(models["n_samples"].min())
            people = f" in {count(most)} people" if most == least else f" in {count(least)} to {count(most)} people"
        sentences.append(
            f"Gene models were fitted{people} from variants within {count(fit.get('window', 0))} bp of the gene"
            f"{chr(39)}s {'start' if fit.get('around_tss') else 'body'} with a minor allele frequency of at least {fit.get('maf', '–')} "
            f"(α = {fit.get('alpha', '–')}, {fit.get('repeats', '–')} repeats of {fit.get('folds', '–')}-fold cross-validation, seed "
            f"{fit.get('seed', '–')})"
        )
    return sentences


def _tests(given: Mapping[str, Mapping[str, Any]], panels: Sequence[AssociationPanel]) -> list[str]:
    own = [panel for panel in panels if not panel.over_several]
    sentences = []
    if own:
        tissues = sorted({panel.tissue for panel in own} - {""})
        traits = list(dict.fromkeys(panel.trait for panel in own))
        where = f" in {plural(len(tissues), 'tissue')}" if tissues else ""
        sentences.append(
            f"{plural(sum(panel.tests for panel in own), 'test')} of {plural(len(traits), 'trait')}{where} and "
            f"{plural(len({panel.snp_set for panel in own}), 'SNP set')} were made, of {count(min(panel.tests for panel in own))} to "
            f"{count(max(panel.tests for panel in own))} genes each; λ ranged from {number(min(panel.inflation for panel in own))} to "
            f"{number(max(panel.inflation for panel in own))}"
        )
    associate = given.get("ASSOCIATE")
    if associate:
        by = "id" if associate.get("match_by", "id") == "id" else "chromosome, position and alleles"
        phi = "calibrated with φ" if associate.get("gwas_h2") else "not calibrated for polygenicity"
        sentences.append(f"GWAS and models were matched by {by}; z-scores were {phi}")
    return sentences
