"""Thinning: what is strong stays, the rest is spread, and the budget holds."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tcra.figures.thin import manhattan_points, qq_ranks, strong_or_spread


@settings(deadline=None)
@given(st.integers(1, 5000), st.integers(100, 900), st.integers(0, 2**32 - 1))
def test_the_top_and_the_budget_are_kept(points, budget, seed):
    random = np.random.default_rng(seed)
    x, y = random.random(points) * 3e9, random.exponential(1, points)
    kept = manhattan_points(x, y, budget)
    assert len(kept) <= max(budget, points if points <= budget else 0)
    assert len(np.unique(kept)) == len(kept)
    top = np.argsort(-y, kind="stable")[: min(budget // 2, points)]
    assert set(top) <= set(kept)
    order = random.permutation(points)
    assert set(order[manhattan_points(x[order], y[order], budget)]) == set(kept)
    ranks = qq_ranks(points, budget)
    assert len(ranks) <= max(budget, 1) and ranks[0] == 0 and ranks[-1] == points - 1
    assert (np.diff(ranks) > 0).all()


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 399), st.integers(0, 2**32 - 1))
def test_thinning_in_parts_and_then_together_is_thinning_at_once(points, cut, seed):
    random = np.random.default_rng(seed)
    chrom, position = random.choice(["1", "2"], points), random.integers(1, 200, points)
    table = pd.DataFrame({"chrom": chrom, "pos": position, "y": random.exponential(2, points).round(2)})

    def thinned(part):
        return part[strong_or_spread(part["pos"], part["y"], 4, 50, 0.5, part["chrom"])]

    once = thinned(table)
    pd.testing.assert_frame_equal(thinned(pd.concat([thinned(table[:cut]), thinned(table[cut:])])), once)
    weak, kept = table[table["y"] < 4], once[once["y"] < 4]
    assert len(once) - len(kept) == (table["y"] >= 4).sum()
    cells = {(c, p // 50, round(y / 0.5)) for c, p, y in weak.itertuples(index=False)}
    assert cells == {(c, p // 50, round(y / 0.5)) for c, p, y in kept.itertuples(index=False)}
    assert len(kept) == len(cells)
