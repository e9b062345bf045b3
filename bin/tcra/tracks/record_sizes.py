"""Whether the records of a shard have the sizes that statistics.json says, without TensorFlow."""

from pathlib import Path

from tcra.errors import UserError
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.record_shards import read_features, read_shard


def stored_as_index(path: Path, statistics: Statistics, umap: bool = False) -> bool:
    """Check the sizes of a shard's first record; True if its sequence is stored as indices, False if one-hot.

    Errors: UserError if the shard is empty or damaged, or its record has other sizes than `statistics` say.
    """
    try:
        features = next((read_features(record) for record in read_shard(path)), None)
    except (ValueError, IndexError, KeyError) as error:
        raise UserError(f"{path}: its first record is damaged ({error}); write it again") from None
    if features is None:
        raise UserError(f"{path} has no records; write it again")
    for name in ["sequence", "target"] + ["umap"] * umap:
        if name not in features:
            raise UserError(f"{path}: its records have no {name!r}, only {', '.join(sorted(features))}")
    length = len(features["sequence"])
    if length not in (statistics.seq_length, 4 * statistics.seq_length):
        raise UserError(
            f"{path}: the first sequence has {length} bytes, expected {4 * statistics.seq_length} (one-hot) or "
            f"{statistics.seq_length} (indices) from seq_length in statistics.json"
        )
    target, expected = len(features["target"]), 2 * statistics.target_length * statistics.num_targets
    if target != expected:
        raise UserError(
            f"{path}: the first target has {target} bytes, expected {expected} (float16, {statistics.target_length} bins × "
            f"{statistics.num_targets} tracks) from statistics.json"
        )
    return length == statistics.seq_length
