"""The regulatory grammar of the demo genome: which motifs there are, how strongly they are bound, and which track shows which.

It is constant, since the shipped trunk is trained on it: `grammar_hash` is stored beside the trunk, and a trunk of another grammar is
an error (`check_trunk`).
Sequences are letter codes (A 0, C 1, G 2, T 3) as in `tcra.common.genome.one_hot`.
"""

import hashlib
import json

import numpy as np
from numpy.typing import NDArray

TF_MOTIFS = {
    "FOX": "TGTTTACTTA",
    "GAT": "AGATAAGGCT",
    "ESR": "GGTCACTGTG",
    "CTC": "CCAGTAGGGG",
    "JUN": "ATGACTCATC",
    "ETS": "ACCGGAAGTG",
    "NRF": "TGCGCATGCG",
    "RUN": "TTGTGGTTAC",
}
TFS = tuple(TF_MOTIFS)
CONTROL_TFS = ("NRF", "RUN")  # bound in the genome but shown by no track of any tissue: the negative control
MOTIF_LENGTH = 10
CONSENSUS_PROBABILITY, END_PROBABILITY = 0.91, 0.70
OCCUPANCY_OFFSET, OCCUPANCY_FLOOR = (
    5.0,
    0.03,
)  # bits below the best score at which half is bound; below the floor nothing is
PARTNERS, PARTNER_DISTANCE, PARTNER_GAIN = ("FOX", "GAT"), 150, 1.5  # distance in bp
PEAK_SD, PEAK_HEIGHT = 70.0, 14.0  # bp; signal units at full occupancy and loading 1

# What the tracks of each tissue show of each TF: two TFs are a tissue's own, two are shared. FOX and GAT help each other, so they belong
# to one tissue. ETS is faint in the epithelium: its variants are hard to tell from those that change nothing. Both tissues name one
# and the same CTC track, as people do who pool a factor that is bound alike everywhere.
POOLED_TRACK = "CTC_pooled"
TISSUE_TRACKS: dict[str, dict[str, dict[str, float]]] = {
    "epithelium": {
        "FOX_epithelium": {"FOX": 1.0, "JUN": 0.4},
        "GAT_epithelium": {"FOX": 0.25, "GAT": 1.0},
        "MED_epithelium": {"FOX": 0.5, "GAT": 0.5, "JUN": 0.5},
        "JUN_epithelium": {"FOX": 0.3, "JUN": 1.0, "ETS": 0.2},
        POOLED_TRACK: {"CTC": 1.0},
    },
    "stroma": {
        "ESR_stroma": {"ESR": 1.0, "JUN": 0.4},
        "ETS_stroma": {"ESR": 0.3, "ETS": 1.0},
        "JUN_stroma": {"JUN": 1.0, "ETS": 0.3},
        POOLED_TRACK: {"CTC": 1.0},
    },
}
DEMO_TISSUES = tuple(TISSUE_TRACKS)
GENERAL_TRACKS: dict[str, dict[str, float]] = {
    f"{tf}_general": {tf: 1.0, TFS[(i + 3) % len(TFS)]: 0.35, TFS[(i + 5) % len(TFS)]: 0.35} for i, tf in enumerate(TFS)
}


def grammar_hash() -> str:
    """`sha256:` and 64 hexadecimal digits over every constant that a trunk learns from."""
    constants = [
        TF_MOTIFS, CONSENSUS_PROBABILITY, END_PROBABILITY, OCCUPANCY_OFFSET, OCCUPANCY_FLOOR, PARTNERS, PARTNER_DISTANCE,
        PARTNER_GAIN, PEAK_SD, PEAK_HEIGHT, GENERAL_TRACKS,
    ]  # fmt: skip
    return "sha256:" + hashlib.sha256(json.dumps(constants).encode()).hexdigest()


def loadings(tracks: dict[str, dict[str, float]]) -> NDArray[np.float32]:
    """(tracks, TFs) float32: how strongly each track shows each TF."""
    return np.array([[row.get(tf, 0.0) for tf in TFS] for row in tracks.values()], np.float32)


def motif_probabilities() -> NDArray[np.float64]:
    """(TFs, 10, 4): letter probabilities; the consensus letter has 0.91 (0.70 at both ends), the others share the rest."""
    consensus = np.array([["ACGT".index(letter) for letter in motif] for motif in TF_MOTIFS.values()])
    best = np.full(MOTIF_LENGTH, CONSENSUS_PROBABILITY)
    best[[0, -1]] = END_PROBABILITY
    table = np.repeat(((1 - best) / 3)[None, :, None], len(TFS), axis=0).repeat(4, axis=2)
    np.put_along_axis(
        table, consensus[:, :, None], np.broadcast_to(best[None, :, None], (len(TFS), MOTIF_LENGTH, 1)), 2
    )
    return table


def occupancy(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How strongly each TF is bound at each motif start, better strand, without cooperation.

    codes: (..., length) letter codes 0–3. Returns (..., length − 9, TFs) float32 in [0, 1):
    1 / (1 + exp(−(S − (S_max − 5)))) with S the log2 odds against uniform letters; 0 below 0.03.
    """
    half = MOTIF_LENGTH // 2
    weights = np.log2(motif_probabilities() / 0.25)
    best_score = weights.max(2).sum(1).astype(np.float32)
    # Words of five letters are looked up at once: two look-ups per strand rather than ten.
    length = codes.shape[-1]
    words = np.zeros((*codes.shape[:-1], length - half + 1), np.int32)
    for i in range(half):
        words = words * 4 + codes[..., i : length - half + 1 + i]
    first, last = words[..., :-half], words[..., half:]
    bound = np.empty((*first.shape, len(TFS)), np.float32)
    for tf in range(len(TFS)):
        strands = [_word_scores(w, first, last) for w in (weights[tf], weights[tf, ::-1, ::-1])]
        bound[..., tf] = 1 / (1 + np.exp(best_score[tf] - np.float32(OCCUPANCY_OFFSET) - np.maximum(*strands)))
    bound[bound < OCCUPANCY_FLOOR] = 0
    return bound


def cooperate(bound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Occupancy along a chromosome (positions, TFs) with FOX and GAT helping each other: × (1 + 1.5 · the partner's best within 150 bp)."""
    from scipy.ndimage import maximum_filter1d

    a, b = (TFS.index(tf) for tf in PARTNERS)
    near = {tf: maximum_filter1d(bound[:, tf], 2 * PARTNER_DISTANCE + 1, mode="constant") for tf in (a, b)}
    helped = bound.copy()
    helped[:, a] *= 1 + np.float32(PARTNER_GAIN) * near[b]
    helped[:, b] *= 1 + np.float32(PARTNER_GAIN) * near[a]
    return helped


def _word_scores(
    weights: NDArray[np.float64], first: NDArray[np.int32], last: NDArray[np.int32]
) -> NDArray[np.float32]:
    half = MOTIF_LENGTH // 2
    digits = (np.arange(4**half)[:, None] // 4 ** np.arange(half - 1, -1, -1)) % 4
    position = np.arange(half)
    tables = [weights[part][position, digits].sum(1).astype(np.float32) for part in (slice(0, half), slice(half, None))]
    return np.asarray(tables[0][first] + tables[1][last])
