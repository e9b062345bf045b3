"""Relative position features of the attention, computed once in float64 (float32 lgamma cancels: 2e-3 between eager and graph)."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from tcra.enformer import constants
from tcra.enformer.settings import GammaMaximum


def position_features(tokens: int, features: int, gamma_maximum: GammaMaximum = "per-feature") -> NDArray[np.float32]:
    """Features of the relative positions −tokens+1 … tokens−1, shape (2·tokens − 1, features) float32.

    A third each of exponential, central mask and gamma of |position|, then the same times the position's sign
    (deepmind-research/enformer/attention_module.py, `positional_features_all`).
    gamma_maximum: "per-feature" as DeepMind's code ("match trained SOTA model"); "global" as the published transfer-learning copy.

    >>> position_features(tokens=8, features=6).shape
    (15, 6)
    >>> bool((position_features(8, 6)[7, 3:] == 0).all())  # at position 0 the signed half is 0
    True
    """
    positions = np.arange(-tokens + 1, tokens, dtype=np.float64)
    distance = np.abs(positions)[:, None]
    number = features // 6
    unsigned = np.concatenate(
        [
            exponential(distance, tokens, number),
            central_mask(distance, number),
            gamma(distance, tokens, number, gamma_maximum),
        ],
        axis=1,
    )
    return np.concatenate([unsigned, np.sign(positions)[:, None] * unsigned], axis=1).astype(np.float32)


def exponential(distance: NDArray[np.float64], tokens: int, number: int) -> NDArray[np.float64]:
    """2^(−distance / half-life), half-lives from 8 tokens to `tokens`, evenly spaced in log2; (positions, number).

    >>> exponential(np.array([[0.0], [8.0], [16.0]]), tokens=8, number=1).ravel().tolist()
    [1.0, 0.5, 0.25]
    """
    half_life = 2.0 ** np.linspace(constants.MINIMUM_HALF_LIFE, np.log2(tokens), number)
    decayed: NDArray[np.float64] = np.exp(-np.log(2.0) / half_life * distance)
    return decayed


def central_mask(distance: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """1 where distance < 2^i − 1, i = 1 … number; (positions, number).

    >>> central_mask(np.array([[0.0], [1.0], [3.0]]), number=3).tolist()
    [[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]
    """
    return (2.0 ** np.arange(1, number + 1) - 1 > distance).astype(np.float64)


def gamma(distance: NDArray[np.float64], tokens: int, number: int, maximum: GammaMaximum) -> NDArray[np.float64]:
    """Gamma densities with means evenly spaced up to `tokens`, SD tokens / (2·number), over their maximum; (positions, number)."""
    deviation = tokens / (2 * number)
    mean = np.linspace(tokens / number, tokens, number)
    concentration, rate = (mean / deviation) ** 2, mean / deviation**2
    log_density = (
        xlogy(concentration - 1, distance) - rate * distance - gammaln(concentration) + concentration * np.log(rate)
    )
    density = np.exp(log_density) + 1e-8
    scaled: NDArray[np.float64] = density / density.max(axis=0 if maximum == "per-feature" else None)
    return scaled
