"""The methods text: what it cites, and the numbers of a run in it."""

import pytest
from tcra.expression.settings import ChunkOptions
from tcra.report.methods import methods, methods_of_records
from tcra.report.methods_numbers import run_sentences


def test_methods_are_those_of_the_tests_on_the_page():
    sentences, references = methods(["twas", "omnibus", "joint"])
    assert any("joint test" in sentence for sentence in sentences)
    assert any("e1007889" in reference.text for reference in references)
    assert not any("joint test" in sentence for sentence in methods(["twas"])[0])


@pytest.mark.parametrize(
    ("stage", "given", "keys", "words", "cited"),
    [
        ("ASSOCIATE", {"gwas_h2": 0.3, "gwas_N": 1000, "trait": "height"}, {"phi"}, "φ", "113, 276–290"),
        ("ASSOCIATE", {"gwas_h2": None}, set(), "", ""),
        ("FINEMAP", {"method": "susie", "coloc": False}, {"susie"}, "cTWAS", "56, 336–347"),
        ("FINEMAP", {"method": "focus", "coloc": True}, {"focus", "coloc"}, "FOCUS", "e1004383"),
    ],
)
def test_methods_cite_what_the_parameters_say_and_nothing_else(stage, given, keys, words, cited):
    found = methods_of_records([{"stage": stage, "parameters": given}])
    assert found == keys
    sentences, references = methods(found)
    assert words in " ".join(sentences) and cited in " ".join(reference.text for reference in references)
    assert bool(sentences) == bool(keys)


def test_numbers_of_a_run_leave_out_what_no_accounting_file_states():
    def said(stage, **given):
        return run_sentences([{"stage": stage, "parameters": given}], [], [], None)

    assert said("SCORE") == ["Variants were scored."]
    assert said("GENE_MODELS", seed=20240528) == ["Gene models were fitted (seed 20240528)."]
    options = ChunkOptions(set_sizes=(1,), window_bp=500_000, maf=0.01, around_tss=True)
    models = said("GENE_MODELS", **vars(options))
    assert models == ["Gene models were fitted from variants within 500,000 bp of the gene's start with a minor allele frequency of at "
                      "least 0.01 (α = 0.5, 3 repeats of 10-fold cross-validation, seed 20240528)."]  # fmt: skip
    assert said("EXPRESSION", already_normalized=True, covariates=2, expression_pcs=6) == [
        "Expression was corrected for 2 covariates and 6 expression PCs."
    ]


def test_traits_that_differ_in_their_calibration_are_named():
    tasks = [
        {"stage": "ASSOCIATE", "parameters": {"trait": trait, "gwas_h2": h2}} for trait, h2 in (("a", 0.2), ("b", None))
    ]
    assert "calibrated with φ for a." in run_sentences(tasks, [], [], None)[0]


def test_variants_are_counted_once_whatever_the_number_of_tissues():
    def said(*ranked):
        counts = [{"unit": "variants", "in": number, "out": number, "rejected": {}} for number in ranked]
        tasks = [{"stage": "RANK", "parameters": {}, "counts": [one]} for one in counts]
        return run_sentences([{"stage": "SCORE", "parameters": {"input_length": 4096}}, *tasks], [], [], None)

    assert said(4000, 4000) == ["4,000 variants were scored in windows of 4,096 bp."]
    assert said(3900, 4000) == ["3,900 to 4,000 variants were scored in windows of 4,096 bp."]
