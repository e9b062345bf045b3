"""What `--explain` and the log say of a GWAS, and S-PrediXcan's map of SNPs."""

import pandas as pd
import pytest

from ...entry_scripts import entry_main
from ..conftest import WEIGHTS, run, write_covariance, write_model

FILES = {
    "PLINK 2": (
        "#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE P|1 5 rs1 A G G ADD 9 0.2 0.1 0.0455|1 5 rs1 A G G SEX 9 1 1 .1"
        "|1 6 rs2 C T C ADD 9 NA NA NA|1 7 rs3",
        [
            "separated by runs of white space; header of PLINK 2, header in line 1",
            "rows of TEST = ADD",
            "effect allele: A1, other allele: the one of REF and ALT that it is not; z from P with the sign of BETA",
            "4 rows: 1 usable; 1 row of another test than the additive one; 1 p is missing; 1 too few cells",
            "first variants: rs1 (effect allele G, other A) z = 2",
        ],
    ),
    "Neale": (
        "variant\tminor_allele\tbeta\tse\tpval|1:5:A:G\tA\t0.2\t0.1\t0.0455|1:6:C:T\tC\t-0.2\t0.1\t0.0455",
        [
            "separated by tabs; header of Neale lab, UK Biobank",
            "effect allele: the last one of variant, the other before it",
            "2 rows: 2 usable",
            "1:5:A:G (effect allele G, other A) z = 2",
        ],
    ),
    "usual names": (
        "# a comment|rsid;ea;oa;or;se;note|rs1;G;A;1;0.1;x|rs2;T;C;1.5;0;y",
        [
            "separated by semicolons; header of usual names, header in line 2",
            "effect allele: ea, other allele: oa; z = ln or / se",
            "2 rows: 1 usable; 1 standard error is not above 0",
        ],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_explained(name: str, tmp_path, associate_main, capsys) -> None:
    text, parts = FILES[name]
    gwas = tmp_path / "gwas.txt"
    gwas.write_text(text.replace("|", "\n") + "\n")
    associate_main("--explain", gwas)
    out = capsys.readouterr().out
    for part in parts:
        assert part in out, out
    folder = tmp_path / "folder"
    folder.mkdir()
    gwas.rename(folder / "gwas.txt")
    associate_main("--explain", folder)
    assert capsys.readouterr().out == out


def test_settings_count_and_faults_are_refused(small, associate_main, capsys, user_error) -> None:
    associate_main("--explain", small.gwas, "--beta_column", "BETA", "--se_column", "SE", "--effect_allele_column", "A2",
                   "--non_effect_allele_column", "A1")  # fmt: skip
    out = capsys.readouterr().out
    assert "beta = BETA (named)" in out and "effect allele: A2, other allele: A1; z = BETA / SE" in out
    assert "rs1 (effect allele A, other G) z = 5" in out
    with user_error("has no column Z"):
        associate_main("--explain", small.gwas, "--zscore_column", "Z")


def test_a_run_logs_the_same_lines(small, associate_main, capsys, caplog) -> None:
    caplog.set_level("INFO")
    run(small, associate_main)
    associate_main("--explain", small.gwas)
    lines = capsys.readouterr().out.splitlines()
    for line in lines[:3]:
        assert line in caplog.text
    assert "5 rows: 4 usable and of a model's variant; 1 not a variant of any model" in caplog.text
    assert lines[4] in caplog.text  # the first variants


@pytest.fixture
def panel(small):
    """The small model under the panel's ids, and a map from rs numbers."""
    weights = [(place, place, gene, weight, ref, eff) for _, place, gene, weight, ref, eff in WEIGHTS]
    model = write_model(small.folder / "panel.db", weights)
    small.panel = ["--model_db_path", model, "--covariance", write_covariance(small.folder / "panel.cov", model)]
    small.map = small.folder / "map.txt"
    return small


def write_map(panel, turned: set[int], extra: str = "") -> None:
    lines = ["rsid\ta0\ta1\tpanel_variant_id\tpanel_variant_a0\tpanel_variant_a1\tswap"]
    for i, (name, place, _, _, ref, eff) in enumerate(WEIGHTS):
        a0, a1, swap = (eff, ref, -1) if i in turned else (ref, eff, 1)
        lines.append("\t".join(map(str, (name, a0, a1, place, ref, eff, swap))))
    panel.map.write_text("\n".join([*lines, *extra.split("|")]).rstrip() + "\n")


@pytest.mark.parametrize(
    ("turned", "extra"),
    [
        (set(), ""),
        ({0, 2}, ""),
        (
            {0, 1, 2, 3},
            "rs1\tA\tC\tchr1_1000_A_G_b38\tA\tC\t1|rs2\tT\tC\tchr9_9_A_G_b38\tT\tC\t1",
        ),  # another allele, another place
    ],
)
def test_snp_map(turned, extra, panel, associate_main) -> None:
    write_map(panel, turned, extra)
    plain = run(panel, associate_main)
    panel.arguments = panel.panel
    pd.testing.assert_frame_equal(run(panel, associate_main, "--snp_map_file", panel.map), plain)


@pytest.mark.parametrize(
    ("change", "flags", "part"),
    [
        (lambda text: text.replace("swap", "flip"), (), "has no column swap"),
        (lambda text: text.replace("b38", "b37"), (), "none of its panel_variant_id is an id of the models"),
        (lambda text: text.replace("\t1\n", "\tyes\n"), (), "column swap has 'yes', expected 1 or -1"),
        (lambda text: text, ("--match-by", "position"), "leave out --match-by position"),
    ],
)
def test_a_snp_map_that_does_not_fit_is_refused(change, flags, part, panel, associate_main, user_error) -> None:
    write_map(panel, set())
    panel.map.write_text(change(panel.map.read_text()))
    panel.arguments = panel.panel
    with user_error(part):
        run(panel, associate_main, "--snp_map_file", panel.map, *flags)


def test_flags_of_spredixcan_without_effect(small) -> None:
    entry_main("associate")(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.out, "--MAX_R", "1",
        "--split_column", "a", "b", "--stream_covariance", "--throw", "--verbosity", "7")  # fmt: skip
    assert len(pd.read_csv(small.out)) == 2
