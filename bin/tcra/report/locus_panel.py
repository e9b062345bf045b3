"""Genotypes and GWAS of loci: the panel's SNPs, their z, and their LD with the lead SNP."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tcra.association.alignment import align
from tcra.association.gwas.matching import IdMatcher, Matcher, PositionMatcher
from tcra.association.gwas.read_gwas import Gwas, read_gwas
from tcra.common.arrays import Floats, Integers
from tcra.common.genome.liftover import Liftover
from tcra.finemapping.locus import standardise
from tcra.finemapping.reference_panel import ReferencePanel
from tcra.report.locus_settings import LocusInputs, LocusOptions


@dataclass(frozen=True)
class PanelZ:
    """Of each chromosome's panel in order: z (p,) of `alt`, NaN where the GWAS has none. gwas: what was read."""

    z: list[Floats]
    gwas: Gwas


def read_panel_z(panels: Sequence[ReferencePanel], inputs: LocusInputs, options: LocusOptions) -> PanelZ:
    """Read the GWAS once, for the SNPs of all panels: by id, or by chromosome and position, as ASSOCIATE does."""
    by_id = options.matching.match_by == "id"
    keys = np.concatenate([_ids(panel) if by_id else _places(panel) for panel in panels])
    text = pa.array(keys, pa.string())
    matcher: Matcher
    if by_id:
        matcher = IdMatcher([text], options.gwas.keep_non_rsid)
    else:
        matcher = PositionMatcher([text], Liftover(options.matching.liftover) if options.matching.liftover else None)
    gwas = read_gwas(list(inputs.gwas), matcher, options.gwas, rounded=False)
    ref, alt = (np.concatenate([getattr(panel, name) for panel in panels]) for name in ("ref", "alt"))
    aligned = align(gwas, matcher.code(keys), ref, alt, options.gwas.input_pvalue_fix, options.matching.resolve_strand)
    z = aligned.z.copy()
    z[aligned.other_allele] = np.nan  # another alternate allele of the site is another variant
    return PanelZ(np.split(z, np.cumsum([panel.size for panel in panels])[:-1]), gwas)


def squared_correlation(panel: ReferencePanel, rows: Integers, lead: int) -> Floats:
    """r² (k,) of some SNPs with the lead SNP (a row of the panel); NaN for SNPs that do not vary."""
    columns, spread = standardise(panel.filled(np.append(rows, lead)))
    r2 = (columns[:-1] @ columns[-1]) ** 2
    return np.asarray(np.where(spread[:-1] > 0, np.minimum(r2, 1.0), np.nan))


def _ids(panel: ReferencePanel) -> np.ndarray:
    return np.array([name or None for name in panel.name], dtype=object)


def _places(panel: ReferencePanel) -> np.ndarray:
    return np.array([f"{panel.chrom}_{place}" for place in panel.position.tolist()], dtype=object)
