"""Inputs and options of the annotation stage."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tcra.common.choices import check_choice
from tcra.errors import UserError

Rule = Literal["mean", "fraction", "quantitative"]
AnnotationTextLayout = Literal["polyfun", "ldsc"]


@dataclass(frozen=True)
class AnnotateInputs:
    """Files of a run. scores, second_scores: score files or folders of them. baseline: a folder of annotation files, one per chromosome.

    sites: `.bim` files or VCFs of the LD reference, or folders of them. rsids: a table of rs numbers that counts before the scores'.
    frequencies: for `.l2.M_5_50`.
    """

    scores: tuple[Path, ...]
    second_scores: tuple[Path, ...] = ()
    baseline: Path | None = None
    sites: tuple[Path, ...] = ()
    rsids: Path | None = None
    frequencies: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All files and folders."""
        single = [self.baseline, *self.sites, self.rsids, self.frequencies]
        return [*self.scores, *self.second_scores, *(path for path in single if path)]


@dataclass(frozen=True)
class AnnotateOptions:
    """Settings of a run. name, second_name, baseline_name: in folder and column names. rule: from score to annotation; fraction: its top
    share, for the rule `fraction`. text_layout: leading columns of `.annot.gz`.
    """

    name: str = "tCRA"
    second_name: str = "Enformer"
    baseline_name: str = "UKB"
    rule: Rule = "mean"
    fraction: float = 0.05
    text_layout: AnnotationTextLayout = "polyfun"

    def __post_init__(self) -> None:
        check_choice("--rule", self.rule, get_args(Rule))
        check_choice("--text-layout", self.text_layout, get_args(AnnotationTextLayout))
        if not 0 <= self.fraction <= 1:
            raise UserError(f"--fraction {self.fraction:g}: expected a number between 0 and 1")
