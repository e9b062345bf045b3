"""One tissue's tracks and variants against what was planted: are tracks predicted, and are the high scores where motifs change?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.demo.grammar import CONTROL_TFS
from tcra.errors import UserError


def compare_tracks(planted: dict[str, Any], tracks: pd.DataFrame) -> dict[str, Any]:
    """Pearson R of each track on the test windows, and their mean. planted: of this tissue."""
    test = tracks[tracks["split"] == "test"]
    pearson = {str(track): rounded(r) for track, r in zip(test["track"], test["pearson"], strict=True)}
    missing = sorted(set(planted["tracks"]) - set(pearson))
    if missing:
        raise UserError(f"the track correlations have no test row for track {missing[0]}; evaluate on the test windows")
    return {"pearson": pearson, "mean": rounded(float(np.mean(list(pearson.values()))))}


def compare_variants(planted: dict[str, Any], tissue: str, ranking: pd.DataFrame, top_size: int) -> dict[str, Any]:
    """AUROC of mean |tCRA| for motif-changing variants against all others, and for faint ones against decoys, all inside planted sites;
    variants that should have no score, and causal variants in the top set. planted: of the whole cohort."""
    own = planted["tissues"][tissue]
    ranking = ranking.set_index("variant_id")
    value = ranking["mean_abs"].to_numpy(float)
    effects = {variant["variant_id"]: variant["effect"] for variant in own["motif_changing"]}
    changing, control, elsewhere, faint, decoys = (
        np.asarray(ranking.index.isin(names))
        for names in (list(effects), planted["negative_control"], own["elsewhere"], own["faint"], own["decoys"])
    )
    groups = (changing, control, elsewhere, faint, decoys)
    if not all(group.any() for group in groups):
        raise UserError(
            f"tissue {tissue}: the ranking holds none of the planted variants of a group; is it of the same demo cohort (seed)?"
        )
    background = value[~changing & ~control & ~elsewhere].mean()
    over_background = {
        name: value[rows].mean() / background
        for name, rows in (("motif_changing", changing), ("control", control), ("elsewhere", elsewhere))
    }
    hard = faint | decoys
    return {
        "scored": len(ranking),
        "motif_changing": int(changing.sum()),
        "auroc": rounded(auroc(value, changing)),
        "faint": int(faint.sum()),
        "decoys": int(decoys.sum()),
        "auroc_faint": rounded(auroc(value[hard], faint[hard])),
        "spearman_with_planted_effect": rounded(
            pd.Series(effects).corr(ranking["mean_abs"].reindex(list(effects)), method="spearman")
        ),
        "over_background": {name: rounded(ratio) for name, ratio in over_background.items()},
        "negative_control": {
            "tfs": list(CONTROL_TFS),
            "variants": int(control.sum()),
            "ratio": rounded(over_background["control"] / over_background["motif_changing"]),
        },
        "other_tissue": {
            "variants": int(elsewhere.sum()),
            "ratio": rounded(over_background["elsewhere"] / over_background["motif_changing"]),
        },
        "causal": top_enrichment(ranking, causal_variants(planted, tissue, motif_driven=True), top_size),
        "causal_outside_motifs": top_enrichment(
            ranking, causal_variants(planted, tissue, motif_driven=False), top_size
        ),
    }


def causal_variants(planted: dict[str, Any], tissue: str, motif_driven: bool) -> list[str]:
    """Causal variants of the genes that are heritable in a tissue."""
    return [
        cause["variant_id"]
        for gene in planted["genes"]
        if tissue in gene["heritability"] and gene["motif_driven"] == motif_driven
        for cause in gene["causal"]
    ]


def top_enrichment(ranking: pd.DataFrame, causal: Sequence[str], size: int) -> dict[str, Any]:
    """How many times more causal variants the top `size` holds than random sets of that size (expectation), and the chance
    of a random set with as many (hypergeometric). ranking: by variant."""
    from scipy.stats import hypergeom

    rows = np.asarray(ranking.index.isin(causal))
    inside, number = int((rows & (ranking["rank"] <= size)).sum()), int(rows.sum())
    expected = number * min(size, len(ranking)) / len(ranking)
    return {
        "planted": number,
        "in_top_set": inside,
        "expected_in_random_set": rounded(expected),
        "enrichment": rounded(inside / expected) if expected else None,
        "p": float(f"{hypergeom.sf(inside - 1, len(ranking), number, min(size, len(ranking))):.3g}"),
    }


def auroc(value: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive has a higher value than another, ties counted half (Mann–Whitney)."""
    from scipy.stats import rankdata

    ranks = rankdata(value)
    positives, others = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * others))


def rounded(value: float) -> float:
    """To four decimals, as truth.json holds numbers."""
    return round(float(value), 4)
