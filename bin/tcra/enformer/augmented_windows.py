"""Making the augmented copies of one-hot windows, and bringing their bins back into the order of the targets."""

import tensorflow as tf

from tcra.enformer.augmentation import Augmentation


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
