"""Constants of the published Enformer (Avsec et al. 2021, Nature Methods; deepmind-research/enformer), each stated once."""

INPUT_LENGTH_BP = 196_608
TARGET_BINS = 896
BIN_WIDTH_BP = 128  # one pooling by 2 in the stem and in each of six tower blocks
CROP_BP = (INPUT_LENGTH_BP - TARGET_BINS * BIN_WIDTH_BP) // 2  # without bins, at each end of a window
CHANNELS = 1536
HEADS = 8
LAYERS = 11
KEY_SIZE = 64
TOWER_BLOCKS = 6
TOWER_CHANNELS = (768, 896, 1024, 1152, 1280, 1536)  # by the rule of sizes.tower_widths
TOWER_CHANNELS_DIVISIBLE_BY = 128

STEM_WIDTH = 15  # positions that the stem's convolution sees (bp)
TOWER_WIDTH = 5  # positions that a tower block's convolution sees
POOL = 2

GELU_SLOPE = 1.702
NORM_EPSILON = 1e-5  # batch norm and layer norm
MOVING_AVERAGE_DECAY = 0.9
POOL_INITIAL_SCALE = 2.0

DROPOUT = 0.4  # after attention and in the MLP
FINAL_DROPOUT = DROPOUT / 8
ATTENTION_DROPOUT = 0.05
POSITION_DROPOUT = 0.01
MINIMUM_HALF_LIFE = 3.0  # log2 of tokens

LOSS_EPSILON = 1e-7  # of Keras' Poisson loss
BASELINE_CHANNELS = (
    256  # of our convolutional baseline; 1.9 million parameters, close to the CNNs of its kind (Basset, Basenji)
)
