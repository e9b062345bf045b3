"""The model equals DeepMind's code; its pieces agree with the whole."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tcra.enformer.checkpoint import load_model
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.layers import Training, pool_pairs
from tcra.enformer.positions import position_features
from tcra.enformer.sizes import Sizes, tower_widths

from ..enformer_fixture import sequence, write_checkpoint
from .conftest import SIZES, settled_model


def one_hots(expected) -> np.ndarray:
    """(2, length, 4): the reference sequence and the one with the alternate allele."""
    codes = sequence(int(expected["length"]), int(expected["seed"]))
    changed = codes.copy()
    changed[int(expected["snp_index"])] = int(expected["snp_alt"])
    return np.eye(4, dtype=np.float32)[np.stack([codes, changed])]


def compare(model: Enformer, expected, sequences: np.ndarray, jit: bool, score_tolerance: float) -> None:
    """Predictions within 1e-4 relative, the SNP's score within the tolerance, tower and embedding within 1e-4."""
    predict = tf.function(model, jit_compile=jit)
    reference, changed = (predict(tf.constant(sequence[None]))[0].numpy() for sequence in sequences)
    np.testing.assert_allclose(reference[expected["bins"]], expected["prediction"], rtol=1e-4)
    np.testing.assert_allclose(reference.mean(0), expected["prediction_mean_over_bins"], rtol=1e-4)
    centre = model.sizes.target_bins // 2
    score = (changed - reference)[centre - 1 : centre + 1].mean(0)
    np.testing.assert_allclose(score, expected["score"], rtol=0, atol=score_tolerance)


@pytest.mark.parametrize("jit", [False, True])
def test_small_model_equals_deepminds(project_data: Path, tmp_path: Path, jit: bool):
    expected = np.load(project_data / "enformer" / "small_seed1.npz")
    prefix = write_checkpoint(project_data / "enformer" / "small_variables.tsv", tmp_path / "variables")
    model = load_model(prefix, int(expected["length"]), int(expected["target_length"]))
    sequences = one_hots(expected)
    compare(model, expected, sequences, jit, 1e-5)
    tokens = model.tower(tf.constant(sequences[:1]))[0].numpy()
    middle = model.sizes.tokens // 2
    np.testing.assert_allclose(tokens[[0, middle - 1, middle, -1]], expected["tower"], atol=1e-5)
    features = model.features(model.trunk(tf.constant(sequences[:1])))[0].numpy()
    bins = model.sizes.target_bins
    np.testing.assert_allclose(features[[0, bins // 2 - 1, bins // 2, bins - 1]], expected["embedding"], atol=1e-4)


@pytest.mark.slow
def test_full_model_equals_deepminds(project_data: Path, tmp_path: Path):
    expected = np.load(project_data / "enformer" / "full_seed1.npz")
    table = project_data / "enformer" / "full_variables.tsv"
    model = load_model(write_checkpoint(table, tmp_path / "variables", int(expected["tracks"])))
    assert model.sizes == Sizes(tracks=20)
    assert len(model.variables_by_key) == 327
    assert len(model.trainable_variables) == 243
    compare(model, expected, one_hots(expected), False, 2e-5)


def test_published_sizes():
    sizes = Sizes(tracks=275)
    assert (sizes.tokens, sizes.crop_tokens, sizes.stem, sizes.features, sizes.value_size) == (
        1536,
        320,
        768,
        3072,
        192,
    )
    assert sizes.tower == tower_widths(1536)
    assert tower_widths(48, divisible_by=8) == (24, 24, 32, 40, 40, 48)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tracks": 0}, "tracks is 0"),
        ({"heads": 7}, "do not divide by 7 heads"),
        ({"input_length": 1000}, "multiple of 128"),
        ({"target_bins": 895}, "895 target bins do not stand at the centre"),
        ({"tower": (768, 1024)}, "tower ends with width"),
    ],
)
def test_sizes_that_make_no_model(change: dict, message: str):
    with pytest.raises(ValueError, match=message):
        Sizes(**{"tracks": 5, **change})


def naive_attention(attention, x: np.ndarray, relative_keys: np.ndarray) -> np.ndarray:
    """softmax(((q + u)·k + (q + v)·r[j − i]))·values, one query at a time."""
    tokens = x.shape[1]
    q, k, v = (np.asarray(attention._split(layer(tf.constant(x)))) for layer in (attention.q, attention.k, attention.v))
    q = q * attention.key_size**-0.5
    u, w = attention.r_w_bias.numpy(), attention.r_r_bias.numpy()
    out = np.zeros((x.shape[0], tokens, x.shape[2]), np.float32)
    for i in range(tokens):
        relative = relative_keys[:, :, tokens - 1 - i : 2 * tokens - 1 - i]
        logits = ((q + u)[:, :, i : i + 1] * k).sum(-1) + ((q + w)[:, :, i : i + 1] * relative).sum(-1)
        weights = np.exp(logits - logits.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        out[:, i] = (weights[..., None] * v).sum(2).reshape(x.shape[0], -1)
    return np.asarray(attention.embedding(tf.constant(out)))


def test_attention_by_its_definition(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tcra.enformer.attention.QUERY_BLOCK", 5)  # several blocks, the last one smaller
    model = settled_model()
    attention = model.blocks[0].attention
    x = np.random.default_rng(1).standard_normal((2, SIZES.tokens, SIZES.channels)).astype(np.float32)
    keys = model.relative_keys()[0]
    expected = naive_attention(attention, x, keys.numpy())
    np.testing.assert_allclose(attention(tf.constant(x), keys), expected, atol=1e-5)
    for rows in ((0, 1), (7, 9), (3, SIZES.tokens)):
        np.testing.assert_allclose(
            attention(tf.constant(x), keys, rows=rows), expected[:, rows[0] : rows[1]], atol=1e-5
        )


def test_a_block_for_two_rows_equals_the_whole_block():
    model = settled_model()
    x = tf.constant(np.random.default_rng(2).standard_normal((1, SIZES.tokens, SIZES.channels)).astype(np.float32))
    whole = model.transform(x).numpy()
    np.testing.assert_allclose(model.transform(x, model.relative_keys(), rows=(7, 9)), whole[:, 7:9], atol=1e-5)


def test_valid_padding_and_full_rate_pool_logits_equal_the_plain_stage():
    stage = settled_model().stages[0]
    x = tf.constant(np.eye(4, dtype=np.float32)[np.random.default_rng(3).integers(0, 4, (1, 128))])
    plain = stage(x).numpy()
    inner = stage.before_pool(x[:, 1:], padding="VALID")  # the first position left is 1 + halo = 8, a pair's first
    logits = stage.pool.logits(inner)
    pooled = pool_pairs(inner[:, 0:-1:2], inner[:, 1::2], logits[:, 0:-1:2], logits[:, 1::2])
    first = (1 + stage.halo) // 2
    np.testing.assert_allclose(pooled, plain[:, first : first + pooled.shape[1]], atol=1e-5)


def test_position_features():
    features = position_features(64, 24)
    assert features.shape == (127, 24) and features.dtype == np.float32
    assert features.max() == 1
    np.testing.assert_array_equal(features[:63, :12], features[:63:-1, :12])  # the first half knows the distance alone
    np.testing.assert_array_equal(features[:63, 12:], -features[:63:-1, 12:])
    gamma = position_features(1536, 192)[:, 64:96]
    np.testing.assert_array_equal(gamma.max(0), 1)
    whole = position_features(1536, 192, "global")[:, 64:96]
    assert 0.05 < np.abs(gamma - whole).max() < 0.9


def test_n_is_all_zero_and_batch_rows_do_not_mix():
    model = settled_model()
    x = np.eye(4, dtype=np.float32)[np.random.default_rng(4).integers(0, 4, (2, SIZES.input_length))]
    x[1] = 0
    both = model(tf.constant(x)).numpy()
    np.testing.assert_allclose(both[:1], model(tf.constant(x[:1])), rtol=1e-4)
    assert np.isfinite(both).all()


def test_training_mode_drops_by_seed_and_moves_the_averages():
    model = settled_model()
    x = tf.constant(np.eye(4, dtype=np.float32)[np.random.default_rng(5).integers(0, 4, (2, SIZES.input_length))])
    averages = [v for key, v in model.variables_by_key.items() if key.endswith("average")]
    assert len(averages) == 2 * (1 + 2 * len(SIZES.tower) + 1)
    before = [v.numpy() for v in averages]
    first = model(x, Training(tf.constant([1, 1])))
    assert all((v.numpy() != old).any() for v, old in zip(averages, before, strict=True))
    np.testing.assert_array_equal(model(x, Training(tf.constant([1, 1]))), first)
    assert np.abs(model(x, Training(tf.constant([1, 2]))) - first).max() > 1e-3
    undropped = [model(x, Training(tf.constant([1, seed]), dropout=0.0)).numpy() for seed in (1, 2)]
    np.testing.assert_array_equal(*undropped)
    frozen = model(x, Training(tf.constant([1, 1]), dropout=0.0, batch_statistics=False))
    np.testing.assert_allclose(frozen, model(x), rtol=1e-4)


def test_moving_average_is_sonnets():
    import sonnet as snt

    ours = settled_model().final.norm.moving_mean
    theirs = snt.ExponentialMovingAverage(0.9)
    for value in np.random.default_rng(6).standard_normal((3, 1, 1, SIZES.channels)).astype(np.float32):
        ours.update(tf.constant(value))
        theirs.update(tf.constant(value))
    np.testing.assert_allclose(ours.average, theirs.average, rtol=1e-6)
    np.testing.assert_allclose(ours.hidden, theirs._hidden, rtol=1e-6)


def test_bfloat16_trunk_stays_close():
    model = settled_model()
    half = Enformer(SIZES, seed=7, computing=tf.bfloat16)
    for key, variable in half.variables_by_key.items():
        variable.assign(model.variables_by_key[key])
    x = tf.constant(np.eye(4, dtype=np.float32)[np.random.default_rng(8).integers(0, 4, (1, SIZES.input_length))])
    exact, rough = model.trunk(x).numpy(), half.trunk(x).numpy()
    assert rough.dtype == np.float32
    assert 1e-5 < np.abs(exact - rough).max() / np.abs(exact).max() < 0.05
