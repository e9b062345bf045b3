"""TensorFlow without the lines that its libraries print on stderr while they are loaded."""

import faulthandler
import os
import sys
import tempfile


def load_tensorflow() -> None:
    """Import TensorFlow with stderr held back; what was held back is shown if the import fails.

    From then on its errors come as exceptions alone; TF_CPP_MIN_LOG_LEVEL=0 in the environment brings its log back.
    A crash while loading (a CPU without the instructions it needs) is still reported, by Python's fault handler.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with tempfile.TemporaryFile() as held:
            os.dup2(held.fileno(), 2)
            watched = faulthandler.is_enabled()
            if not watched:
                faulthandler.enable(stderr)
            try:
                import tensorflow  # noqa: F401
            except BaseException:
                held.seek(0)
                os.write(stderr, held.read())
                raise
            finally:
                if not watched:
                    faulthandler.disable()
                os.dup2(stderr, 2)
    finally:
        os.close(stderr)
