"""The GWAS's z-scores of the panel's variants, for the panel's alternate allele."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tcra.association.alignment import ALLELES_DIFFER, align
from tcra.association.gwas.matching import NOT_IN_MODELS, IdMatcher, Matcher, PositionMatcher
from tcra.association.gwas.read_gwas import read_gwas
from tcra.common.arrays import Floats
from tcra.common.genome.liftover import Liftover
from tcra.errors import UserError
from tcra.finemapping.reference_panel import ReferencePanel
from tcra.finemapping.settings import FinemapOptions

ENOUGH_ROWS = 20


@dataclass(frozen=True)
class PanelGwas:
    """z (p,) float64 for the panel's `alt`, NaN where the GWAS has none; reason (p,): why. rows: of the GWAS; used: rows whose z is
    used; lost: others of the panel's variants by reason; malformed: (reason, where, text) of rows with another number of cells.
    sample: some ids of the GWAS.
    """

    z: Floats
    reason: NDArray[np.object_]
    rows: int
    used: int
    lost: Counter[str]
    malformed: list[tuple[str, str, str]]
    sample: list[str]


def read_panel_gwas(
    files: Sequence[Path], panel: ReferencePanel, names: NDArray[np.object_], options: FinemapOptions
) -> PanelGwas:
    """Read the GWAS and find the panel's variants in it, by id (`names` (p,), None without one) or by position, as ASSOCIATE does.

    Errors: UserError if positions agree but most alleles do not (another build, unless lifted over), or as of `read_gwas`.
    """
    keys = names if options.matching.match_by == "id" else _places(panel)
    text = pa.array(keys, pa.string())
    matcher: Matcher
    if options.matching.match_by == "id":
        matcher = IdMatcher([text], options.settings.keep_non_rsid)
    else:
        matcher = PositionMatcher([text], Liftover(options.matching.liftover) if options.matching.liftover else None)
    gwas = read_gwas(list(files), matcher, options.settings, rounded=False)
    fix = options.settings.input_pvalue_fix
    aligned = align(gwas, matcher.code(keys), panel.ref, panel.alt, fix, options.matching.resolve_strand)
    z, reason = aligned.z.copy(), aligned.reason.copy()
    z[aligned.other_allele] = np.nan  # another alternate allele of the site is another variant
    reason[aligned.other_allele] = ALLELES_DIFFER
    lost = Counter({str(why): count for why, count in gwas.lost.items() if why != NOT_IN_MODELS and count})
    lost.update(str(why) for why in aligned.row_reason if why)
    listed = Counter(why for why, _, _ in gwas.malformed)
    lost.subtract(listed)
    used = int((aligned.row_reason == "").sum())
    wrong = int((aligned.row_reason == ALLELES_DIFFER).sum())
    if options.matching.match_by == "position" and wrong + used >= ENOUGH_ROWS and wrong > used:
        raise UserError(
            f"{files[0]}: {wrong + used} of its rows have a position of the panel on chromosome {panel.chrom}, but the alleles of {wrong} "
            "differ: the GWAS is of another genome build than the panel; give --liftover with a chain file"
        )
    return PanelGwas(z, reason, gwas.rows, used, +lost, gwas.malformed, gwas.sample)


def _places(panel: ReferencePanel) -> NDArray[np.object_]:
    return np.array([f"{panel.chrom}_{place}" for place in panel.position.tolist()], dtype=object)
