"""Defaults of the pipeline, of its schema and of the entry scripts are the same, or the difference is stated here."""

import argparse
import builtins
import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from ..entry_scripts import ENTRY_SCRIPTS, ROOT, load_entry

# Parameters of the pipeline that become flags: script and flag of each.
FLAGS = {
    "crop": ("plan_tracks.py", "--crop"),
    "pool_width": ("plan_tracks.py", "--width"),
    "statistic": ("plan_tracks.py", "--statistic"),
    "clip": ("plan_tracks.py", "--clip"),
    "clip_soft": ("plan_tracks.py", "--clip_soft"),
    "scale": ("plan_tracks.py", "--scale"),
    "order": ("plan_tracks.py", "--order"),
    "sequences_per_shard": ("plan_tracks.py", "--sequences-per-shard"),
    "test_fold": ("plan_windows.py", "--test-fold"),
    "scope": ("train_tracks.py", "--scope"),
    "trunk_mode": ("train_tracks.py", "--trunk-mode"),
    "train_steps": ("train_tracks.py", "--steps"),
    "batch_size": ("train_tracks.py", "--batch-size"),
    "learning_rate": ("train_tracks.py", "--learning-rate"),
    "evaluate_every": ("train_tracks.py", "--evaluate-every"),
    "patience": ("train_tracks.py", "--patience"),
    "seed": ("train_tracks.py", "--seed"),
    "input_length": ("score_variants.py", "--input-length"),
    "target_bins": ("score_variants.py", "--target-bins"),
    "method": ("score_variants.py", "--method"),
    "variants_per_shard": ("split_variants.py", "--shard-size"),
    "rank_by": ("rank_variants.py", "--rank-by"),
    "matched_controls": ("rank_variants.py", "--matched-controls"),
    "set_sizes": ("rank_variants.py", "--set-sizes"),
    "annotation_rule": ("annotate_variants.py", "--rule"),
    "rank_tracks": ("rank_variants.py", "--rank-tracks"),
    "precision": ("score_variants.py", "--precision"),
    "factors": ("normalize_expression.py", "--factors"),
    "already_normalized": ("normalize_expression.py", "--already-normalized"),
    "missing_genotypes": ("fit_gene_models.py", "--missing"),
    "gene_window": ("fit_gene_models.py", "--window"),
    "maf": ("fit_gene_models.py", "--maf"),
    "alpha": ("fit_gene_models.py", "--alpha"),
    "folds": ("fit_gene_models.py", "--folds"),
    "repeats": ("fit_gene_models.py", "--repeats"),
    "fold_seed": ("fit_gene_models.py", "--seed"),
    "prior": ("fit_gene_models.py", "--prior"),
    "prior_set": ("fit_gene_models.py", "--prior-set"),
    "quality": ("fit_gene_models.py", "--quality"),
    "phi": ("fit_gene_models.py", "--phi"),
    "genes_per_chunk": ("plan_genes.py", "--genes-per-chunk"),
    "tissue": ("build_model_db.py", "--name"),
}
# Groups of parameters that name input files or concern the engine, and single parameters that no script takes.
NO_FLAG_GROUPS = {"input_files", "evidence", "output", "site", "resources"}
NO_FLAG = {"model", "scores", "model_dbs", "demo", "shards_per_embed_task", "finemap"}
# Where the pipeline's default is not the script's: both, and why.
DIFFERENT: dict[str, tuple[Any, Any, str]] = {
    "crop": (40960, 0, "the script's defaults are basenji's, the pipeline's those of the published Enformer"),
    "clip": (32, None, "as crop"),
    "scale": (2, 1.0, "as crop"),
    "quality": (
        "published",
        "nested",
        "the nested cross-validation costs several times the published one: asked for by name",
    ),
    "rank_tracks": (None, "", "no tracks named: all"),
}


def schema() -> dict[str, dict[str, Any]]:
    groups = json.loads((ROOT / "nextflow_schema.json").read_text())["$defs"]
    return {name: {"group": key, **rule} for key, group in groups.items() for name, rule in group["properties"].items()}


def config() -> dict[str, Any]:
    """The block `params { … }` of nextflow.config."""
    block = re.search(r"^params \{\n(.*?)^\}", (ROOT / "nextflow.config").read_text(), re.DOTALL | re.MULTILINE)
    assert block, "nextflow.config has no block params"
    values = re.findall(r"^\s+(\w+)\s*=\s*(.+?)\s*(?://.*)?$", block[1], re.MULTILINE)
    return {name: json.loads(value.replace("'", '"')) for name, value in values}


def flag_of(script: str, flag: str) -> argparse.Action:
    for action in load_entry(script.removesuffix(".py")).make_parser()._actions:
        if flag in action.option_strings:
            return action
    raise AssertionError(f"{script} has no flag {flag}")


def plain(value: Any) -> Any:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def test_every_parameter_is_known_here() -> None:
    rules = schema()
    assert set(config()) == set(rules)
    unknown = {name for name, rule in rules.items() if rule["group"] not in NO_FLAG_GROUPS} - set(FLAGS) - NO_FLAG
    assert not unknown, f"new parameters: give the script and flag in FLAGS, or list them in NO_FLAG: {sorted(unknown)}"
    assert set(FLAGS) | NO_FLAG <= set(rules)


@pytest.mark.parametrize("name", sorted(schema()))
def test_schema_and_config_have_one_default(name: str) -> None:
    assert schema()[name].get("default") == config()[name]


@pytest.mark.parametrize("name", sorted(FLAGS))
def test_pipeline_and_script_have_one_default(name: str) -> None:
    action, expected = flag_of(*FLAGS[name]), config()[name]
    if action.required:
        return
    found = plain(action.default)
    if name in DIFFERENT:
        assert DIFFERENT[name][:2] == (expected, found)
    else:
        assert found == expected, f"{FLAGS[name]}: the script's default is {found!r}, the pipeline's {expected!r}"


# Scripts whose function takes its few settings one by one, without a class of options.
NO_OPTIONS = {
    "check_inputs",
    "compare_demo",
    "join_scores",
    "lift_variants",
    "make_demo",
    "plan_genes",
    "pretrain_demo_trunk",
    "render_report",
}
# Where a script's default is not that of its class of options, and why.
OWN_DEFAULT = {("fit_gene_models", "cores"): "as many as the machine has"}


def hand_on(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """What the script's main function calls if none of its optional flags is given: all but options and the choice of a GWAS is mocked."""
    package, real = MagicMock(), builtins.__import__
    package.given_models.return_value.joint_covariances = []

    def load(name: str, names: dict[str, Any] | None = None, *rest: Any) -> Any:
        ours = names is script.__dict__ and name.startswith("tcra.") and not name.endswith(("settings", "find_gwas"))
        return package if ours else real(name, names, *rest)

    arguments = argparse.Namespace()
    for action in script.make_parser()._actions:
        if action.default is not argparse.SUPPRESS:
            text = isinstance(action.default, str) and action.type
            setattr(arguments, action.dest, action.type(action.default) if text else action.default)
        if action.required:
            setattr(arguments, action.dest, MagicMock())
    for file in ("gwas_file", "genotypes", "model_db_path"):  # of several flags one is needed
        if hasattr(arguments, file):
            setattr(arguments, file, MagicMock())
    monkeypatch.setattr(builtins, "__import__", load)
    script.main(arguments)
    monkeypatch.undo()
    return package


def options_in(package: MagicMock) -> Iterator[Any]:
    """The options, typed or made of typed options, among the arguments of all calls."""
    for _, given, named in package.mock_calls:
        for value in (*given, *named.values()):
            if is_dataclass(value) and type(value).__name__.endswith(("Options", "Settings")):
                yield value


@pytest.mark.parametrize("script", ENTRY_SCRIPTS)
def test_options_of_a_command_line_without_flags_are_the_defaults(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if script in NO_OPTIONS:
        return
    found = list(options_in(hand_on(load_entry(script), monkeypatch)))
    assert found, "the script hands on no options: mention it in NO_OPTIONS"
    for options in found:
        for field in fields(options):
            default = field.default if field.default_factory is MISSING else field.default_factory()
            if default is not MISSING and (script, field.name) not in OWN_DEFAULT:
                assert getattr(options, field.name) == default, f"{type(options).__name__}.{field.name}"
