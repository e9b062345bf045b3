"""The frozen trunk, once per window: windows to cached embeddings, shard by shard. Resumable at the window, repeatable."""

import logging
import math
import os
import shutil
import subprocess
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import tensorflow as tf

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.provenance import provenance
from tcra.enformer.augmentation import PLAIN, Augmentation, augmentation_text
from tcra.enformer.augmented_windows import augment, undo_turn
from tcra.enformer.checkpoint import load_model
from tcra.enformer.devices import gpu_memory, make_repeatable, prepare_devices, visible_gpus
from tcra.enformer.embedding_writer import ShardWriter
from tcra.enformer.embeddings import (
    EmbeddingRecord,
    WindowsChecksum,
    embedding_paths,
    open_embeddings,
    read_embedding_record,
    trunk_key,
)
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.settings import EmbedOptions
from tcra.enformer.shard_windows import check_before_loading, check_data_set_sizes
from tcra.enformer.sizes import Sizes
from tcra.enformer.window_sources import WindowSource
from tcra.errors import ChildFailed, UserError

CPU_BUDGET = (
    2 << 30
)  # bytes of activations per batch on a CPU; fixed, so that no result depends on the machine's memory
GPU_SHARE = 0.5
log = logging.getLogger(__name__)


def trunk_batch_size(sizes: Sizes, gpu_memory: int | None = None) -> int:
    """Windows per batch by memory: the widest layers are the stem's (about four arrays of length × stem channels are alive)."""
    window = 4 * 4 * sizes.input_length * sizes.stem + 4 * 6 * sizes.heads * min(sizes.tokens, 256) * sizes.tokens
    budget = CPU_BUDGET if gpu_memory is None else int(GPU_SHARE * gpu_memory)
    return int(np.clip(budget // window, 1, 64))


def embed_shards(
    model: Enformer,
    source: WindowSource,
    shards: Sequence[str],
    out: Path,
    augmentations: tuple[Augmentation, ...] = (PLAIN,),
    batch: int | None = None,
) -> int:
    """Write OUT/SHARD.npy and OUT/SHARD.json for each shard that is not there yet; returns the number of windows in all.

    augmentations: copies of each window; embeddings of a reversed copy are turned back, so that bins match the targets as they are.
    batch: windows per pass; the last pass is padded, so that a window's result does not depend on the number of its neighbours.
    Errors: UserError for windows of other sizes, too little disk, or embeddings in `out` that are of other windows or another trunk.
    """
    check_data_set_sizes(source.statistics, model.sizes, source.place)
    out.mkdir(parents=True, exist_ok=True)
    trunk, sizes = trunk_key(model), model.sizes
    records = {}
    for shard in shards:
        shape = (source.count(shard), len(augmentations), sizes.target_bins, sizes.channels)
        records[shard] = EmbeddingRecord(trunk, "", shape, augmentations, model.computing.name)
    missing = [shard for shard in shards if not _is_there(source, out, shard, records[shard])]
    check_disk(out, sum(math.prod(records[shard].shape) * 2 for shard in missing))
    batch = batch or trunk_batch_size(sizes)

    @tf.function(input_signature=[tf.TensorSpec((batch, sizes.input_length, 4), tf.float32)])
    def trunk_pass(sequences: tf.Tensor) -> tf.Tensor:
        copies = [undo_turn(model.trunk(augment(sequences, copy)), copy) for copy in augmentations]
        return tf.cast(tf.stack(copies, axis=1), tf.float16)

    passes = sum(-(-records[shard].shape[0] // batch) for shard in missing)
    windows = ((shard, sequences) for shard in missing for sequences in source.read(shard, batch))
    for shard, group in groupby(progress(windows, f"trunk passes of {batch} windows", passes), key=itemgetter(0)):
        with ShardWriter(out, shard, records[shard]) as writer:
            for _, sequences in group:
                writer.add(sequences, trunk_pass)
    return sum(record.shape[0] for record in records.values())


def _is_there(source: WindowSource, out: Path, shard: str, expected: EmbeddingRecord) -> bool:
    """Whether a shard's embeddings are there already.

    Errors: UserError if they were made of something else, or are damaged (nothing is overwritten).
    """
    found = read_embedding_record(out, shard)
    if found is None:
        return False
    windows = WindowsChecksum()
    for sequences in source.read(shard, 8):
        windows.add(sequences)
    if found != expected.of_windows(windows.text):
        path, _ = embedding_paths(out, shard)
        raise UserError(f"{path} was made with another checkpoint, other windows or options; give a new --out")
    open_embeddings(out, shard, expected.trunk)
    return True


def check_disk(out: Path, need: int) -> None:
    """Say how many bytes of disk are needed; UserError if the file system of `out` has less."""
    free = shutil.disk_usage(out).free
    log.info("embeddings to make: %.2f GB; free: %.1f GB", need / 1e9, free / 1e9)
    if need > free:
        raise UserError(
            f"{out}: the embeddings need {need / 1e9:.1f} GB, but {free / 1e9:.1f} GB are free; free some or give another disk"
        )


def gpu_commands(command: Sequence[str], shards: Sequence[str], gpus: Sequence[str]) -> list[tuple[str, list[str]]]:
    """One process per GPU, each with its share of the shards: (CUDA_VISIBLE_DEVICES, command line)."""
    shares = [(gpu, list(shards[i :: len(gpus)])) for i, gpu in enumerate(gpus)]
    return [(gpu, [*command, "--shards", ",".join(share)]) for gpu, share in shares if share]


def run_on_gpus(commands: Sequence[tuple[str, list[str]]]) -> None:
    """Run the commands, each with its GPU alone visible, and wait for all.

    Errors: UserError if one of them fails for the user's mistake; its own message stands above on stderr. A process that the system
    ended (no memory, a time limit) ends this one with the same status, so that a scheduler tries again.
    """
    running = [subprocess.Popen(line, env={**os.environ, "CUDA_VISIBLE_DEVICES": gpu}) for gpu, line in commands]
    try:
        statuses = [process.wait() for process in running]
    finally:
        for process in running:
            process.terminate()  # nothing happens to one that has ended
        for process in running:
            process.wait()  # none writes any more when the same command is run again
    failed = [128 - status if status < 0 else status for status in statuses if status]
    if not failed:
        return
    message = (
        f"embedding failed on {len(failed)} of {len(running)} GPUs (see above); run the same command again to go on"
    )
    if set(failed) == {2}:
        raise UserError(message)
    raise ChildFailed(message, max(failed))


def embed_sequences(
    checkpoint: Path, source: WindowSource, options: EmbedOptions, out: Path, command: Sequence[str]
) -> None:
    """The EMBED stage: embeddings of the named shards (all by default) in the folder `out`.

    checkpoint: prefix or model folder. command: the command line that this process was started with, run again once per GPU where there
    are several, with `--shards` of a share of the work after it (the last --shards counts).
    """
    statistics = source.statistics
    shards = source.shards(options.shards)
    check_before_loading(statistics, checkpoint, source.place)
    gpus = visible_gpus()
    if len(gpus) > 1 and len(shards) > 1:
        run_on_gpus(gpu_commands(command, shards, gpus))
    prepare_devices()
    make_repeatable()
    model = load_model(
        checkpoint, statistics.seq_length, statistics.target_length, options.gamma_maximum,
        tf.bfloat16 if options.precision == "bfloat16" else tf.float32,
    )  # fmt: skip
    batch = options.batch_size or trunk_batch_size(model.sizes, gpu_memory() if gpus else None)
    accounting = Accounting("EMBED")
    windows = accounting.count("windows")
    windows.received(embed_shards(model, source, shards, out, options.augmentations, batch))
    windows.passed(windows.number_in)
    parameters = {
        "augment": augmentation_text(options.augmentations),
        "precision": options.precision,
        "trunk": trunk_key(model),
        "shards": shards,
    }
    accounting.write(out, provenance(parameters, source.inputs))
