"""Chromosome names: `chr1` and `1`, `chrX`, `X` and `23`, `chrM` and `MT` are the same chromosome."""

import re
from collections.abc import Iterable, Mapping

_NUMBERED = {"23": "X", "24": "Y", "25": "X", "26": "M", "MT": "M"}
_PLAIN = re.compile(r"^chr(?=[0-9XYMxym])", re.IGNORECASE)
_NUMBER = re.compile(r"^0*([1-9][0-9]?)(?:\.0+)?$")  # UK Biobank's 06, and 6.0 of a table with a gap
_REFSEQ = re.compile(r"^NC_0000(0[1-9]|1[0-9]|2[0-4])\.\d+$")  # of human chromosomes
_REFSEQ_MITOCHONDRION = "NC_012920.1"


def plain_name(chrom: str) -> str:
    """The name without `chr`: 1–22, X, Y, M; PLINK's 23–26 and MT, RefSeq's accessions of human chromosomes, `06` and `6.0` are
    translated; other names (contigs) stay as they are.

    >>> [plain_name(name) for name in ("chr6", "06", "6.0", "chrx", "23", "MT", "NC_000006.12", "chrUn_GL000220v1")]
    ['6', '6', '6', 'X', 'X', 'M', '6', 'chrUn_GL000220v1']
    """
    bare = _PLAIN.sub("", chrom.strip())
    if match := _NUMBER.match(bare) or _REFSEQ.match(bare):
        bare = str(int(match[1]))
    elif bare == _REFSEQ_MITOCHONDRION:
        bare = "M"
    bare = bare.upper() if bare.lower() in ("x", "y", "m", "mt") else bare
    return _NUMBERED.get(bare, bare)


def sort_key(chrom: str) -> tuple[int, str]:
    """Natural order: 1, 2, …, 22, X, Y, M, then contigs by name."""
    bare = plain_name(chrom)
    if bare.isdigit():
        return int(bare), ""
    return {"X": 1001, "Y": 1002, "M": 1003}.get(bare, 1004), bare


class ChromosomeNames:
    """Finds a chromosome under whatever name: the names of one file, looked up by any spelling.

    `names` maps a name to its length in bp, or lists names. Exact names win over translated ones.
    """

    def __init__(self, names: Mapping[str, int] | Iterable[str]) -> None:
        self.names = list(names)
        self._by_plain: dict[str, str] = {}
        for name in self.names:
            self._by_plain.setdefault(plain_name(name), name)
        self._exact = set(self.names)

    def find(self, chrom: str) -> str | None:
        """This file's name of `chrom`, or None."""
        return chrom if chrom in self._exact else self._by_plain.get(plain_name(chrom))


def naming_hint(wanted: Iterable[str], present: Iterable[str]) -> str:
    """Half a sentence for an error when names differ by `chr` alone, else a list of what is present."""
    have = list(present)
    translated = ChromosomeNames(have)
    for chrom in wanted:
        other = translated.find(chrom)
        if other and other != chrom:
            return f"it has {other} where {chrom} was expected: one side uses 'chr' and the other does not"
    shown = ", ".join(have[:5]) + (", …" if len(have) > 5 else "")
    return f"its chromosomes are {shown}" if have else "it has no chromosomes"
