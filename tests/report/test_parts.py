"""The pieces: accounting sums, numbers as text, the statistics that the page computes itself."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tcra.errors import UserError
from tcra.report.accounting_chain import accounting_section, read_accounting, unit_flows
from tcra.report.association_panels import (
    ACAT,
    JOINT,
    OVER_SETS,
    OVER_TISSUES,
    AssociationPanel,
    genome_positions,
    panels,
    read_associations,
    read_omnibus,
)
from tcra.report.models_section import model_section
from tcra.report.page_parts import number, p_text, percent, set_label, set_order
from tcra.report.render import ReportInputs, render_report
from tcra.report.scores_section import log_histogram, score_section
from tcra.report.summary_check import summary_differences
from tcra.report.tracks_section import track_section
from tcra.report.training_section import training_section
from tcra.report.twas_section import found_lines, trait_sentence, twas_section

from .made_inputs import accounting_file

OMNIBUS = f"{OVER_SETS} {ACAT}"


def test_accounting_is_added_up_over_shards_and_follows_the_pipeline(tmp_path):
    files = [
        accounting_file(tmp_path, "b", "SCORE", [("variants", 10, 9, {"N": 1})]),
        accounting_file(tmp_path, "a", "SCORE", [("variants", 20, 15, {"N": 2, "edge": 3})]),
        accounting_file(tmp_path, "c", "SPLIT_VARIANTS", [("variants", 32, 30, {"ref": 2}), ("chromosomes", 2, 2, {})]),
        accounting_file(tmp_path, "d", "OWN_STAGE", [("things", 1, 1, {})]),
    ]
    balances = read_accounting(files)
    assert [(b.stage, b.unit, b.files) for b in balances] == [
        ("SPLIT_VARIANTS", "variants", 1), ("SPLIT_VARIANTS", "chromosomes", 1), ("SCORE", "variants", 2), ("OWN_STAGE", "things", 1),
    ]  # fmt: skip
    score = balances[2]
    assert (score.number_in, score.number_out, score.reasons) == (30, 24, [("N", 3), ("edge", 3)])
    ((unit, steps),) = unit_flows(balances)
    assert unit == "variants"
    assert [(step.stage, step.takes, step.lost, step.out, step.follows) for step in steps] == [
        ("SPLIT_VARIANTS", 32, 2, 30, True), ("SCORE", 30, 6, 24, True),
    ]  # fmt: skip


def test_a_stage_whose_tasks_each_take_everything_is_not_said_to_multiply_it(tmp_path):
    tracks = [accounting_file(tmp_path, f"{i}.h5", "COVERAGE", [("windows", 90, 90, {})]) for i in range(5)]
    plan = accounting_file(tmp_path, "plan", "PLAN", [("windows", 100, 90, {"gap in the assembly": 10})])
    train = accounting_file(tmp_path, "train", "TRAIN", [("windows", 80, 80, {})])
    ((_, steps),) = unit_flows(read_accounting([*tracks, plan, train]))
    assert [(step.takes, step.out, step.tasks, step.follows) for step in steps] == [
        (100, 90, 1, True), (90, 90, 5, True), (80, 80, 1, False),
    ]  # fmt: skip


def test_genes_their_models_and_their_tests_are_one_way(tmp_path):
    files = [
        accounting_file(tmp_path, "a", "EXPRESSION", [("genes", 60, 60, {})]),
        accounting_file(tmp_path, "b", "GENE_MODELS", [("gene models (genes × SNP sets)", 120, 90, {"no signal": 30})]),
        accounting_file(
            tmp_path,
            "c",
            "MODEL_DB",
            [(f"gene models of SNP set {k}", 60, 45 - k, {"no signal": 15 + k}) for k in (1, 2)],
        ),
        accounting_file(tmp_path, "d", "COMBINE", [("gene tests", 87, 87, {})]),
    ]
    ((_, steps),) = unit_flows(read_accounting(files))
    assert [(step.stage, step.takes, step.lost, step.out, step.follows) for step in steps] == [
        ("EXPRESSION", 60, 0, 60, True), ("GENE_MODELS", 120, 30, 90, False),
        ("MODEL_DB", 120, 33, 87, False), ("COMBINE", 87, 0, 87, True),
    ]  # fmt: skip


def test_a_gap_between_two_stages_and_a_false_balance_are_said(tmp_path):
    balances = read_accounting(
        [
            accounting_file(tmp_path, "a", "SPLIT_VARIANTS", [("variants", 100, 100, {})]),
            accounting_file(tmp_path, "b", "SCORE", [("variants", 90, 80, {})]),
            accounting_file(tmp_path, "c", "RANK", [("variants", 80, 20, {"unscored": 60})]),
        ]
    )
    ((_, steps),) = unit_flows(balances)
    assert [step.follows for step in steps] == [True, False, True]
    checks = accounting_section(balances).checks
    assert any("does not balance in SCORE (variants)" in check for check in checks)
    assert any("RANK rejected 75 % of its variants" in check and "unscored" in check for check in checks)


@pytest.mark.parametrize("text", ["{}", "[1]", '{"stage": "A", "counts": [{"unit": "x"}]}', '{"stage":'])
def test_what_is_no_accounting_is_one_clear_line(tmp_path, script, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"odd\.json"):
        read_accounting([path])


@settings(deadline=None)  # a busy machine may stop any call for a while
@given(st.floats(0, 5000))
def test_p_text_reads_back_near_the_p_it_was_made_from(height):
    text = p_text(height)
    if height < 3:
        assert math.isclose(float(text), 10**-height, rel_tol=6e-3)
    else:
        mantissa, exponent = text.split("e-")
        assert abs(int(exponent) - math.log10(float(mantissa)) - height) < 0.025
        assert 1 <= float(mantissa) < 10


def test_numbers_as_text():
    assert [number(v) for v in (0.123456, 1234567.0, float("nan"), 2.0, 1e-7)] == [
        "0.123",
        "1,234,567",
        "–",
        "2",
        "1e-07",
    ]
    assert [percent(v) for v in (0.5, 0.031, 0, 1, 0.999)] == ["50 %", "3.1 %", "0 %", "100 %", "99.9 %"]
    assert [set_label(v) for v in ("400", "200000", "1500000", "random_400", "12345")] == [
        "400",
        "200 K",
        "1.5 M",
        "random_400",
        "12,345",
    ]
    assert sorted(["random_400", "1000", "400"], key=set_order) == ["400", "1000", "random_400"]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=200).filter(lambda v: max(v) > 1e-30))
def test_every_score_is_in_the_histogram_once(scores):
    values = np.array(scores)
    edges, heights, below = log_histogram(values)
    assert heights.sum() == len(values)
    assert (np.diff(edges) > 0).all() and edges[-1] >= values.max() * (1 - 1e-12)
    assert below == (values < edges[0]).sum()


def write(path, table):
    table.to_csv(path, sep="\t", index=False, na_rep="NA")
    return path


def null_table(genes=4000):
    from scipy.stats import norm

    z = np.random.default_rng(11).normal(size=genes)
    return pd.DataFrame(
        {
            "trait": "t",
            "model": "m",
            "gene": [f"g{i:05d}" for i in range(genes)],
            "zscore": z,
            "pvalue": 2 * norm.sf(abs(z)),
        }
    )


def test_inflation_is_one_under_the_null_and_four_when_z_is_doubled(tmp_path):
    from scipy.stats import norm

    table = null_table()
    (panel,) = panels(read_associations(write(tmp_path / "a.tsv", table)))
    assert abs(panel.inflation - 1) < 0.06
    assert math.isclose(panel.inflation, np.median(table["zscore"] ** 2) / 0.4549364231195724, rel_tol=1e-6)
    table["pvalue"] = 2 * norm.sf(abs(2 * table["zscore"]))
    (panel,) = panels(read_associations(write(tmp_path / "b.tsv", table)))
    assert abs(panel.inflation - 4) < 0.25


def test_fdr_is_benjamini_and_hochbergs_within_trait_and_model(tmp_path):
    table = pd.DataFrame(
        {
            "trait": ["a"] * 4 + ["b"],
            "model": "m",
            "gene": list("pqrsp"),
            "zscore": 1.0,
            "pvalue": [0.01, 0.02, 0.03, 0.5, 0.04],
        }
    )
    read = read_associations(write(tmp_path / "a.tsv", table))
    assert np.allclose(read["fdr"], [0.04, 0.04, 0.04, 0.5, 0.04])


def test_a_p_of_zero_gets_its_height_from_z(tmp_path):
    table = null_table(3)
    table.loc[0, ["zscore", "pvalue"]] = [60.0, 0.0]
    read = read_associations(write(tmp_path / "a.tsv", table))
    assert abs(read.loc[read["gene"] == "g00000", "minus_log10_p"].iloc[0] - 783.6) < 0.2  # 2·Φ(−60) = 10^−783.6…


def test_models_come_by_size_and_the_omnibus_last(tmp_path):
    table = pd.concat([null_table(5).assign(snp_set=size, model=f"m{size}") for size in ("4000", "400", "800")])
    read = read_associations(write(tmp_path / "a.tsv", table))
    joint = read_omnibus(write(tmp_path / "o.tsv", null_table(5).rename(columns={"pvalue": "acat_pvalue"})))
    labels = [panel.label for panel in panels(pd.concat([read, joint], ignore_index=True))]
    assert labels == ["400", "800", "4 K", OMNIBUS]


def test_the_joint_test_is_shown_where_there_is_one(tmp_path):
    table = null_table(5).rename(columns={"pvalue": "acat_pvalue"})
    none = read_omnibus(write(tmp_path / "o.tsv", table.assign(joint_pvalue=np.nan, fdr=0.5)))
    assert [panel.label for panel in panels(none)] == [OMNIBUS]
    alone = table.assign(joint_pvalue=[1e-9, *[np.nan] * 4], models=1, fdr=0.5)
    assert panels(read_omnibus(write(tmp_path / "o.tsv", alone))) == []
    some = read_omnibus(
        write(tmp_path / "o.tsv", table.assign(joint_pvalue=[1e-9, *[np.nan] * 4], joint_fdr=0.01, fdr=0.5))
    )
    acat, joint = panels(some)
    assert (acat.label, acat.tests, acat.fdr_hits) == (OMNIBUS, 5, 0)
    assert (joint.label, joint.tests, joint.fdr_hits) == (f"{OVER_SETS} {JOINT}", 1, 1)


def test_the_test_over_tissues_is_shown_by_snp_set_and_told_first(tmp_path):
    table = pd.concat([null_table(5).assign(snp_set=size) for size in ("400", "4000")])
    table = table.rename(columns={"pvalue": "acat_pvalue"}).assign(models=2, fdr=0.01)
    read = read_omnibus(write(tmp_path / "t.tsv", table), OVER_TISSUES)
    found = panels(read)
    assert [panel.label for panel in found] == ["400, all tissues (omnibus)", "4 K, all tissues (omnibus)"]
    sentence, genes = trait_sentence("t", found)
    assert sentence.startswith(
        "t: FDR 5 % by the omnibus test over tissues, each corrected for its own tests: 5 of 5 genes tested in 400; "
        "5 of 5 genes tested in 4 K"
    )
    assert len(genes) == 5


def test_a_count_of_hits_is_of_one_corrected_test_or_says_of_how_many(tmp_path):
    table = pd.concat([null_table(5).assign(snp_set=size, model=f"m{size}") for size in ("400", "800")])
    rates = [0.01, 0.5, 0.5, 0.5, 0.5, 0.5, 0.01, 0.01, 0.5, 0.5]
    found = panels(read_associations(write(tmp_path / "a.tsv", table.assign(fdr=rates))))
    sentence, genes = trait_sentence("t", found)
    assert sentence.startswith(
        "t: 3 genes at FDR 5 % in at least one of 2 sets of models, each corrected for its own tests (most in 800: 2 of 5"
    )
    assert len(genes) == 3
    assert found_lines(found)[0].startswith("found: t: 3 genes")


def test_a_large_lambda_is_noted_with_the_number_of_tests_it_rests_on(tmp_path):
    table = null_table(40).assign(zscore=3.0, pvalue=0.0026998)
    section = twas_section(
        found := panels(read_associations(write(tmp_path / "a.tsv", table))), genome_positions(found[0].rows, None)[1]
    )
    assert any(
        "λ = 19.78" in check and "calibrate with φ" in check and "With 40 tests" in check for check in section.checks
    )


def test_flags_of_found_genes_stand_in_the_table_and_the_checks(tmp_path):
    table = null_table(5).assign(
        fdr=[0.01, 0.01, 0.5, 0.5, 0.5], flags=["low_coverage,tiny_variance", "", "low_coverage", "", ""]
    )
    read = read_associations(write(tmp_path / "a.tsv", table))
    section = twas_section(panels(read), genome_positions(read, None)[1])
    assert any("low coverage 1, tiny variance 1" in check for check in section.checks)
    top = next(table for table in section.tables if table.header[-1] == "Flags there")
    assert sorted(row[-1] for row in top.rows) == ["low coverage", "low coverage, tiny variance", "–", "–", "–"]


def test_two_tissues_of_one_set_keep_their_models_names(tmp_path):
    table = pd.concat([null_table(5).assign(snp_set="400", model=name) for name in ("lung_400", "breast_400")])
    read = read_associations(write(tmp_path / "a.tsv", table))
    assert list(dict.fromkeys(read["label"])) == ["breast_400", "lung_400"]


def test_a_gene_without_p_is_no_test(tmp_path):
    table = null_table(10)
    table.loc[3, "pvalue"] = np.nan
    (panel,) = panels(read_associations(write(tmp_path / "a.tsv", table)))
    assert isinstance(panel, AssociationPanel) and panel.tests == 9


def test_a_summary_of_another_run_is_noticed(tmp_path):
    drawn = panels(read_associations(write(tmp_path / "a.tsv", null_table(10))))
    same = pd.DataFrame(
        {"trait": ["t"], "model": ["m"], "tests": [10], "hits_fdr": [drawn[0].fdr_hits], "threshold": [0.05]}
    )
    assert summary_differences(write(tmp_path / "s.tsv", same), drawn) == []
    (said,) = summary_differences(write(tmp_path / "s.tsv", same.assign(tests=11)), drawn)
    assert "t: 10 tests in the associations, 11 in s.tsv" in said


def test_a_model_that_fails_the_databases_rule_is_no_model(tmp_path):
    table = pd.DataFrame({"gene_id": list("abc"), "n_snps_in_model": [3, 2, 0], "pred_perf_R2": [0.2, 0.001, None],
                          "in_database": ["yes", "no", "no"], "snp_set": "400"})  # fmt: skip
    section = model_section(write(tmp_path / "m.tsv", table), tmp_path)
    assert section.cards == [("1", "of 3 genes with a model")]


def test_a_set_in_which_one_gene_has_a_model_has_a_box(tmp_path):
    """0.25641 is above the box's end as it is written, 0.2564: it is the whisker's end nevertheless."""
    table = pd.DataFrame({"gene_id": ["a", "b"], "n_snps_in_model": [7, 0], "pred_perf_R2": [0.25641, None]})
    (box,) = model_section(write(tmp_path / "m.tsv", table), tmp_path).figures[1].traces
    assert box["upperfence"] == box["q3"] == [0.2564]


def test_cut_offs_are_of_the_value_that_variants_are_ranked_by(tmp_path):
    table = pd.DataFrame({"mean_abs": [1.0, 2.0, 3.0, 4.0], "value": [9.0, 8.0, 7.0, 6.0]})
    section = score_section(write(tmp_path / "r.tsv", table), [2], tmp_path)
    assert section.tables[0].header[-1] == "Smallest ranking value" and section.tables[0].rows[0][-1] == "8"
    section = score_section(write(tmp_path / "r.tsv", table.drop(columns="value")), [2], tmp_path)
    assert section.tables[0].header[-1] == "Smallest mean |tCRA|" and section.tables[0].rows[0][-1] == "3"


def test_a_training_figure_names_the_windows_that_it_shows(tmp_path):
    table = pd.DataFrame({"step": [1, 1], "split": ["train", "valid"], "loss": [0.5, 0.4], "pearson": [None, 0.9]})
    loss, pearson = training_section(write(tmp_path / "h.tsv", table), tmp_path).figures
    assert "training and validation windows" in loss.caption and len(loss.traces) == 2
    assert "correlation on validation windows" in pearson.caption and len(pearson.traces) == 1


EMPTY_CELLS = [
    ("--history", "step", b"split\tloss\ntrain\t1\n"),
    ("--enrichment", "odds_ratio", b"annotation\tsnp_set\tlow95\thigh95\n"),
    ("--model-summaries", "gene_id", b"gene\tn_snps_in_model\tpred_perf_R2\nx\t1\t0.1\n"),
    ("--associations", "pvalue", b"trait\tmodel\tgene\tzscore\n"),
    ("--ranking", "mean_abs", b"variant_id\n"),
]


@pytest.mark.parametrize(("flag", "column", "text"), EMPTY_CELLS)
def test_a_missing_column_is_named_with_its_file(tmp_path, flag, column, text):
    path = tmp_path / "table.tsv"
    path.write_bytes(text)
    with pytest.raises(UserError, match=rf"table\.tsv has no column {column}"):
        render_report(ReportInputs(**{flag[2:].replace("-", "_"): path}), "t", tmp_path / "out")
    assert not (tmp_path / "out" / "report.html").exists()


def test_a_cell_that_is_no_number_is_one_line_that_names_it(script, tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("trait\tmodel\tgene\tzscore\tpvalue\nt\tm\tg\t1\t0.5\nt\tm\th\tmany\t0.5\n")
    done = script("render_report.py", "--associations", path, "--out", tmp_path / "out", status=2)
    assert "a.tsv line 3: column zscore has 'many'" in done.stderr
    assert done.stderr.strip().count("\n") == 0


ODD = [
    ("associations", b"trait\tmodel\tgene\tzscore\tpvalue\nt\tm\tg\t1\t1.5\n", "p-value 1.5"),
    ("ranking", b"PAR1 torn", "damaged"),
    ("versions", b"a\tb\tc\td\n", "line 1"),
    ("parameters", b"[1]", "expected an object"),
    ("truth", b"[1]", "expected an object"),
    ("parameters", b"{", "not JSON"),
    ("genes", b"chr1\tx\tgene\tmany\n", "no line of type"),
]


def test_an_output_that_is_a_file_is_said(script, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert "is a file" in script("render_report.py", "--out", tmp_path / "out", status=2).stderr


@pytest.mark.parametrize(("name", "text", "expected"), ODD)
def test_what_is_not_the_file_that_it_should_be_is_named(tmp_path, name, text, expected):
    path = tmp_path / "odd.txt"
    path.write_bytes(text)
    inputs = {name: path} | ({"associations": write(tmp_path / "a.tsv", null_table(5))} if name == "genes" else {})
    with pytest.raises(UserError, match=expected) as error:
        render_report(ReportInputs(**inputs), "t", tmp_path / "out")
    assert "odd.txt" in str(error.value)


def test_tracks_without_signal_are_said_and_do_not_stop_the_page(tmp_path):
    table = pd.DataFrame({"split": ["test", "test"], "track": ["a", "b"], "pearson": [0.5, None]})
    section = track_section(write(tmp_path / "t.tsv", table), tmp_path)
    assert section.cards[1] == ("0.500", "mean correlation on test windows")
    assert "1 track had no defined correlation" in section.checks[0]
    section = track_section(write(tmp_path / "t.tsv", table.assign(pearson=np.nan)), tmp_path)
    assert "2 tracks had no defined correlation" in section.checks[0] and not section.figures
