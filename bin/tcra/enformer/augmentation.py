"""Augmented copies of a window: moved by a few bp, turned to the other strand (Kelley et al. 2018, Basenji)."""

import re

import tensorflow as tf

Augmentation = tuple[int, bool]  # shift in bp (positive: the window moves downstream), reverse complement
PLAIN: Augmentation = (0, False)


def parse_augmentations(text: str) -> tuple[Augmentation, ...]:
    """`rc,shift=3,shift=-3+rc` → the copies of each window, the plain one first.

    Errors: ValueError naming the part that is not understood.
    """
    copies = [PLAIN]
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"(?:shift=(-?\d+))?(\+?rc)?", part)
        if match is None or part.startswith("+"):
            raise ValueError(f"{part!r}: expected rc, shift=N or shift=N+rc (N in bp, may be negative)")
        copy = (int(match[1] or 0), match[2] is not None)
        if copy not in copies:
            copies.append(copy)
    return tuple(copies)


def augment(sequences: tf.Tensor, augmentation: Augmentation) -> tf.Tensor:
    """One-hot (batch, length, 4) moved by `shift` bp (N enters at the end) and, if asked, turned to the other strand."""
    shift, reverse = augmentation
    length = sequences.shape[1]
    if shift:
        padded = tf.pad(sequences, ((0, 0), (max(-shift, 0), max(shift, 0)), (0, 0)))
        sequences = padded[:, max(shift, 0) : max(shift, 0) + length]
    return sequences[:, ::-1, ::-1] if reverse else sequences


def undo_turn(bins: tf.Tensor, augmentation: Augmentation) -> tf.Tensor:
    """(batch, bins, …) of an augmented window with its bins in the forward strand's order, as the targets are."""
    return bins[:, ::-1] if augmentation[1] else bins
