"""Sizes and parameters that the other stages need for the demo; the pipeline's `demo` profile holds the same values."""

from typing import Any

INPUT_LENGTH = 4096  # bp of a window
TARGET_BINS, POOL_WIDTH = 24, 128
CROP = 512  # bp a side: (4096 − 24 · 128) / 2
STRIDE = INPUT_LENGTH - 2 * CROP  # targets of neighbouring windows meet without overlap
CLIP, SCALE = 32, 2
SET_SIZES = (400, 800, 4000)
TRAIT = "made_up_trait"

SETTINGS: dict[str, Any] = {
    "tracks": {
        "crop": CROP, "width": POOL_WIDTH, "sum_stat": "mean", "clip": CLIP, "scale": SCALE, "order": "clip-then-scale",
        "sequences_per_shard": 256,
    },
    "model": {"input_length": INPUT_LENGTH, "target_bins": TARGET_BINS, "pool_width": POOL_WIDTH},
    "training": {
        "scope": "head+pointwise", "trunk_mode": "cached", "steps": 600, "batch_size": 64, "learning_rate": 2e-3,
        "evaluate_every": 50, "patience": 12,
    },
    "variants": {"set_sizes": list(SET_SIZES), "shard_size": 20_000},
    "expression": {"factors": 2},
    "gene_models": {"window": 50_000, "maf": 0.05, "alpha": 0.5, "folds": 10, "repeats": 3},
    "association": {
        "snp_column": "SNP", "effect_allele_column": "A1", "non_effect_allele_column": "A2", "beta_column": "BETA",
        "se_column": "SE", "pvalue_column": "P",
    },
}  # fmt: skip
