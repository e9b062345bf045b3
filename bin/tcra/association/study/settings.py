"""How the associations of a study are put together."""

from dataclasses import dataclass

from tcra.errors import UserError


@dataclass(frozen=True)
class CombineOptions:
    """threshold: level of Bonferroni and of FDR at which hits are counted."""

    threshold: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise UserError(f"--threshold {self.threshold:g}: expected a number between 0 and 1")
