"""Fine-mapping of one region: posteriors by every method that is asked for, and the tests beside them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from tcra.common.arrays import Floats, Integers
from tcra.finemapping.conditional_test import ConditionalTest, LeadSnp, conditional_test, lead_snp
from tcra.finemapping.credible_sets import CredibleSet, credible_sets
from tcra.finemapping.focus import FocusPosterior, focus, ridged_scores
from tcra.finemapping.locus import Locus
from tcra.finemapping.panel_mismatch import LD_MISMATCH, panel_mismatch
from tcra.finemapping.settings import FinemapOptions
from tcra.finemapping.single_effect import SingleEffect, single_effect, single_effects
from tcra.finemapping.susie import SusieFit, fit_susie

GENOME_WIDE_Z = float(-ndtri(2.5e-8))
LEAST_GENE_PIP = 0.5  # sum of the gene models' single-effect PIPs from which on a region is worth several effects
FOCUS_PRIOR = 1e-3
SEVERAL, ONE, ONE_MISMATCH = "several effects", "one effect: below the screen", "one effect: LD mismatch"


@dataclass(frozen=True)
class RegionPosterior:
    """single: one effect; fit: several effects, or that one; status says which. mismatch: share of z that is noise to the panel.
    log_evidence: log likelihood of the region under at most one effect.
    """

    single: SingleEffect
    fit: SusieFit
    sets: list[CredibleSet]
    status: str
    mismatch: float
    log_evidence: float
    conditional: ConditionalTest
    lead: LeadSnp | None
    focus: FocusPosterior | None


def map_region(
    locus: Locus,
    prior: Floats,
    variance: Floats,
    weights: list[tuple[Integers, Floats]],
    sd: Floats,
    snp_z: Floats,
    least_z: float,
    options: FinemapOptions,
) -> RegionPosterior:
    """Fine-map one region. prior, variance (p,). least_z: for the conditional test. weights, sd, snp_z: as `ridged_scores` takes them
    (only for --method focus).
    """
    single = single_effect(locus.z, prior, variance)
    _, evidence = single_effects(locus.z, np.zeros(1, np.int64), prior, variance)
    mismatch = panel_mismatch(locus)
    fit = SusieFit(single.alpha[None, :], single.mean[None, :], True, 0)
    status = ONE
    worth = np.abs(locus.z).max() > GENOME_WIDE_Z or single.alpha[: locus.genes].sum() > LEAST_GENE_PIP
    if mismatch > LD_MISMATCH:
        status = ONE_MISMATCH
    elif options.keep_all_effects or worth:
        status = SEVERAL
        ridge = options.ridge if options.method == "susie" else 0.0
        fit = fit_susie(locus, prior, variance, options.effects, options.tolerance, options.keep_all_effects, ridge)
    conditional = conditional_test(locus, least_z, options.min_r2)
    of_focus = None
    if options.method == "focus":
        scores, correlation = ridged_scores(locus.columns[: locus.genes], sd, weights, snp_z, options.ridge)
        of_focus = focus(scores, correlation, options.priors.gene_prior or FOCUS_PRIOR, options.max_causal)
    return RegionPosterior(
        single=single,
        fit=fit,
        sets=credible_sets(locus, fit),
        status=status,
        mismatch=mismatch,
        log_evidence=float(evidence[0]),
        conditional=conditional,
        lead=lead_snp(locus, conditional.kept, options.min_r2),
        focus=of_focus,
    )
