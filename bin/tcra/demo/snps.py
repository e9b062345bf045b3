"""The demo's SNPs: where they stand, which of them change a motif, how common they are."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tcra.demo.grammar import CONTROL_TFS, DEMO_TISSUES, MOTIF_LENGTH, TFS, TISSUE_TRACKS, loadings, occupancy
from tcra.demo.sequence import Instances

WEAK_GENOME_SHARE = 1 / 3  # of motif SNPs, those where the genome has the weak allele, so that alt makes the motif
STRONG_OCCUPANCY = 0.5  # occupancy of an instance that is worth breaking
CHANGE = 0.3  # of occupancy × loading, from which a variant counts as motif-changing
SLIGHT_CHANGE = 0.05  # below it, a variant counts as changing no motif at all
ALT_MAJOR_SHARE = 0.2
REACH = MOTIF_LENGTH - 1


@dataclass
class Snps:
    """SNPs of one chromosome, sorted by position; arrays of one length.

    start: 0-based. ref, alt: letter codes; ref is the genome's. frequency: of alt. in_site: whether it stands inside a planted site.
    change: (SNPs, TFs), the alternate allele's occupancy minus the reference's, summed over the motif starts that cover the SNP.
    """

    start: NDArray[np.int64]
    ref: NDArray[np.uint8]
    alt: NDArray[np.uint8]
    frequency: NDArray[np.float64]
    in_site: NDArray[np.bool_]
    change: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, len(TFS)), np.float32))

    @property
    def minor_frequency(self) -> NDArray[np.float64]:
        return np.minimum(self.frequency, 1 - self.frequency)

    def track_changes(self, tissue: str) -> NDArray[np.float32]:
        """(SNPs, tracks): |change × loading| of each track of a tissue."""
        return np.asarray(np.abs(self.change @ loadings(TISSUE_TRACKS[tissue]).T), np.float32)

    def effect(self, tissue: str) -> NDArray[np.float32]:
        """(SNPs,) mean over the tissue's tracks of |change × loading|: what mean |tCRA| should be in proportion to."""
        return np.asarray(self.track_changes(tissue).mean(1), np.float32)

    def largest(self, tissue: str) -> NDArray[np.float32]:
        """(SNPs,) the largest |change × loading| of any track of the tissue."""
        return np.asarray(self.track_changes(tissue).max(1, initial=0), np.float32)

    def functional(self, tissue: str) -> NDArray[np.bool_]:
        """Whether the alternate allele changes a motif of some track of the tissue (by at least 0.3)."""
        return np.asarray(self.largest(tissue) >= CHANGE)

    @property
    def control(self) -> NDArray[np.bool_]:
        """Whether it changes a motif that no track shows (NRF, RUN), and none that a track of any tissue does."""
        columns = [TFS.index(tf) for tf in CONTROL_TFS]
        shown = np.logical_or.reduce([self.functional(tissue) for tissue in DEMO_TISSUES])
        return np.asarray((np.abs(self.change[:, columns]).max(1, initial=0) >= CHANGE) & ~shown)


@dataclass(frozen=True)
class SnpNumbers:
    """How many SNPs a chromosome gets: in all; of these, in strong planted sites, and in planted sites of any strength."""

    count: int
    in_strong_sites: int
    in_any_site: int


def make_snps(rng: np.random.Generator, letters: NDArray[np.uint8], instances: Instances, numbers: SnpNumbers) -> Snps:
    """Draw SNPs in planted sites and elsewhere; a third of those in strong sites put the weak allele into `letters`."""
    spans = instances.start[:, None] + np.arange(MOTIF_LENGTH)
    planted = occupancy(letters[spans])[np.arange(len(spans)), 0, instances.tf]
    strong = np.flatnonzero(planted > STRONG_OCCUPANCY)
    chosen = rng.choice(strong, min(numbers.in_strong_sites, len(strong)), replace=False)
    rest = np.setdiff1d(np.arange(len(spans)), chosen)
    further = rng.choice(rest, min(numbers.in_any_site, len(rest)), replace=False)
    sites = np.concatenate([chosen, further])
    motif_starts = instances.start[sites] + rng.integers(0, MOTIF_LENGTH, len(sites))
    in_motif = np.zeros(len(letters), bool)
    in_motif[spans.ravel()] = True
    free = np.flatnonzero(~in_motif[1000:-1000]) + 1000
    other_starts = rng.choice(free, numbers.count - len(sites), replace=False)

    count = numbers.count
    start = np.concatenate([motif_starts, other_starts])
    ref = letters[start]
    alt = ((ref + rng.integers(1, 4, count)) % 4).astype(np.uint8)
    weak = (np.arange(count) < len(chosen)) & (rng.random(count) < WEAK_GENOME_SHARE)
    ref, alt = np.where(weak, alt, ref), np.where(weak, ref, alt)
    letters[start] = ref

    minor = 0.05 + 0.45 * rng.beta(1, 1.6, count)
    frequency = np.where(rng.random(count) < ALT_MAJOR_SHARE, 1 - minor, minor)
    order = np.argsort(start)
    snps = Snps(start[order], ref[order], alt[order], frequency[order], order < len(sites))
    snps.change = occupancy_change(letters, snps)
    return snps


def occupancy_change(letters: NDArray[np.uint8], snps: Snps) -> NDArray[np.float32]:
    """(SNPs, TFs) float32: occupancy with the alternate allele minus with the reference, summed over motif starts within ±9 bp."""
    windows = letters[snps.start[:, None] + np.arange(-REACH, REACH + 1)]
    changed = windows.copy()
    changed[:, REACH] = snps.alt
    return np.asarray((occupancy(changed) - occupancy(windows)).sum(1))
