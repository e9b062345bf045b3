"""What TensorFlow runs on: found, logged in one line, and set to be repeatable."""

import logging
import os

import tensorflow as tf

log = logging.getLogger(__name__)


def visible_gpus() -> list[str]:
    """Numbers of the visible GPUs, as CUDA_VISIBLE_DEVICES takes them; TensorFlow has not started on them yet."""
    found = tf.config.list_physical_devices("GPU")
    chosen = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return chosen[: len(found)] or [str(i) for i in range(len(found))]


def prepare_devices() -> list[str]:
    """Use every visible GPU with memory that grows on demand, or the CPU. Returns the GPUs' names.

    Logs which devices are used, or why no GPU is. TF32 stays off: float32 means float32.
    """
    tf.config.experimental.enable_tensor_float_32_execution(False)
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    names = [str(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)) for gpu in gpus]
    if names:
        log.info("running on %d GPU%s: %s", len(names), "s" * (len(names) > 1), ", ".join(names))
    elif not tf.test.is_built_with_cuda():
        log.info("running on the CPU: this TensorFlow (%s) is built without GPU support", tf.__version__)
    else:
        log.info(
            "running on the CPU: TensorFlow sees no GPU; check nvidia-smi, CUDA_VISIBLE_DEVICES and the container's GPU option"
        )
    return names


def make_repeatable() -> None:
    """The same inputs give the same bytes, on a GPU too, where sums otherwise run in any order."""
    tf.config.experimental.enable_op_determinism()


def gpu_memory() -> int:
    """Bytes of memory of the first visible GPU, as TensorFlow's allocator sees it."""
    (device, *_) = tf.config.list_logical_devices("GPU")
    from tensorflow.python.client import device_lib

    return next(int(d.memory_limit) for d in device_lib.list_local_devices() if d.name == device.name)
