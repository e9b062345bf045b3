"""Memory that numpy frees is kept for its next array."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_KEPT = 1 << 28


def keep_freed_memory() -> None:
    """Make glibc serve arrays below 256 MB from the heap and keep that memory; elsewhere, nothing.

    By default each array of some 100 kB or more comes from the kernel anew, page by page, which costs loops over many such arrays a
    third of their time.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # not glibc
        return
    mallopt(_TRIM_THRESHOLD, _KEPT)
    mallopt(_MMAP_THRESHOLD, _KEPT)
