"""The comparison with the truth: a perfect run, runs that miss, the measures themselves, bad inputs."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.demo.compare import auroc, compare_demo
from tcra.errors import UserError

Tables = dict[str, pd.DataFrame]
TRACKS = ["FOX_epithelium", "CTC_epithelium"]


def planted() -> dict:
    """200 variants, the first 20 motif-changing, the next 10 in controls; 8 genes, 4 heritable, 2 of them trait genes."""
    names = [f"1_{i + 1}_A_G" for i in range(200)]
    genes = []
    for i in range(8):
        heritable, motif_driven = i < 4, i < 3
        cause = {"variant_id": names[i] if motif_driven else names[100 + i], "effect": 1.0}
        genes.append(
            {"gene_id": f"G{i}", "gene_name": f"NAME{i}", "heritability": 0.3 * heritable, "motif_driven": motif_driven,
             "causal": [cause] if heritable else [], "trait_variance": 0.002 * (i < 2), "trait_sign": int(i < 2)}
        )  # fmt: skip
    return {
        "seed": 1, "trait": "t", "set_sizes": [20, 200], "tracks": {track: {} for track in TRACKS}, "variants": 200, "genes": genes,
        "motif_changing": [{"variant_id": name, "tf": "FOX", "effect": 1 - i / 100} for i, name in enumerate(names[:20])],
        "negative_control": [{"variant_id": name, "tf": "NRF", "effect": 0.0} for name in names[20:30]],
        "decoys": names[30:35],
    }  # fmt: skip


def perfect() -> Tables:
    value = np.where(np.arange(200) < 20, 1.0, 0.01) - np.arange(200) * 1e-6
    genes = [f"G{i}" for i in range(8)]
    models = [
        {"gene_id": g, "snp_set": s, "n_snps_in_model": 2, "pred_perf_R2": 0.2, "rho_avg": 0.4, "rho_pval": 1e-5}
        if i < 4
        else {"gene_id": g, "snp_set": s, "n_snps_in_model": 0}
        for s in ("20", "200")
        for i, g in enumerate(genes)
    ]
    tests = [
        {"trait": "t", "snp_set": s, "gene": f"G{i}", "fdr": 1e-4 if i < 2 else 0.5}
        for s in ("20", "200")
        for i in range(4)
    ]
    return {
        "track_correlations": pd.DataFrame(
            [{"split": s, "track": t, "pearson": r} for s, r in (("test", 0.9), ("valid", 0.1)) for t in TRACKS]
        ),
        "ranking": pd.DataFrame(
            {"variant_id": [f"1_{i + 1}_A_G" for i in range(200)], "mean_abs": value, "rank": np.arange(1, 201)}
        ),
        "model_summaries": pd.DataFrame(models),
        "associations": pd.DataFrame(tests),
    }


def write(folder: Path, tables: Tables, truth: dict | None = None) -> dict[str, Path]:
    paths = {"planted": folder / "planted.json"}
    paths["planted"].write_text(json.dumps(planted() if truth is None else truth))
    for name, table in tables.items():
        if name in ("track_correlations", "ranking"):
            paths[name] = folder / f"{name}.parquet"
            table.to_parquet(paths[name])
        else:
            paths[name] = folder / f"{name}.tsv.gz"
            table.to_csv(paths[name], sep="\t", index=False, na_rep="NA")
    return paths


def run(folder: Path, change: Callable[[Tables], None] = lambda tables: None) -> tuple[dict, list[str]]:
    tables = perfect()
    change(tables)
    lines = compare_demo(write(folder, tables), folder / "truth.json")
    return json.loads((folder / "truth.json").read_text()), lines


def missed(truth: dict) -> list[str]:
    return [check["measure"] for check in truth["checks"] if not check["passed"]]


def test_a_perfect_run_meets_every_aim(tmp_path: Path) -> None:
    truth, lines = run(tmp_path)
    assert truth["all_passed"] and missed(truth) == []
    assert truth["tracks"]["mean"] == 0.9 and truth["variants"]["auroc"] == 1.0
    assert truth["variants"]["causal"] == {
        "planted": 3,
        "in_top_set": 3,
        "expected_in_random_set": 0.3,
        "enrichment": 10.0,
        "p": 0.000868,
    }
    assert truth["variants"]["auroc_against_decoys"] == 1.0 and truth["variants"]["spearman_with_planted_effect"] == 1.0
    assert truth["variants"]["causal_outside_motifs"]["in_top_set"] == 0
    top = truth["genes"]["20"]
    assert top["mean_heritable_r2"] == 0.2
    assert (top["heritable_with_model"], top["trait_genes_found"], top["false_discoveries"]) == (4, 2, 0)
    assert lines[0].startswith("found: 2 genes for t at FDR 5 % (NAME0, NAME1), of 4 genes with a model")
    assert lines[1].startswith("planted: 2 of 2 trait genes found, 0 false") and lines[1].endswith("all 7 aims met")
    assert truth["lines"] == lines


def reverse_ranking(tables: Tables) -> None:
    tables["ranking"]["mean_abs"] = tables["ranking"]["mean_abs"].to_numpy()[::-1]
    tables["ranking"]["rank"] = tables["ranking"]["rank"].to_numpy()[::-1]


def lose_a_trait_gene(tables: Tables) -> None:
    tables["associations"].loc[tables["associations"]["gene"] == "G1", "fdr"] = 0.06


def find_others(tables: Tables) -> None:
    more = [{"trait": "t", "snp_set": "20", "gene": f"G{i}", "fdr": 0.01} for i in range(4, 8)]
    tables["associations"] = pd.concat([tables["associations"], pd.DataFrame(more)])


def lose_models(tables: Tables) -> None:
    tables["model_summaries"].loc[tables["model_summaries"]["gene_id"].isin(["G0", "G1"]), "rho_avg"] = 0.05


def raise_controls(tables: Tables) -> None:
    tables["ranking"].loc[20:29, "mean_abs"] = 0.9


@pytest.mark.parametrize(
    "change, expected",
    [
        (reverse_ranking, ["auroc_motif_changing", "causal_enrichment"]),
        (lose_a_trait_gene, ["trait_genes_found"]),
        (find_others, ["false_discoveries"]),
        (lose_models, ["heritable_genes_with_model"]),
        (raise_controls, ["negative_control_ratio"]),
        (lambda tables: tables["track_correlations"].__setitem__("pearson", 0.2), ["mean_track_pearson"]),
    ],
)
def test_a_run_that_misses_says_which_aim(
    tmp_path: Path, change: Callable[[Tables], None], expected: list[str]
) -> None:
    truth, lines = run(tmp_path, change)
    assert set(expected) <= set(missed(truth)) and not truth["all_passed"]
    assert all(name in lines[1] for name in expected) and "MISSED" in lines[1]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
        lambda c: len({p for _, p in c}) == 2
    )
)
def test_auroc_is_the_chance_of_a_pair_in_order(cells: list[tuple[int, bool]]) -> None:
    value, positive = np.array([v for v, _ in cells], float), np.array([p for _, p in cells])
    pairs = [(a > b) + 0.5 * (a == b) for a in value[positive] for b in value[~positive]]
    assert auroc(value, positive) == pytest.approx(np.mean(pairs))


def test_two_lines_on_stdout_and_the_same_bytes_again(script, tmp_path: Path) -> None:
    paths = write(tmp_path, perfect())
    flags = [cell for name, path in paths.items() for cell in (f"--{name.replace('_', '-')}", path)]
    done = script("compare_demo.py", *flags, "--out", tmp_path / "truth.json")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["found", "planted"]
    first = (tmp_path / "truth.json").read_bytes()
    script("compare_demo.py", *flags, "--out", tmp_path / "truth.json")
    assert (tmp_path / "truth.json").read_bytes() == first


@pytest.mark.parametrize(
    "damage, message",
    [
        ("ranking of another seed", "holds none of the planted variants"),
        ("no test split", "no test row for track CTC_epithelium"),
        ("no column", "has no column fdr"),
        ("missing set", "no row of SNP set 20"),
        ("not parquet", "is not a Parquet file"),
        ("not planted", "is not make_demo.py's planted.json"),
    ],
)
def test_bad_inputs_name_what_is_wrong(tmp_path: Path, damage: str, message: str) -> None:
    tables = perfect()
    if damage == "ranking of another seed":
        tables["ranking"]["variant_id"] = "2_" + tables["ranking"]["variant_id"].str[2:]
    if damage == "no test split":
        tables["track_correlations"] = tables["track_correlations"].iloc[[0, 2, 3]]
    if damage == "no column":
        tables["associations"] = tables["associations"].drop(columns="fdr")
    if damage == "missing set":
        tables["associations"] = tables["associations"][tables["associations"]["snp_set"] == "200"]
    paths = write(tmp_path, tables, {} if damage == "not planted" else None)
    if damage == "not parquet":
        paths["ranking"].write_text("variant_id\n")
    with pytest.raises(UserError, match=message):
        compare_demo(paths, tmp_path / "truth.json")
    assert not (tmp_path / "truth.json").exists()


def test_a_bad_input_is_one_line_and_status_2(script, tmp_path: Path) -> None:
    paths = write(tmp_path, perfect(), {})
    flags = [cell for name, path in paths.items() for cell in (f"--{name.replace('_', '-')}", path)]
    done = script("compare_demo.py", *flags, "--out", tmp_path / "truth.json", status=2)
    assert "planted.json is not make_demo.py's planted.json" in done.stderr and done.stderr.count("\n") == 1
