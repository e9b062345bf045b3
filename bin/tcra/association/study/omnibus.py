"""One test for each gene over its SNP sets, and over its tissues."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.association.association_tables import CORRELATION_COLUMNS
from tcra.association.study.joint import JointTest, joint_test
from tcra.association.study.result_files import read_result
from tcra.association.study.study_tables import OMNIBUS_COLUMNS, OMNIBUS_TEST_COLUMNS
from tcra.common.multiple_testing import acat_ln, benjamini_hochberg, bonferroni
from tcra.common.pvalues import ln_pvalue
from tcra.errors import UserError

Correlations = dict[tuple[str, str], dict[tuple[str, str], float]]


def read_correlations(files: list[Path]) -> Correlations:
    """(trait, gene) to {(model, model): correlation}, both ways round; pairs without a correlation are left out."""
    found: Correlations = {}
    for path in files:
        types = {
            name: float if name == "correlation" else str for name in CORRELATION_COLUMNS
        }  # 007 and 1.10 are names
        table = read_result(path, CORRELATION_COLUMNS, dtype=types, na_values={"correlation": ["NA"]})
        if table["correlation"].abs().gt(1).any():
            raise UserError(f"{path}: a correlation is outside -1 to 1")
        known = table[table["correlation"].notna()]
        for trait, gene, one, two, value in zip(*(known[name] for name in CORRELATION_COLUMNS), strict=True):
            pairs = found.setdefault((str(trait), str(gene)), {})
            pairs[str(one), str(two)] = pairs[str(two), str(one)] = value
    return found


def omnibus(table: pd.DataFrame, within: str, over: str, correlations: Correlations) -> pd.DataFrame:
    """Test each gene over `over` (snp_set or tissue) within each trait and `within` (tissue or snp_set).

    table: corrected associations. ACAT is always given; the joint test where all correlations of the gene's models are known (NA
    elsewhere). best: the value of `over` with the smallest p. bonferroni and fdr are ACAT's, over the genes of the trait and `within`.
    """
    tested = table[table["pvalue"].notna()].sort_values(["trait", within, "gene", over], kind="stable")
    traits, places, genes = (tested[name].to_numpy(object) for name in ("trait", within, "gene"))
    zscore, ln_p = tested["zscore"].to_numpy(float), ln_pvalue(tested["zscore"].to_numpy(float))
    models, names, overs = (tested[name].to_numpy(object) for name in ("model", "gene_name", over))
    rows = []
    for part in _runs(traits, places, genes):
        first = part.start
        best = first + int(np.argmin(ln_p[part]))
        combined = acat_ln(ln_p[part])
        known = correlations.get((str(traits[first]), str(genes[first])), {})
        joint = _joint(zscore[part], list(models[part]), known)
        rows.append(
            (traits[first], places[first], genes[first], names[best], part.stop - first, overs[best], zscore[best],
             np.exp(ln_p[best]), np.exp(combined), (0.0 - combined) / np.log(10), *_cells(joint))
        )  # fmt: skip
    whole = pd.DataFrame(rows, columns=["trait", within, *OMNIBUS_TEST_COLUMNS])
    parts = [_correct(part) for _, part in whole.groupby(["trait", within], sort=True)]
    out = pd.concat(parts, ignore_index=True) if parts else whole.reindex(columns=["trait", within, *OMNIBUS_COLUMNS])
    out["joint_dof"] = out["joint_dof"].astype("Int64")
    return out[["trait", within, *OMNIBUS_COLUMNS]]


def _runs(*keys: NDArray[np.object_]) -> Iterator[slice]:
    """Slices of equal neighbours."""
    count = len(keys[0])
    if not count:
        return
    change = np.zeros(count - 1, bool)
    for key in keys:
        change |= key[1:] != key[:-1]
    edges = [0, *(np.flatnonzero(change) + 1).tolist(), count]
    for start, stop in pairwise(edges):
        yield slice(start, stop)


def _joint(zscore: NDArray[np.float64], models: list[str], known: Mapping[tuple[str, str], float]) -> JointTest | None:
    """The joint test, or None if a correlation is not known. One model alone is its own joint test."""
    correlation = np.eye(len(models))
    for i, one in enumerate(models):
        for j, two in enumerate(models[:i]):
            value = known.get((one, two))
            if value is None:
                return None
            correlation[i, j] = correlation[j, i] = value
    return joint_test(zscore, correlation)


def _cells(joint: JointTest | None) -> tuple[float, float, float, float]:
    if joint is None:
        return (np.nan,) * 4
    return joint.statistic, joint.dof, float(np.exp(joint.ln_p)), (0.0 - joint.ln_p) / np.log(10)


def _correct(part: pd.DataFrame) -> pd.DataFrame:
    return part.assign(
        bonferroni=bonferroni(part["acat_pvalue"]),
        fdr=benjamini_hochberg(part["acat_pvalue"]),
        joint_bonferroni=bonferroni(part["joint_pvalue"]),
        joint_fdr=benjamini_hochberg(part["joint_pvalue"]),
        tests=len(part),
    ).sort_values(["acat_minus_log10_pvalue", "gene"], ascending=[False, True], kind="stable")
