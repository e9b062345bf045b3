"""Track signal from sequence: a Gaussian peak over every bound motif, then noise."""

import numpy as np
from numpy.typing import NDArray

from tcra.demo.grammar import MOTIF_LENGTH, PEAK_HEIGHT, PEAK_SD, cooperate, occupancy

FINE = 8  # bp to which a motif's centre is rounded
SIGNAL_STEP = 32  # bp of one value of the signal
NOISE_BLOCK = 128  # bp that share one draw of noise
PEAK_NOISE_SD = 0.25  # of the log of the factor on peaks
BACKGROUND_SHAPE, BACKGROUND_MEAN = 4.0, 0.4


def clean_signal(letters: NDArray[np.uint8], loadings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Noise-free signal (tracks, length // 32) float32, mean over 32 bp, of letter codes (length,) and loadings (tracks, TFs)."""
    from scipy.ndimage import gaussian_filter1d

    bound = cooperate(occupancy(letters))
    position, tf = np.nonzero(bound)
    bins = (position + MOTIF_LENGTH // 2) // FINE
    length = len(letters) // SIGNAL_STEP * SIGNAL_STEP
    spikes = np.zeros((len(loadings), length // FINE), np.float32)
    for track, weights in enumerate(loadings):
        spikes[track] = np.bincount(bins, bound[position, tf] * weights[tf], len(letters) // FINE + 1)[: length // FINE]
    area = PEAK_HEIGHT * PEAK_SD * np.sqrt(2 * np.pi) / FINE
    smooth = gaussian_filter1d(spikes, PEAK_SD / FINE, axis=1, mode="constant") * np.float32(area)
    return np.asarray(smooth.reshape(len(loadings), -1, SIGNAL_STEP // FINE).mean(2))


def add_noise(rng: np.random.Generator, signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Signal (tracks, steps) × lognormal(SD 0.25) + gamma(shape 4, mean 0.4), one draw per 128 bp and track."""
    per_block = NOISE_BLOCK // SIGNAL_STEP
    shape = (len(signal), -(-signal.shape[1] // per_block))
    factor = rng.lognormal(0.0, PEAK_NOISE_SD, shape).astype(np.float32)
    background = rng.gamma(BACKGROUND_SHAPE, BACKGROUND_MEAN / BACKGROUND_SHAPE, shape).astype(np.float32)
    factor, background = (np.repeat(a, per_block, axis=1)[:, : signal.shape[1]] for a in (factor, background))
    return signal * factor + background
