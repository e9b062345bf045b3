"""The comparison with the truth: a perfect run, runs that miss, the measures themselves, bad inputs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.demo.compare import AIMS, Aim, compare_demo
from tcra.demo.compare_variants import auroc
from tcra.demo.finished_run import RunFiles
from tcra.errors import UserError

Tables = dict[str, pd.DataFrame]
TRACKS = {"one": ["FOX_one", "CTC"], "two": ["ESR_two", "CTC"]}
NAMES = [f"1_{i + 1}_A_G" for i in range(200)]
# Which variants change a motif: 10 in tissue one alone, 10 in two alone, 10 in both; then 10 controls, 5 faint ones, 5 other SNPs in sites.
FAINT = range(40, 45)
CHANGING = {"one": [*range(10), *range(20, 30)], "two": [*range(10, 20), *range(20, 30)]}
# Two genes of tissue one, two of two, two shared, one driven by SNPs outside motifs, one that is not heritable.
TISSUES_OF = (("one",), ("one",), ("two",), ("two",), ("one", "two"), ("one", "two"), ("one", "two"), ())
CAUSAL = (0, 1, 10, 11, 20, 21, 100, None)
TRAIT_GENES = (0, 2, 4, 5)


def planted() -> dict[str, Any]:
    genes = [
        {
            "gene_id": f"G{i}", "gene_name": f"NAME{i}", "heritability": dict.fromkeys(tissues, 0.3), "motif_driven": i < 6,
            "causal": [] if CAUSAL[i] is None else [{"variant_id": NAMES[CAUSAL[i]], "effect": 1.0}],
            "trait_variance": 0.002 * (i in TRAIT_GENES), "trait_sign": int(i in TRAIT_GENES),
        }
        for i, tissues in enumerate(TISSUES_OF)
    ]  # fmt: skip
    tissues = {
        tissue: {
            "tracks": {track: {} for track in TRACKS[tissue]}, "people": 100,
            "motif_changing": [{"variant_id": NAMES[i], "effect": 1 - i / 100} for i in rows],
            "elsewhere": [NAMES[i] for i in range(20) if i not in rows],
            "faint": [NAMES[i] for i in FAINT], "decoys": [NAMES[i] for i in range(50) if i not in rows and i not in FAINT],
        }
        for tissue, rows in CHANGING.items()
    }  # fmt: skip
    return {
        "seed": 1, "trait": "t", "set_sizes": [20, 200], "tissues": tissues, "variants": 200, "genes": genes,
        "negative_control": NAMES[30:40],
    }  # fmt: skip


def perfect() -> Tables:
    """The tables of a run that finds everything, those of a tissue under `table tissue`."""
    tables: Tables = {}
    for tissue, rows in CHANGING.items():
        value = np.where(np.isin(np.arange(200), rows), 1.0, 0.01) - np.arange(200) * 1e-6
        value[FAINT] = 0.5
        rank = (-value).argsort().argsort() + 1
        tables[f"track_correlations {tissue}"] = pd.DataFrame(
            [{"split": s, "track": t, "pearson": r} for s, r in (("test", 0.9), ("valid", 0.1)) for t in TRACKS[tissue]]
        )
        tables[f"ranking {tissue}"] = pd.DataFrame({"variant_id": NAMES, "mean_abs": value, "rank": rank})
        tables[f"model_summaries {tissue}"] = pd.DataFrame(
            [
                {"gene_id": f"G{i}", "snp_set": size, "n_snps_in_model": 2, "pred_perf_R2": 0.2, "rho_avg": 0.4, "rho_pval": 1e-5}
                if tissue in TISSUES_OF[i]
                else {"gene_id": f"G{i}", "snp_set": size, "n_snps_in_model": 0}
                for size in ("20", "200")
                for i in range(8)
            ]
        )  # fmt: skip
    tests = [
        {"trait": "t", "tissue": tissue, "snp_set": size, "gene": f"G{i}", "fdr": 1e-4 if i in TRAIT_GENES else 0.5}
        for size in ("20", "200")
        for tissue in TRACKS
        for i in range(8)
        if tissue in TISSUES_OF[i]
    ]
    tables["associations"] = pd.DataFrame(tests)
    # Of the shared trait genes, each tissue misses one.
    missed = tables["associations"][["tissue", "gene"]].apply(tuple, axis=1).isin([("one", "G4"), ("two", "G5")])
    tables["associations"].loc[missed, "fdr"] = 0.2
    tables["over_tissues"] = pd.DataFrame(
        [
            {"trait": "t", "snp_set": size, "gene": f"G{i}", "best": TISSUES_OF[i][0], "fdr": 1e-4 if i in TRAIT_GENES else 0.5}
            for size in ("20", "200")
            for i in range(7)
        ]
    )  # fmt: skip
    return tables


def write(folder: Path, tables: Tables, truth: dict[str, Any] | None = None) -> RunFiles:
    (folder / "planted.json").write_text(json.dumps(planted() if truth is None else truth))
    paths: dict[str, Any] = {"planted": folder / "planted.json"}
    for name, table in tables.items():
        kind, _, tissue = name.partition(" ")
        path = (
            folder / f"{name.replace(' ', '.')}.{'parquet' if kind in ('track_correlations', 'ranking') else 'tsv.gz'}"
        )
        if path.suffix == ".parquet":
            table.to_parquet(path)
        else:
            table.to_csv(path, sep="\t", index=False, na_rep="NA")
        if tissue:
            paths.setdefault(kind, {})[tissue] = path
        else:
            paths[kind] = path
    return RunFiles(**paths)


def run(folder: Path, change: Callable[[Tables], None] = lambda tables: None) -> tuple[dict, list[str]]:
    tables = perfect()
    change(tables)
    lines = compare_demo(write(folder, tables), folder / "truth.json")
    return json.loads((folder / "truth.json").read_text()), lines


def missed(truth: dict) -> list[str]:
    return [check["measure"] for check in truth["checks"] if not check["passed"]]


def test_a_perfect_run_meets_every_aim(tmp_path: Path) -> None:
    truth, lines = run(tmp_path)
    assert truth["all_passed"] and missed(truth) == [] and len(truth["checks"]) == len(AIMS)
    one = truth["tissues"]["one"]
    assert one["tracks"]["mean"] == 0.9 and one["variants"]["auroc"] == one["variants"]["auroc_faint"] == 1.0
    assert one["variants"]["causal"] == {
        "planted": 4, "in_top_set": 4, "expected_in_random_set": 0.4, "enrichment": 10.0, "p": 7.49e-05,
    }  # fmt: skip
    assert one["variants"]["causal_outside_motifs"]["in_top_set"] == 0
    assert one["variants"]["spearman_with_planted_effect"] == 1.0
    genes = one["genes"]["20"]
    assert (genes["heritable"], genes["heritable_with_model"], genes["other_with_model"]) == (5, 5, 0)
    assert (genes["trait_genes"], genes["trait_genes_found"], genes["trait_genes_missed"]) == (3, 2, ["NAME4"])
    over = truth["over_tissues"]["20"]
    assert (over["trait_genes_found"], over["false_discoveries"]) == (4, 0)
    assert (over["of_one_tissue_found"], over["right_tissue_named"]) == (2, 2)
    assert (over["shared_found"], over["shared_found_by_tissue"], over["shared_found_ratio"]) == (
        2,
        {"one": 1, "two": 1},
        2.0,
    )
    assert lines[0].startswith("found: 4 genes for t at FDR 5 % (NAME0, NAME2, NAME4, NAME5), of 7 genes with a model")
    assert lines[1].startswith(
        "planted: 4 of 4 trait genes found, 0 false; right tissue named for 2 of 2; shared genes 2 of 2"
    )
    assert lines[1].endswith(f"all {len(AIMS)} aims met") and truth["lines"] == lines


def in_tissue(table: str, tissue: str, change: Callable[[pd.DataFrame], None]) -> Callable[[Tables], None]:
    return lambda tables: change(tables[f"{table} {tissue}"])


def reverse_ranking(ranking: pd.DataFrame) -> None:
    for column in ("mean_abs", "rank"):
        ranking[column] = ranking[column].to_numpy()[::-1]


def raise_scores(*variants: int) -> Callable[[pd.DataFrame], None]:
    def change(ranking: pd.DataFrame) -> None:
        ranking.loc[list(variants), "mean_abs"] = 1.5

    return change


def lose_models(models: pd.DataFrame) -> None:
    models.loc[models["gene_id"].isin(["G2", "G3"]), "rho_avg"] = 0.05


def set_fdr(table: str, gene: str, fdr: float) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables[table].loc[tables[table]["gene"] == gene, "fdr"] = fdr

    return change


def find_others(tables: Tables) -> None:
    more = [{"trait": "t", "snp_set": "20", "gene": f"X{i}", "best": "one", "fdr": 0.01} for i in range(4)]
    tables["over_tissues"] = pd.concat([tables["over_tissues"], pd.DataFrame(more)])


def name_the_other_tissue(tables: Tables) -> None:
    over = tables["over_tissues"]
    over.loc[over["gene"] == "G0", "best"] = "two"


def find_shared_genes_in_each_tissue_alone(tables: Tables) -> None:
    tables["over_tissues"].loc[tables["over_tissues"]["gene"] == "G4", "fdr"] = 0.06
    tables["associations"].loc[tables["associations"]["gene"].isin(["G4", "G5"]), "fdr"] = 0.01


SPOILED: dict[str, tuple[Callable[[Tables], None], set[str]]] = {
    "the ranking upside down": (
        in_tissue("ranking", "two", reverse_ranking),
        {"auroc_motif_changing", "causal_enrichment", "negative_control_ratio", "other_tissue_ratio"},
    ),
    "scores where nothing changes, inside sites": (
        in_tissue("ranking", "one", raise_scores(*range(10, 20), *range(30, 40))),
        {"auroc_faint", "negative_control_ratio", "other_tissue_ratio"},
    ),
    "controls scored": (
        in_tissue("ranking", "one", raise_scores(*range(30, 40))),
        {"auroc_faint", "negative_control_ratio"},
    ),
    "the other tissue's variants scored": (
        in_tissue("ranking", "two", raise_scores(*range(10))),
        {"auroc_faint", "other_tissue_ratio"},
    ),
    "tracks not learnt": (
        in_tissue("track_correlations", "two", lambda table: table.__setitem__("pearson", 0.2)),
        {"mean_track_pearson"},
    ),
    "models lost": (in_tissue("model_summaries", "two", lose_models), {"heritable_genes_with_model"}),
    "two trait genes lost": (
        lambda tables: (set_fdr("over_tissues", "G0", 0.06)(tables), set_fdr("over_tissues", "G2", 0.06)(tables)) and None,
        {"trait_genes_found", "right_tissue_named"},
    ),
    "four others found": (find_others, {"false_discoveries"}),
    "the other tissue named": (name_the_other_tissue, {"right_tissue_named"}),
    "a shared gene found in each tissue but not over them": (
        find_shared_genes_in_each_tissue_alone,
        {"shared_genes_over_tissues"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_run_misses_the_aims_that_it_spoils_and_no_other(tmp_path: Path, name: str) -> None:
    change, expected = SPOILED[name]
    truth, lines = run(tmp_path, change)
    assert set(missed(truth)) == expected and not truth["all_passed"]
    assert all(measure in lines[1] for measure in expected) and "MISSED" in lines[1]


def test_every_aim_is_spoiled_by_some_run() -> None:
    assert set().union(*(expected for _, expected in SPOILED.values())) == set(AIMS)


def test_an_aim_is_missed_by_what_could_not_be_measured() -> None:
    assert not Aim("x", least=1).met(None) and not Aim("x", most=1).met(None)
    assert Aim("x", least=1).met(1) and Aim("x", most=1).met(1)
    assert not Aim("x", least=1).met(0.99) and not Aim("x", most=1).met(1.01)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
        lambda c: len({p for _, p in c}) == 2
    )
)
def test_auroc_is_the_chance_of_a_pair_in_order(cells: list[tuple[int, bool]]) -> None:
    value, positive = np.array([v for v, _ in cells], float), np.array([p for _, p in cells])
    pairs = [(a > b) + 0.5 * (a == b) for a in value[positive] for b in value[~positive]]
    assert auroc(value, positive) == pytest.approx(np.mean(pairs))


def flags_of(files: RunFiles) -> list[object]:
    """The files as the command line of compare_demo.py."""
    words: list[object] = [
        "--planted",
        files.planted,
        "--associations",
        files.associations,
        "--tissues",
        files.over_tissues,
    ]
    for name in ("track_correlations", "ranking", "model_summaries"):
        words += [f"--{name.replace('_', '-')}", *(f"{tissue}={path}" for tissue, path in getattr(files, name).items())]
    return words


def test_two_lines_on_stdout_and_the_same_bytes_again(script, tmp_path: Path) -> None:
    files = write(tmp_path, perfect())
    done = script("compare_demo.py", *flags_of(files), "--out", tmp_path / "truth.json")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["found", "planted"]
    compare_demo(files, tmp_path / "again.json")
    assert (tmp_path / "truth.json").read_bytes() == (tmp_path / "again.json").read_bytes()


@pytest.mark.parametrize(
    "damage, message",
    [
        ("ranking of another seed", "tissue one: the ranking holds none of the planted variants"),
        ("no test split", "no test row for track CTC"),
        ("no column", "has no column fdr"),
        ("missing set", "no row of SNP set 20 for tissue one"),
        ("missing set over tissues", "no row of SNP set 20 for the test over tissues"),
        ("missing tissue", "--ranking is given for one, but .* has the tissues one, two"),
        ("not parquet", "is not a Parquet file"),
        ("not planted", "is not make_demo.py's planted.json"),
    ],
)
def test_bad_inputs_name_what_is_wrong(tmp_path: Path, damage: str, message: str) -> None:
    tables = perfect()
    if damage == "ranking of another seed":
        tables["ranking one"]["variant_id"] = "2_" + tables["ranking one"]["variant_id"].str[2:]
    if damage == "no test split":
        tables["track_correlations one"] = tables["track_correlations one"].iloc[[0, 2, 3]]
    if damage == "no column":
        tables["associations"] = tables["associations"].drop(columns="fdr")
    for name, table in (("missing set", "associations"), ("missing set over tissues", "over_tissues")):
        if damage == name:
            tables[table] = tables[table][tables[table]["snp_set"] == "200"]
    if damage == "missing tissue":
        del tables["ranking two"]
    files = write(tmp_path, tables, {} if damage == "not planted" else None)
    if damage == "not parquet":
        files.ranking["one"].write_text("variant_id\n")
    with pytest.raises(UserError, match=message):
        compare_demo(files, tmp_path / "truth.json")
    assert not (tmp_path / "truth.json").exists()


def test_a_bad_input_is_one_line_and_status_2(script, tmp_path: Path) -> None:
    files = write(tmp_path, perfect())
    words = [str(word).removeprefix("one=") for word in flags_of(files)]
    done = script("compare_demo.py", *words, "--out", tmp_path / "truth.json", status=2)
    assert "has no name before the file, expected NAME=FILE" in done.stderr
