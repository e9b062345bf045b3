"""The loss of track prediction."""

import tensorflow as tf

from tcra.enformer.constants import LOSS_EPSILON


def poisson_loss(prediction: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Mean over everything of prediction − target·log(prediction + 1e-7) (Keras' Poisson loss), float32 scalar."""
    return tf.reduce_mean(prediction - target * tf.math.log(prediction + LOSS_EPSILON))
