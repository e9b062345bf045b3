"""Sizes and parameters that the other stages need for the demo, the same as in the pipeline's `demo` profile (conf/demo.config)."""

INPUT_LENGTH = 4096  # bp of a window
TARGET_BINS, POOL_WIDTH = 24, 128
CROP = 512  # bp a side: (4096 − 24 · 128) / 2
STRIDE = INPUT_LENGTH - 2 * CROP  # targets of neighbouring windows meet without overlap
CLIP, SCALE = 32, 2
SET_SIZES = (400, 800, 4000)
TRAIT = "made_up_trait"
GWAS_COLUMNS = {
    "snp_column": "SNP", "effect_allele_column": "A1", "non_effect_allele_column": "A2", "beta_column": "BETA",
    "se_column": "SE", "pvalue_column": "P",
}  # fmt: skip

# By the names of the pipeline's parameters (nextflow.config) where it has one; all others keep their defaults.
SETTINGS: dict[str, int | float | str] = {
    "crop": CROP,
    "clip": CLIP,
    "scale": SCALE,
    "train_steps": 600,
    "batch_size": 64,
    "learning_rate": 0.002,
    "evaluate_every": 50,
    "input_length": INPUT_LENGTH,
    "target_bins": TARGET_BINS,
    "set_sizes": ",".join(map(str, SET_SIZES)),
    "gene_window": 50_000,
}
