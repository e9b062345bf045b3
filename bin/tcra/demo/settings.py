"""Sizes and parameters that the other stages need for the demo, the same as in the pipeline's `demo` profile (conf/demo.config)."""

from tcra.enformer.constants import BIN_WIDTH_BP

WINDOW_LENGTH = 4096  # bp of a window
WINDOW_BINS = 24
WINDOW_CROP = (WINDOW_LENGTH - WINDOW_BINS * BIN_WIDTH_BP) // 2  # bp per side: 512
WINDOW_STRIDE = WINDOW_LENGTH - 2 * WINDOW_CROP  # targets of neighbouring windows meet without overlap
TRACK_CLIP, TRACK_SCALE = 32, 2
DEMO_SET_SIZES = (400, 800, 4000)
TRAIT = "made_up_trait"
GWAS_COLUMNS = {
    "snp_column": "SNP", "effect_allele_column": "A1", "non_effect_allele_column": "A2", "beta_column": "BETA",
    "se_column": "SE", "pvalue_column": "P",
}  # fmt: skip

# By the names of the pipeline's parameters (nextflow.config) where it has one; all others keep their defaults.
SETTINGS: dict[str, int | float | str] = {
    "crop": WINDOW_CROP,
    "clip": TRACK_CLIP,
    "scale": TRACK_SCALE,
    "train_steps": 300,
    "batch_size": 64,
    "learning_rate": 0.002,
    "evaluate_every": 50,
    "input_length": WINDOW_LENGTH,
    "target_bins": WINDOW_BINS,
    "set_sizes": ",".join(map(str, DEMO_SET_SIZES)),
    "gene_window": 50_000,
}
