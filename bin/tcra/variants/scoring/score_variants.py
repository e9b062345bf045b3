"""Scores a variant file: reads and checks, scores part by part, writes the table; every variant is scored or rejected with its reason."""

import glob
import logging
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import repeat
from pathlib import Path

import numpy as np
import tensorflow as tf

from tcra.cli import progress
from tcra.common.accounting import Accounting, Count
from tcra.common.genome.fasta import Genome
from tcra.common.provenance import provenance
from tcra.enformer.checkpoint import checkpoint_index, checkpoint_prefix, load_model, track_names
from tcra.enformer.devices import prepare_devices
from tcra.enformer.enformer_model import Enformer
from tcra.errors import UserError
from tcra.variants.reading.checked_variants import CheckedVariants
from tcra.variants.scoring.dry_run import plan_text
from tcra.variants.scoring.fast import FastScorer, windows_per_batch
from tcra.variants.scoring.network import ScoringNetwork, Tick, TrackScores, check_shared_trunk
from tcra.variants.scoring.reference_codes import StrandedReference, count_unknown
from tcra.variants.scoring.score_parts import PartStore
from tcra.variants.scoring.settings import Method, ScoreInputs, ScoreOptions
from tcra.variants.scoring.variant_windows import VariantWindows
from tcra.variants.tables.chromosome_variants import ChromosomeVariants
from tcra.variants.tables.columns import check_track_names
from tcra.variants.tables.score_writer import score_writer

HALF_UNKNOWN = "window is more than half N"
SKIPPED_START = "position is in the skipped start of the chromosome"
SMALLEST_PART = 128  # variants between two saves: at the published size well under an hour's work
BATCHES_PER_PART = 16
log = logging.getLogger(__name__)


def score_variants(inputs: ScoreInputs, options: ScoreOptions, out: Sequence[Path]) -> None:
    """Score the variants with every model and write one table per model to `out` (in the models' order).

    Errors: UserError for every input that cannot be used.
    """
    check_score_outputs(out, len(inputs.models))
    prepare_devices()
    # TF32 rounds the factors of a GPU's matrix products to 10 bits.
    tf.config.experimental.enable_tensor_float_32_execution(options.precision == "tf32")
    models, tracks = load_models(inputs.models, options)
    network = ScoringNetwork(models, options.central_bins)
    accounting = Accounting("SCORE")
    count = accounting.count("variants")
    records = [provenance(parameters(options, network), source_files(inputs, model)) for model in inputs.models]
    with (
        Genome(inputs.fasta) as genome,
        Genome(inputs.other_fasta) if inputs.other_fasta else nullcontext() as other,
        CheckedVariants([inputs.variants], genome, count, network.sizes.input_length // 4, other) as checked,
    ):
        if options.dry_run:
            chosen = (
                scorable(found, genome, network.sizes.input_length, options.skip_start_bp, count) for found in checked
            )
            lines = plan_text(network, chosen, options.method, 2 if options.reverse_complement else 1)
            rejected = ", ".join(f"{number} {reason}" for reason, number in sorted(count.rejected.items()))
            print(f"variants in: {count.number_in}; rejected: {rejected or 'none'}", *lines, sep="\n")
            return
        store = PartStore(out[0].with_name(f".{out[0].name}.parts"), {"runs": records})
        run = ScoringRun(network, genome, options.method, store, options.reverse_complement)
        chromosomes = [chromosome.chrom for chromosome in checked]
        tick = ticker(len(checked) * (2 if options.reverse_complement else 1))
        for chrom in chromosomes:
            run.score(
                scorable(checked.load(chrom), genome, network.sizes.input_length, options.skip_start_bp, count), tick
            )
        silent = Accounting("SCORE").count("variants")
        ends = np.cumsum([0, *network.tracks])
        for k, (path, names, record) in enumerate(zip(out, tracks, records, strict=True)):
            with score_writer(path, names, record, checked.named) as writer:
                for chrom in chromosomes:
                    kept = scorable(
                        checked.load(chrom), genome, network.sizes.input_length, options.skip_start_bp, silent
                    )
                    for first, scores in run.read(kept):
                        values = scores[:, ends[k] : ends[k + 1]]
                        part = kept.part(first, first + len(values))
                        writer.add(part, np.abs(values) if options.absolute else values)
        count.passed(len(checked) - count.rejected[HALF_UNKNOWN] - count.rejected[SKIPPED_START])
    for path, record in zip(out, records, strict=True):
        accounting.write(path, record)
    store.remove()
    log.info("%d variants in, %d scored", count.number_in, count.number_out)


def check_score_outputs(out: Sequence[Path], models: int) -> None:
    """UserError unless there is a file of its own for each model."""
    if len(out) != models:
        raise UserError(f"{models} models, but {len(out)} output files; give one --out file for each --model")
    for k, path in enumerate(out):
        if path.resolve() in [other.resolve() for other in out[:k]]:
            raise UserError(f"{path} is given twice as --out; give each model a file of its own")


class ScoringRun:
    """Scores of one network along chromosomes, kept part by part in a store."""

    def __init__(
        self, network: ScoringNetwork, genome: Genome, method: Method, store: PartStore, both_strands: bool
    ) -> None:
        self._network, self._genome, self._method, self._store = network, genome, method, store
        self._strands = (False, True) if both_strands else (False,)
        self._batch = windows_per_batch(network)
        self._part = max(SMALLEST_PART, BATCHES_PER_PART * self._batch)

    def score(self, variants: ChromosomeVariants, tick: Tick) -> None:
        """Compute the parts of one chromosome that are not in the store yet."""
        for reverse in self._strands:
            scorer = None
            for name, first, end in self._parts(variants, reverse):
                if self._store.has(name):
                    tick(end - first)
                    continue
                scorer = scorer or self._scorer(variants, reverse)
                self._store.save(name, scorer.score(first, end, tick))

    def read(self, variants: ChromosomeVariants) -> Iterator[tuple[int, TrackScores]]:
        """(number of the first variant, scores) of the chromosome, part by part; the mean of both strands if both were scored."""
        for name, first, end in self._parts(variants, reverse=False):
            scores = self._store.load(name)
            if len(self._strands) == 2:
                scores = (scores + self._backward(variants, first, end)) / np.float32(2)
            yield first, scores

    def _backward(self, variants: ChromosomeVariants, first: int, end: int) -> TrackScores:
        """The other strand's scores of variants [first, end); its parts count from the last variant."""
        low, high = len(variants) - end, len(variants) - first
        found = [
            self._store.load(name)[max(low - start, 0) : high - start]
            for name, start, stop in self._parts(variants, reverse=True)
            if start < high and stop > low
        ]
        return np.concatenate(found)[::-1]

    def _parts(self, variants: ChromosomeVariants, reverse: bool) -> Iterator[tuple[str, int, int]]:
        """Name and window numbers [first, end) of each part of a chromosome on one strand.

        The name has the numbers: parts are of another size where a GPU takes larger batches than the CPU of a killed run.
        """
        strand = "reverse" if reverse else "forward"
        chrom = self._genome.names.names.index(variants.chrom)
        for first in range(0, len(variants), self._part):
            end = min(first + self._part, len(variants))
            yield f"{chrom}-{strand}-{first}-{end}", first, end

    def _scorer(self, variants: ChromosomeVariants, reverse: bool) -> "FastScorer | NaiveScorer":  # type: ignore[name-defined]  # noqa: F821
        windows = VariantWindows(variants, self._network.sizes.input_length, reverse)
        if self._method == "naive":
            from tcra.variants.scoring.naive import NaiveScorer

            return NaiveScorer(self._network, self._genome, windows, self._batch)
        return FastScorer(self._network, StrandedReference(self._genome, variants.chrom, reverse), windows, self._batch)


def scorable(
    variants: ChromosomeVariants, genome: Genome, length: int, skip_start_bp: int, count: Count
) -> ChromosomeVariants:
    """The variants of a chromosome whose window holds enough known letters and that are not in the skipped start; others are rejected."""
    unknown = count_unknown(genome, variants.chrom, variants.starts - length // 2, length)
    identifiers = variants.identifiers()
    skipped = variants.starts < skip_start_bp
    kept = (2 * unknown <= length) & ~skipped
    for i in np.flatnonzero(~kept):
        if skipped[i]:
            count.reject(SKIPPED_START, identifiers[i], detail=f"the first {skip_start_bp} bp are skipped")
        else:
            count.reject(HALF_UNKNOWN, identifiers[i], detail=f"{unknown[i]} of {length} bp")
    return variants.kept(kept)


def load_models(paths: Sequence[Path], options: ScoreOptions) -> tuple[list[Enformer], list[list[str]]]:
    """The models and their track names; several models must share their trunk."""
    computing = tf.bfloat16 if options.precision == "bfloat16" else tf.float32
    models, tracks = [], []
    for path in paths:
        models.append(load_model(path, options.input_length, options.target_bins, computing=computing))
        tracks.append(track_names(path, models[-1]))
        check_track_names(tracks[-1], path)
    check_shared_trunk(models, paths)
    return models, tracks


def parameters(options: ScoreOptions, network: ScoringNetwork) -> dict[str, object]:
    """What the scores depend on besides the inputs."""
    names = ("method", "central_bins", "reverse_complement", "absolute", "skip_start_bp", "precision")
    sizes = {"input_length": network.sizes.input_length, "target_bins": network.sizes.target_bins}
    return sizes | {name: getattr(options, name) for name in names}


def source_files(inputs: ScoreInputs, model: Path) -> list[Path]:
    """The files that a table depends on: variants, genome, the model's checkpoint."""
    prefix = checkpoint_prefix(model)
    shards = sorted(prefix.parent.glob(f"{glob.escape(prefix.name)}.data-*"))
    return [inputs.variants, inputs.fasta, checkpoint_index(model), *shards]


def ticker(total: int) -> Tick:
    """A function that shows progress by the number of variants done."""
    steps = iter(progress(repeat(None, total), "variants", total))

    def tick(number: int) -> None:
        for _ in range(number):
            next(steps, None)

    return tick
