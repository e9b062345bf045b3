"""Streaming correlation against numpy, however the windows are split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tcra.enformer.evaluate import TrackMeasures
from tcra.enformer.poisson import poisson_loss
from tcra.enformer.streaming_correlation import StreamingPearson


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 40), min_size=1, max_size=5), st.floats(0, 1e4))
def test_equals_numpy_for_any_split(seed: int, lengths: list[int], offset: float):
    random = np.random.default_rng(seed)
    x = random.standard_normal((sum(lengths) + 3, 4)) + offset
    y = 0.5 * x + random.standard_normal(x.shape)
    streaming = StreamingPearson(4)
    for part in np.split(np.arange(len(x)), np.cumsum(lengths)):
        streaming.add(x[part].reshape(len(part), 1, 4), y[part].reshape(len(part), 1, 4))
    expected = [np.corrcoef(x[:, i], y[:, i])[0, 1] for i in range(4)]
    np.testing.assert_allclose(streaming.result(), expected, atol=1e-7)


def test_a_track_that_does_not_vary_has_no_correlation():
    streaming = StreamingPearson(2)
    streaming.add(np.array([[1.0, 3.0], [2.0, 3.0]]), np.array([[1.0, 1.0], [2.0, 5.0]]))
    assert streaming.result()[0] == pytest.approx(1)
    assert np.isnan(streaming.result()[1])


def test_measures_of_tracks():
    random = np.random.default_rng(2)
    prediction = random.gamma(2, 1, (6, 5, 3)).astype(np.float32)
    target = random.poisson(prediction).astype(np.float32)
    measures = TrackMeasures(3)
    measures.add(prediction[:4], target[:4])
    measures.add(prediction[4:], target[4:])
    table = measures.table("test", ["a", "b", "c"], [0, 1, 2])
    assert table["loss"].mean() == pytest.approx(float(poisson_loss(prediction, target)), rel=1e-5)
    profile = prediction.mean(2).ravel()
    for i in range(3):
        observed = target[..., i].ravel()
        assert table["pearson"][i] == pytest.approx(np.corrcoef(observed, prediction[..., i].ravel())[0, 1])
        assert table["mean_track_pearson"][i] == pytest.approx(np.corrcoef(observed, profile)[0, 1])
        others = np.delete(target, i, 2).mean(2).ravel()
        assert table["mean_observed_pearson"][i] == pytest.approx(np.corrcoef(observed, others)[0, 1])
        log = np.corrcoef(np.log1p(observed), np.log1p(prediction[..., i].ravel()))[0, 1]
        assert table["pearson_log1p"][i] == pytest.approx(log)
