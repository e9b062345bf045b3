"""The definition of a score: two full passes over the ref and the alt sequence that kipoiseq extracts."""

import numpy as np
from kipoiseq import Interval
from kipoiseq.dataclasses import Variant
from kipoiseq.extractors import BaseExtractor, VariantSeqExtractor
from numpy.typing import NDArray

from tcra.common.genome.fasta import Genome
from tcra.common.genome.one_hot import codes, reverse_complement
from tcra.variants.scoring.network import ScoringNetwork, Tick, no_tick
from tcra.variants.scoring.variant_windows import VariantWindows


class GenomeExtractor(BaseExtractor):
    """kipoiseq's interface to our genome: N off the chromosome's ends, any chromosome naming."""

    def __init__(self, genome: Genome) -> None:
        super().__init__()
        self._genome = genome

    def extract(self, interval: Interval, *_: object, **__: object) -> str:
        return self._genome.sequence(interval.chrom, interval.start, interval.end)


class NaiveScorer:
    """Two full passes per variant. Same use as FastScorer; slow, and what FastScorer is compared with."""

    def __init__(self, network: ScoringNetwork, genome: Genome, windows: VariantWindows, batch: int) -> None:
        self._network, self._windows, self._batch = network, windows, batch
        self._extractor = VariantSeqExtractor(reference_sequence=GenomeExtractor(genome))

    def score(self, first: int, end: int, tick: Tick = no_tick) -> NDArray[np.float32]:
        """Scores of windows [first, end): (variants, tracks of all models) float32."""
        parts = [np.empty((0, sum(self._network.tracks)), np.float32)]
        for start in range(first, end, self._batch):
            number = min(self._batch, end - start)
            pairs = [self.sequences(i) for i in range(start, start + number)]
            pairs += pairs[-1:] * (self._batch - number)
            ref, alt = (np.stack([codes(pair[side]) for pair in pairs]) for side in (0, 1))
            parts.append(self._network.naive_difference(ref, alt, self._windows.reverse)[:number])
            tick(number)
        return np.concatenate(parts)

    def sequences(self, i: int) -> tuple[str, str]:
        """The ref and alt sequence of window i, in its reading direction."""
        variants, row = self._windows.variants, self._windows.order(i)
        start = int(variants.starts[row])
        interval = Interval(variants.chrom, start, start).resize(self._windows.length)
        variant = Variant(variants.chrom, start + 1, variants.refs[row], variants.alts[row])
        pair = [self._extractor.extract(interval, found, anchor=start) for found in ([], [variant])]
        return tuple(map(reverse_complement, pair)) if self._windows.reverse else tuple(pair)  # type: ignore[return-value]
