#!/usr/bin/env python3
"""Fine-mapping on real LD with planted causes: calibration and power; what SNP scores add; other panels; time and memory.

    benchmarks/finemapping.py calibration GENOTYPES [--draws 15]   default, single effect and FOCUS; perfect and fitted models
    benchmarks/finemapping.py scores GENOTYPES [--draws 15]        fifths of a score as SNP classes, at odds ratios 1, 3 and 10
    benchmarks/finemapping.py panel GENOTYPES [--draws 15]         a panel of 250 of the people
    benchmarks/finemapping.py speed                                one region of 5,000 and of 10,000 variables, 500 people

GENOTYPES: a VCF of one chromosome. It is cut into regions of 800 SNPs, each with 3 to 8 genes; a gene's expression has 1 to 3 causal SNPs.
Fitted models are elastic nets on the expression of 180 of the people. z-scores have the LD of all people.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bin"))

import numpy as np
from numpy.typing import NDArray
from tcra.common.arrays import Floats, Integers
from tcra.expression.cross_validation import cross_validate
from tcra.expression.genotypes.open import open_genotypes
from tcra.finemapping.focus import focus
from tcra.finemapping.locus import Locus, standardise
from tcra.finemapping.priors import EffectData, GroupPrior, Priors, fit_priors
from tcra.finemapping.settings import FixedPriors
from tcra.finemapping.single_effect import single_effect
from tcra.finemapping.susie import fit_susie

GENE_PRIOR, SNP_PRIOR, VARIANCE = 0.05, 3e-4, 60.0
SNPS_PER_REGION, GENES_PER_REGION, MAF, TRAINING_PEOPLE = 800, (3, 8), 0.05, 180
FITTED_SHARE = 0.25  # of the variance of expression that SNPs explain
GROUPS = ("gene", "SNP")
BINS = (0, 0.1, 0.3, 0.5, 0.8, 0.95, 1.0001)


@dataclass(frozen=True)
class Region:
    """dosages (p, n); truth (m, p): causal weights of the genes; models (m, p): the weights that fine-mapping knows."""

    dosages: Floats
    truth: Floats
    models: Floats

    def columns(self, weights: Floats, people: NDArray[np.int64] | slice = slice(None)) -> Floats:
        """Genes by some weights, then SNPs, standardised (m + p, n)."""
        chosen = self.dosages[:, people]
        return np.concatenate((standardise(weights @ chosen)[0], standardise(chosen.copy())[0]))


@dataclass(frozen=True)
class Draw:
    """One region with planted effects: what fine-mapping sees, and which variables act (m + p,) bool."""

    locus: Locus
    causal: NDArray[np.bool_]


def read_regions(path: Path, random: np.random.Generator, most: int = 48, fitted: bool = True) -> list[Region]:
    """Cut a chromosome into regions, with genes and their models. Models without any weight are replaced by new genes."""
    file = open_genotypes(path)
    chrom = file.one_chromosome
    rows = [
        record.dosages.astype(np.int8)
        for record in file.records(chrom, [(1, 1 << 30)], range(1 << 30), file.samples)
        if len(record.ref) == len(record.alt) == 1
    ]
    dosages = np.array(rows)
    frequency = dosages.mean(axis=1) / 2
    dosages = dosages[(dosages >= 0).all(axis=1) & (np.minimum(frequency, 1 - frequency) >= MAF)]
    step = max(1, len(dosages) // (most * SNPS_PER_REGION))
    regions = []
    for first in range(0, min(most, len(dosages) // SNPS_PER_REGION) * SNPS_PER_REGION * step, SNPS_PER_REGION * step):
        part = dosages[first : first + SNPS_PER_REGION * step : step].astype(np.float64)
        if len(part) == SNPS_PER_REGION:
            regions.append(_make_region(part, random, fitted))
    return regions


def _make_region(dosages: Floats, random: np.random.Generator, fitted: bool) -> Region:
    number = int(random.integers(GENES_PER_REGION[0], GENES_PER_REGION[1] + 1))
    truth, models = np.zeros((number, len(dosages))), np.zeros((number, len(dosages)))
    training = random.permutation(dosages.shape[1])[:TRAINING_PEOPLE]
    for gene in range(number):
        while not models[gene].any():
            middle = int(random.integers(0, len(dosages)))
            window = np.arange(max(0, middle - 150), min(len(dosages), middle + 150))
            causal = random.choice(window, int(random.integers(1, 4)), replace=False)
            truth[gene] = 0
            truth[gene, causal] = random.normal(size=len(causal))
            models[gene] = truth[gene]
            if fitted:
                models[gene] = _fit(dosages, truth[gene], training, random)
    return Region(dosages, truth, models)


def _fit(dosages: Floats, truth: Floats, training: Integers, random: np.random.Generator) -> Floats:
    genetic = truth @ dosages[:, training]
    noise = random.normal(size=len(training)) * genetic.std() * np.sqrt(1 / FITTED_SHARE - 1)
    used = np.flatnonzero(dosages[:, training].std(axis=1) > 0)
    x = np.asfortranarray(dosages[np.ix_(used, training)].T)
    y = genetic + noise
    folds = 1 + random.permutation(len(y))[:, None] % 10
    found = cross_validate(x, (y - y.mean()) / y.std(), folds)
    weights = np.zeros(len(dosages))
    weights[used] = found.path.at(found.best, len(used))
    return weights


def draw(
    region: Region,
    random: np.random.Generator,
    perfect: bool,
    panel: Integers | slice = slice(None),
    snp_prior: Floats | None = None,
    group: Integers | None = None,
) -> Draw:
    """Plant effects by the priors and draw z with the LD of all people. panel: the people whose LD fine-mapping sees.

    snp_prior (p,): of each SNP, 3e-4 unless given. group (p,): class of each SNP, from 1 on.
    """
    genes, snps = len(region.truth), len(region.dosages)
    prior = np.concatenate((np.full(genes, GENE_PRIOR), np.full(snps, SNP_PRIOR) if snp_prior is None else snp_prior))
    causal = random.random(genes + snps) < prior
    effect = np.where(causal, random.normal(0, np.sqrt(VARIANCE), genes + snps), 0)
    true = region.columns(region.truth)
    score = true.T @ effect + random.normal(size=true.shape[1])  # R b + N(0, R), R = columns columns'
    everyone = standardise(region.dosages.copy())[0]
    snp_z = everyone @ score
    weights = region.truth if perfect else region.models
    columns = region.columns(weights, panel)
    keep = np.concatenate((np.ones(genes, bool), np.abs(columns[genes:]).max(axis=1) > 0))
    sd = region.dosages[:, panel].std(axis=1, ddof=1)
    predicted = (weights @ region.dosages[:, panel]).std(axis=1, ddof=1)
    gene_z = (weights * sd) @ snp_z / predicted
    groups = np.concatenate((np.zeros(genes, np.int64), np.ones(snps, np.int64) if group is None else group))
    z = np.concatenate((gene_z, snp_z))
    return Draw(Locus(columns[keep], z[keep], groups[keep], genes), causal[keep])


def priors_of(draws: list[Draw], groups: tuple[str, ...] = GROUPS) -> Priors:
    """EM over all regions, as finemap_genes.py runs it."""
    start = np.cumsum([0, *(one.locus.size for one in draws[:-1])])
    data = EffectData(
        np.concatenate([one.locus.z for one in draws]),
        np.concatenate([one.locus.group for one in draws]),
        start,
        groups,
    )
    return fit_priors(data, "shared_type", FixedPriors())


PLANTED = Priors({"gene": GroupPrior(GENE_PRIOR, VARIANCE), "SNP": GroupPrior(SNP_PRIOR, VARIANCE)})


def posteriors(
    draws: list[Draw], priors: Priors, groups: tuple[str, ...] = GROUPS
) -> tuple[list[Floats], list[Floats]]:
    """PIPs of all variables of each region: several effects, and one."""
    several, one = [], []
    for this in draws:
        prior, variance = priors.of(groups, this.locus.group)
        several.append(fit_susie(this.locus, prior, variance).pip)
        one.append(single_effect(this.locus.z, prior, variance).alpha)
    return several, one


def focus_pips(draws: list[Draw]) -> list[Floats]:
    """FOCUS with prior 1e-3 and no ridge, gene models only."""
    found = []
    for this in draws:
        columns = this.locus.columns[: this.locus.genes]
        found.append(focus(this.locus.z[: this.locus.genes], columns @ columns.T, 1e-3).pip)
    return found


def describe(name: str, draws: list[Draw], pips: list[Floats]) -> None:
    """Print a row of the table of calls, and one of the table of calibration."""
    genes = [this.locus.genes for this in draws]
    pip = np.concatenate([pip[:m] for pip, m in zip(pips, genes, strict=True)])
    causal = np.concatenate([this.causal[:m] for this, m in zip(draws, genes, strict=True)])
    with_snp = np.concatenate([np.full(m, this.causal[m:].any()) for this, m in zip(draws, genes, strict=True)])
    called = pip >= 0.8
    promised = (1 - pip[called]).mean() if called.any() else 0

    def false(where: NDArray[np.bool_]) -> str:
        return f"{100 * (~causal[where]).mean():.0f} %" if where.any() else "–"

    print(
        f"| {name} | {called.sum()} | {100 * (~causal[called]).mean():.1f} % ({100 * promised:.1f} %) | "
        f"{100 * causal[called].sum() / causal.sum():.0f} % | {false(called & ~with_snp)} / {false(called & with_snp)} | "
        f"{pip.sum():.0f} of {causal.sum()} |"
    )
    cells = []
    for low, high in pairwise(BINS):
        inside = (pip >= low) & (pip < high)
        cells.append(
            f"{inside.sum():,}; {pip[inside].mean():.2f}; {causal[inside].mean():.2f}" if inside.any() else "–"
        )
    CALIBRATION.append(f"| {name} | {' | '.join(cells)} |")


CALIBRATION: list[str] = []


def header() -> None:
    print(
        "| PIP ≥ 0.8 | calls | false (promised) | found | false without / with a causal SNP | sum of PIPs of causal genes |"
    )
    print("|---|---|---|---|---|---|")


def show_calibration() -> None:
    print("\n| PIP in | 0–0.1 | 0.1–0.3 | 0.3–0.5 | 0.5–0.8 | 0.8–0.95 | 0.95–1 |\n|---|---|---|---|---|---|---|")
    print("\n".join(CALIBRATION))


def run_calibration(path: Path, draws: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    regions = read_regions(path, random)
    quality = [
        np.corrcoef(r.truth[g] @ r.dosages, r.models[g] @ r.dosages)[0, 1] ** 2
        for r in regions
        for g in range(len(r.truth))
    ]
    print(
        f"{len(regions)} regions, {len(quality)} genes, median r² of fitted models to the truth {np.median(quality):.2f}\n"
    )
    header()
    for perfect in (False, True):
        drawn = [draw(region, random, perfect) for _ in range(draws) for region in regions]
        several, one = posteriors(drawn, priors := priors_of(drawn))
        kind = "perfect models" if perfect else "fitted models"
        describe(f"{kind}: FOCUS", drawn, focus_pips(drawn))
        describe(f"{kind}: default", drawn, several)
        describe(f"{kind}: single effect", drawn, one)
        fitted = ", ".join(f"{name} {one.prior:.2g}, V {one.variance:.0f}" for name, one in priors.groups.items())
        print(f"| ({kind}: {len(drawn)} regions; {fitted}) | | | | | |")
    show_calibration()


def run_scores(path: Path, draws: int, seed: int) -> None:
    """Causal SNPs are enriched among high scores: odds from 1 in the lowest fifth to `ratio` in the highest, in equal log steps."""
    random = np.random.default_rng(seed)
    regions = read_regions(path, random, fitted=False)
    fifths = ("gene", *(f"SNP_{number}" for number in range(1, 6)))
    header()
    for ratio in (1, 3, 10):
        odds = ratio ** (np.arange(5) / 4)
        drawn = []
        for _ in range(draws):
            for region in regions:
                group = 1 + random.permutation(len(region.dosages)) * 5 // len(region.dosages)
                drawn.append(
                    draw(region, random, True, snp_prior=SNP_PRIOR * odds[group - 1] / odds.mean(), group=group)
                )
        plain = [replace(one, locus=replace(one.locus, group=np.minimum(one.locus.group, 1))) for one in drawn]
        for name, data, groups in (("one class of SNPs", plain, GROUPS), ("fifths of the score", drawn, fifths)):
            several, _ = posteriors(data, priors := priors_of(data, groups), groups)
            describe(f"OR {ratio}: {name}", data, several)
            snps = np.concatenate([pip[one.locus.genes :] for pip, one in zip(several, data, strict=True)])
            causal = np.concatenate([one.causal[one.locus.genes :] for one in data])
            called = snps >= 0.8
            found = ", ".join(f"{one.prior:.1e}" for name, one in priors.groups.items() if name != "gene")
            print(
                f"| (SNPs: {called.sum()} at PIP ≥ 0.8, {100 * (~causal[called]).mean():.1f} % false, promised "
                f"{100 * (1 - snps[called]).mean():.1f} %, {100 * causal[called].sum() / causal.sum():.1f} % of {causal.sum()} found; "
                f"priors {found}) | | | | | |"
            )


def run_panel(path: Path, draws: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    regions = read_regions(path, random)
    people = np.sort(random.permutation(regions[0].dosages.shape[1])[:250])
    header()
    for name, panel in (("own LD", slice(None)), ("250 of the people", people)):
        drawn = [
            draw(region, np.random.default_rng((seed, n, k)), False, panel)
            for n in range(draws)
            for k, region in enumerate(regions)
        ]
        several, one = posteriors(drawn, priors_of(drawn))
        for method, pips in (("FOCUS", focus_pips(drawn)), ("default", several), ("single effect", one)):
            describe(f"{name}: {method}", drawn, pips)
        from tcra.finemapping.panel_mismatch import panel_mismatch

        found = [panel_mismatch(this.locus) for this in drawn[: 2 * len(regions)]]
        print(f"| ({name}: mismatch median {np.median(found):.1e}, largest {max(found):.1e}) | | | | | |")


def run_speed(seed: int) -> None:
    from tcra.finemapping.panel_mismatch import panel_mismatch

    for variables in (5_000, 10_000):
        random = np.random.default_rng(seed)
        # Neighbours alike: each SNP copies most of the one before.
        dosages = np.empty((variables, 500))
        dosages[0] = random.binomial(2, 0.3, 500)
        for snp in range(1, variables):
            same = random.random(500) < 0.95
            dosages[snp] = np.where(same, dosages[snp - 1], random.binomial(2, 0.3, 500))
        columns, _ = standardise(dosages)
        effect = np.zeros(variables)
        effect[[variables // 10, variables // 2, variables - 50]] = (12, -10, 9)
        z = columns @ (columns.T @ effect + random.normal(size=500))
        locus = Locus(columns, z, np.ones(variables, np.int64), 0)
        prior, variance = np.full(variables, 1e-4), np.full(variables, 40.0)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            fit = fit_susie(locus, prior, variance)
            middle = time.perf_counter()
            mismatch = panel_mismatch(locus)
            times.append((middle - start, time.perf_counter() - middle))
        fitting, checking = np.median(times, axis=0)
        print(
            f"{variables} variables, 500 people: fit {fitting:.2f} s ({fit.rounds} rounds, {len(fit.alpha)} effects), mismatch "
            f"{checking:.2f} s (s = {mismatch:.1e}), peak {getrusage(RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["calibration", "scores", "panel", "speed"])
    parser.add_argument("genotypes", type=Path, nargs="?")
    parser.add_argument("--draws", type=int, default=15, help="of the truth, per region")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.what == "speed":
        run_speed(given.seed)
        return
    {"calibration": run_calibration, "scores": run_scores, "panel": run_panel}[given.what](
        given.genotypes, given.draws, given.seed
    )


if __name__ == "__main__":
    main()
