"""The GWAS's z-scores of a panel's variants, for the panel's alternate allele."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.alignment import ALLELES_DIFFER, align
from tcra.association.gwas.matching import NOT_IN_MODELS, IdMatcher, Matcher, PositionMatcher
from tcra.association.gwas.read_gwas import read_gwas
from tcra.association.gwas.settings import GwasSettings, MatchSettings
from tcra.association.gwas.snp_map import SnpMap
from tcra.common.arrays import Floats
from tcra.common.genome.liftover import Liftover
from tcra.errors import UserError
from tcra.finemapping.reference_panel import ReferencePanel

ENOUGH_ROWS = 20


@dataclass(frozen=True)
class PanelGwas:
    """z (p,) float64 for the `alt` of each variant of the panels in order, NaN where the GWAS has none; reason (p,): why. rows: of the
    GWAS; used: rows whose z is used; lost: others of the panels' variants by reason; malformed: (reason, where, text) of rows with
    another number of cells. sample: some ids of the GWAS.
    """

    z: Floats
    reason: NDArray[np.object_]
    rows: int
    used: int
    lost: Counter[str]
    malformed: list[tuple[str, str, str]]
    sample: list[str]


def read_panel_gwas(
    files: Sequence[Path],
    panels: Sequence[ReferencePanel],
    ids: Sequence[NDArray[np.object_]],
    settings: GwasSettings,
    matching: MatchSettings,
) -> PanelGwas:
    """Read the GWAS once and find the variants of all panels (one per chromosome) in it, by id or by position, as ASSOCIATE does.
    ids: of each panel's variants, None without one.

    Errors: UserError if positions agree but most alleles do not (another build, unless lifted over), or as of `read_gwas`.
    """
    by_id, table = matching.match_by == "id", matching.snp_map_file
    keys = np.concatenate(ids if by_id else [_places(panel) for panel in panels])
    text = pa.array(keys, pa.string())
    matcher: Matcher
    if by_id:
        matcher = IdMatcher([text], settings.keep_non_rsid or table is not None)
    else:
        matcher = PositionMatcher([text], Liftover(matching.liftover) if matching.liftover else None)
    snp_map = SnpMap(table, pc.unique(text).drop_null()) if table is not None else None
    gwas = read_gwas(list(files), matcher, settings, rounded=False, snp_map=snp_map)
    ref, alt = (np.concatenate([getattr(panel, allele) for panel in panels]) for allele in ("ref", "alt"))
    aligned = align(gwas, matcher.code(keys), ref, alt, settings.input_pvalue_fix, matching.resolve_strand)
    z, reason = aligned.z.copy(), aligned.reason.copy()
    z[aligned.other_allele] = np.nan  # another alternate allele of the site is another variant
    reason[aligned.other_allele] = ALLELES_DIFFER
    lost = Counter({str(why): count for why, count in gwas.lost.items() if why != NOT_IN_MODELS and count})
    lost.update(str(why) for why in aligned.row_reason if why)
    listed = Counter(why for why, _, _ in gwas.malformed)
    lost.subtract(listed)
    used = int((aligned.row_reason == "").sum())
    wrong = int((aligned.row_reason == ALLELES_DIFFER).sum())
    if not by_id and wrong + used >= ENOUGH_ROWS and wrong > used:
        chromosomes = ", ".join(panel.chrom for panel in panels)
        raise UserError(
            f"{files[0]}: {wrong + used} of its rows have a position of the panel (chromosome {chromosomes}), but the alleles of {wrong} "
            "differ: the GWAS is of another genome build than the panel; give --liftover with a chain file"
        )
    return PanelGwas(z, reason, gwas.rows, used, +lost, gwas.malformed, gwas.sample)


def _places(panel: ReferencePanel) -> NDArray[np.object_]:
    return np.array([f"{panel.chrom}_{place}" for place in panel.position.tolist()], dtype=object)
