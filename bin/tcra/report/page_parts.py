"""What a section of the page is made of, and how numbers are written in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tcra.figures.labels import size_label

# Of a series of points, in order.
PLOTLY_SYMBOLS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")


@dataclass(frozen=True)
class PageFigure:
    """One interactive figure: traces and layout in plotly's JSON; `svg` is the name of the same figure in the folder `figures`."""

    key: str
    title: str
    alt: str
    caption: str
    traces: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    svg: str = ""


@dataclass(frozen=True)
class PageTable:
    """A small table of text; `numeric` are the indices of the columns set flush right. Folded away if `folded`."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    folded: bool = False


@dataclass
class Section:
    """One part of the page. `headline` are sentences for the summary, `cards` its large numbers, `checks` points to look at."""

    key: str
    title: str
    short: str = ""  # its name among the links at the top
    intro: str = ""
    headline: list[str] = field(default_factory=list)
    cards: list[tuple[str, str]] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    figures: list[PageFigure] = field(default_factory=list)
    tables: list[PageTable] = field(default_factory=list)


def count(number: float) -> str:
    """A count with thousands separated by commas."""
    return f"{round(number):,}"


def plural(number: int, noun: str, nouns: str = "") -> str:
    """`1 gene`, `2 genes`, `3 heritable genes`."""
    return f"{count(number)} {noun if number == 1 else nouns or noun + 's'}"


def number(value: float, digits: int = 3) -> str:
    """Three significant digits; plain for whole numbers; `–` for a missing value."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"


def percent(share: float) -> str:
    """A share in percent, with one decimal below 10 %."""
    if not math.isfinite(share):
        return "–"
    return f"{share * 100:.1f} %" if 0 < share < 0.0995 or 0.9005 < share < 1 else f"{share * 100:.0f} %"


def p_text(minus_log10_p: float) -> str:
    """A p-value from −log10 p, so that values below 1e-308 are still written: `3.2e-8`."""
    if not math.isfinite(minus_log10_p):
        return "–"
    if minus_log10_p < 3:
        return f"{10**-minus_log10_p:.3g}"
    exponent = math.ceil(minus_log10_p)
    mantissa = 10 ** (exponent - minus_log10_p)
    if mantissa >= 9.95:
        exponent, mantissa = exponent - 1, 1.0
    return f"{mantissa:.1f}e-{exponent}"


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def set_order(name: object) -> tuple[int, float, str]:
    """Sort key of SNP-set names: by size where the name is a number (`400`, `200000`), others after them by name."""
    text = str(name)
    try:
        return 0, float(text.replace(",", "")), text
    except ValueError:
        return 1, 0.0, text


def set_label(name: object) -> str:
    """A SNP set's size as a reader says it: `200 K`, `1.5 M`; names that are no number stay."""
    kind, size, text = set_order(name)
    return text if kind else size_label(size)


def plotly_text(text: object) -> str:
    """Text for a plotly figure, which reads a subset of HTML: names from data must not be taken for tags."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
