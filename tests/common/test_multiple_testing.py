"""Many tests: against definitions, published values and other implementations."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import cauchy, norm
from tcra.common.multiple_testing import acat_ln, benjamini_hochberg, bonferroni, inflation
from tcra.common.pvalues import ln_pvalue, minus_log10_pvalue

P = st.lists(st.floats(1e-8, 0.999999), min_size=1, max_size=40)


def test_log10_p_where_p_is_zero() -> None:
    assert 2 * norm.sf(40) == 0
    # log10(2 Φ(-40)) = -349.135..., from the asymptotic series of Mills' ratio
    ratio = 1 - 1 / 1600 + 3 / 1600**2 - 15 / 1600**3
    expected = (-800 - np.log(40 * np.sqrt(2 * np.pi)) + np.log(ratio) + np.log(2)) / np.log(10)
    np.testing.assert_allclose(
        minus_log10_pvalue([40.0, -40.0, 1.96, 0.0]), [-expected, -expected, -np.log10(2 * norm.sf(1.96)), 0], atol=1e-9
    )


@settings(deadline=None)
@given(P)
def test_benjamini_hochberg_is_the_step_up_procedure(values: list[float]) -> None:
    p = np.array([*values, np.nan])
    rate = benjamini_hochberg(p)
    n = len(values)
    for i in range(n):
        larger = [q for q in values if q >= values[i]]
        expected = min(min(1.0, q * n / sum(v <= q for v in values)) for q in larger)
        np.testing.assert_allclose(rate[i], expected, rtol=1e-12)
    assert np.isnan(rate[-1])
    assert (bonferroni(p)[:-1] >= rate[:-1] * (1 - 1e-12)).all()


def test_bonferroni_counts_tests_only() -> None:
    np.testing.assert_equal(bonferroni([0.01, np.nan, 0.6]), [0.02, np.nan, 1.0])


def test_inflation() -> None:
    z = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    np.testing.assert_allclose(inflation(z), 1.0, atol=1e-4)
    np.testing.assert_allclose(inflation(z * 1.2), 1.44, atol=1e-3)
    assert np.isnan(inflation([np.nan]))


@settings(deadline=None)
@given(P)
def test_acat_is_the_cauchy_combination(values: list[float]) -> None:
    expected = cauchy.sf(np.mean(np.tan((0.5 - np.array(values)) * np.pi)))
    if len(values) == 1:
        expected = values[0]
    np.testing.assert_allclose(np.exp(acat_ln(np.log(values))), expected, rtol=1e-6)


def test_acat_beyond_floating_point() -> None:
    ln_p = ln_pvalue(np.array([60.0, 0.5]))
    np.testing.assert_allclose(acat_ln(ln_p), ln_p[0] + np.log(2), rtol=1e-12)  # the small one, times two tests
    assert np.isnan(acat_ln(np.array([np.nan])))
    assert acat_ln(np.array([0.0, 0.0])) < 0  # a p of 1 does not make it infinite
    # continuous where the formula changes
    one, two = (acat_ln(np.array([np.log(1e-15) + d, np.log(0.3)])) for d in (1e-9, -1e-9))
    np.testing.assert_allclose(one, two, atol=1e-8)
