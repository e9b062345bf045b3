"""Honest quality: R's numbers, and what it lets through of pure noise."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import binom
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import MODELLED, FitSettings, fit_gene
from tcra.expression.nested_quality import draw_nested_folds, nested_performance

R_NESTED = """
suppressMessages(library(glmnet))
folder <- commandArgs(TRUE)[1]
x <- as.matrix(read.csv(file.path(folder, "x.csv"), header = FALSE)); y <- scan(file.path(folder, "y.txt"), quiet = TRUE)
balanced <- function(n, k) sample(rep(1:k, ceiling(n / k))[1:n])
set.seed(7); outer <- balanced(length(y), 5)
inner <- lapply(1:5, function(fold) balanced(sum(outer != fold), 10))
r2 <- rho <- z <- numeric(5)
for (fold in 1:5) {
  test <- outer == fold
  fit <- cv.glmnet(x[!test, ], y[!test], alpha = 0.5, foldid = inner[[fold]])
  p <- as.numeric(predict(fit, x[test, ], s = "lambda.min"))
  r2[fold] <- 1 - sum((y[test] - p)^2) / sum(y[test]^2)
  rho[fold] <- if (sd(p) != 0) cor(p, y[test]) else 0
  z[fold] <- atanh(rho[fold]) * sqrt(sum(test) - 3)
}
cat(sprintf("%.17g", c(mean(r2), mean(rho), sum(z) / sqrt(5), outer, unlist(inner))))
"""


@pytest.mark.parametrize(
    ("p", "h2"), [(60, 0.3), *(pytest.param(*more, marks=pytest.mark.thorough) for more in ((250, 0.1), (520, 0.4)))]
)
def test_rs_nested_cross_validation(
    ask_r: Callable[..., dict], benchmark_module: ModuleType, tmp_path: Path, p: int, h2: float
) -> None:
    """`ask_r` is here for its skip where there is no R with glmnet."""
    x, y = benchmark_module.simulate(123, p, h2, 3)
    np.savetxt(tmp_path / "x.csv", x, "%d", ",")
    np.savetxt(tmp_path / "y.txt", y, "%.17g")
    (tmp_path / "nested.R").write_text(R_NESTED)
    command = ["Rscript", str(tmp_path / "nested.R"), str(tmp_path)]
    theirs = [float(v) for v in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]
    folds = draw_nested_folds(123, 7)
    assert [*folds.outer, *np.concatenate(folds.inner)] == theirs[3:]
    ours = nested_performance(x.astype(float), y, folds)
    assert (ours.r2, ours.rho, ours.z) == pytest.approx(theirs[:3], rel=1e-6)


def test_the_folds_are_balanced_and_the_outer_ones_apart_from_the_published() -> None:
    folds = draw_nested_folds(358, 20240528)
    assert sorted(np.bincount(folds.outer)[1:]) == [71, 71, 72, 72, 72]
    for fold, inner in enumerate(folds.inner, 1):
        assert len(inner) == (folds.outer != fold).sum()
        assert np.ptp(np.bincount(inner)[1:]) <= 1


@pytest.mark.slow
def test_what_noise_passes_the_rule(benchmark_module: ModuleType) -> None:
    """Nested: about half of 5 % (positive correlations with two-sided p < 0.05). Published: several times as much."""
    genes, samples = 150, 120
    nested_passes = published_passes = 0
    settings = FitSettings((40,), draw_folds(samples, 10, 1, 1), nested=draw_nested_folds(samples, 1))
    x, _ = benchmark_module.simulate(samples, 40, 0.0, 0)
    for gene in range(genes):
        y = np.random.default_rng(gene).standard_normal(samples)
        (model,) = fit_gene(x, np.arange(1, 41), (y - y.mean()) / y.std(), settings)
        nested_passes += model.nested.rho > 0.1 and model.nested.p < 0.05
        published_passes += model.performance.rho_mean > 0.1 and model.performance.rho_p < 0.05
    lowest, highest = binom.interval(0.99, genes, 0.025)
    assert lowest <= nested_passes <= highest, nested_passes
    assert published_passes > highest, published_passes


def test_only_models_with_snps_are_measured(benchmark_module: ModuleType) -> None:
    x, y = benchmark_module.simulate(150, 30, 0.4, 1)
    folds, nested = draw_folds(150, 10, 3, 1), draw_nested_folds(150, 1)
    (model,) = fit_gene(x, np.arange(1, 31), y, FitSettings((30,), folds, nested=nested))
    assert model.status == MODELLED and model.nested.rho > 0.3 and model.nested.p < 1e-4
    assert model.nested.rho < np.sqrt(model.performance.in_sample_r2)
    (without,) = fit_gene(x, np.arange(1, 31), y, FitSettings((30,), folds))
    assert np.isnan(without.nested.rho) and (without.weights == model.weights).all()
