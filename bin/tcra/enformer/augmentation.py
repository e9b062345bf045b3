"""Which augmented copies of a window there are: moved by a few bp, turned to the other strand (Kelley et al. 2018, Basenji)."""

import re

from tcra.errors import UserError

Augmentation = tuple[int, bool]  # shift in bp (positive: the window moves downstream), reverse complement
PLAIN: Augmentation = (0, False)


def parse_augmentations(text: str) -> tuple[Augmentation, ...]:
    """The copies of each window, the plain one first.

    >>> parse_augmentations("rc,shift=3,shift=-3+rc")
    ((0, False), (0, True), (3, False), (-3, True))

    Errors: UserError naming the part that is not understood.
    """
    copies = [PLAIN]
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"(?:shift=(-?\d+))?(\+?rc)?", part)
        if match is None or part.startswith("+"):
            raise UserError(f"--augment {part!r}: expected rc, shift=N or shift=N+rc (N in bp, may be negative)")
        copy = (int(match[1] or 0), match[2] is not None)
        if copy not in copies:
            copies.append(copy)
    return tuple(copies)


def augmentation_text(copies: tuple[Augmentation, ...]) -> str:
    """What `parse_augmentations` reads.

    >>> augmentation_text(((0, False), (0, True), (-3, True)))
    'rc,shift=-3+rc'
    """
    parts = []
    for shift, reverse in copies:
        if (shift, reverse) != PLAIN:
            moved = f"shift={shift}" if shift else ""
            parts.append("+".join(filter(None, (moved, "rc" if reverse else ""))))
    return ",".join(parts)
