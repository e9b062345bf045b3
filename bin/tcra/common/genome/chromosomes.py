"""Chromosome names: `chr1`, `1`, `01` and NC_000001.11, `chrX`, `X` and `23`, `chrM` and `MT` are the same chromosome."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tcra.errors import UserError

_NUMBERED = {"23": "X", "24": "Y", "25": "X", "26": "M", "MT": "M"}
_PLAIN = re.compile(r"^chr(om(osome)?)?[ _]?(?=[0-9XYM]|PAR)", re.IGNORECASE)
# 0X and 0Y (qctool), PLINK's XY for the pseudo-autosomal regions, and the parts of X of imputation servers: X_PAR1, X.nonPAR.
_LETTER = re.compile(r"0?(?P<letter>X|Y|MT?)|XY|(X?[_.]?(PAR[12]?|nonPAR))", re.IGNORECASE)
_WRITTEN_NUMBER = re.compile(r"0*([1-9][0-9]?)(\.0)?")  # 01 (Oxford programs) and 1.0 (pandas)
# RefSeq's accessions of the human chromosomes, whatever their version (that is, in any build).
_ACCESSION = re.compile(r"NC_0000(0[1-9]|1[0-9]|2[0-4])\.[0-9]+")
# What may stand in the name of an output: no folder, no pattern, no word of a shell.
_IN_FILE_NAMES = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_MITOCHONDRION = re.compile(r"NC_(012920|001807)\.[0-9]+")


def plain_name(chrom: str) -> str:
    """The name without `chr`: 1–22, X, Y, M; PLINK's 23–26, MT and RefSeq's accessions are translated; other names (contigs) stay.

    >>> [plain_name(name) for name in ("chr1", "1", "chrx", "23", "MT", "chrUn_KI270302v1")]
    ['1', '1', 'X', 'X', 'M', 'chrUn_KI270302v1']
    >>> [plain_name(name) for name in ("01", "chr09", "10.0", "NC_000023.11", "XY")]
    ['1', '9', '10', 'X', 'X']
    >>> [plain_name(name) for name in ("chr_1", "chromosome 2", "0X", "X_nonPAR", "chrX_PAR1", "PAR2", "chrM", "MT")]
    ['1', '2', 'X', 'X', 'X', 'X', 'M', 'M']
    """
    bare = _PLAIN.sub("", chrom.strip())
    if letter := _LETTER.fullmatch(bare):
        bare = (letter["letter"] or "X").upper()
    elif number := _WRITTEN_NUMBER.fullmatch(bare) or _ACCESSION.fullmatch(bare):
        bare = number[1].lstrip("0")
    elif _MITOCHONDRION.fullmatch(bare):
        bare = "M"
    return _NUMBERED.get(bare, bare)


def mixed_names(names: Iterable[str]) -> str:
    """What is wrong with a file that names a chromosome by its number and its letter too (23 and X, which are two chromosomes of other
    species); empty if nothing is. 25 and XY are regions of X beside either.

    >>> mixed_names(["chr1", "1", "chr23", "X"])
    'chromosomes chr23 and X both mean X'
    >>> mixed_names(["01", "1", "X", "XY", "25", "chrX", "MT"])
    ''
    """
    sexual: dict[str, dict[bool, str]] = {}
    for name in names:
        if (plain := plain_name(name)) in ("X", "Y", "M") and "PAR" not in name.upper():
            number = _PLAIN.sub("", name.strip()).removesuffix(".0")
            if number.upper() not in ("25", "XY"):
                sexual.setdefault(plain, {}).setdefault(number.isdigit(), name.strip())
    for plain, spelled in sexual.items():
        if len(spelled) > 1:
            return f"chromosomes {spelled[True]} and {spelled[False]} both mean {plain}"
    return ""


def name_for_files(chrom: str, path: Path) -> str:
    """`plain_name(chrom)`, where outputs are named after the chromosome. Errors: UserError, naming the file `path` it was read from.

    >>> name_for_files("chr1", Path("variants.vcf"))
    '1'
    """
    plain = plain_name(chrom)
    if not _IN_FILE_NAMES.fullmatch(plain):
        raise UserError(
            f"{path}: {chrom!r} names no chromosome that an output can be named after; expected letters, digits and _ . + -; "
            "rename it, or leave its rows out"
        )
    return plain


def sort_key(chrom: str) -> tuple[int, str]:
    """Natural order: 1, 2, …, 22, X, Y, M, then contigs by name.

    >>> sorted(["chrM", "chr10", "chrUn_1", "2", "X"], key=sort_key)
    ['2', 'chr10', 'X', 'chrM', 'chrUn_1']
    """
    bare = plain_name(chrom)
    if bare.isdigit():
        return int(bare), ""
    return {"X": 1001, "Y": 1002, "M": 1003}.get(bare, 1004), bare


class ChromosomeNames:
    """The chromosome names of one file, found by any spelling.

    `names` maps a name to its length in bp, or lists names. Exact names win over translated ones.

    >>> names = ChromosomeNames(["chr1", "chrX"])
    >>> names.find("1"), names.find("23"), names.find("2")
    ('chr1', 'chrX', None)
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

    def of_one_name(self, chrom: str) -> list[str]:
        """This file's names that mean the same chromosome as `chrom`; more than one where their sequences are mixed up by name.

        >>> ChromosomeNames(["chr1", "chr23", "chrX"]).of_one_name("X")
        ['chr23', 'chrX']
        """
        return [name for name in self.names if plain_name(name) == plain_name(chrom)]


def naming_hint(wanted: Iterable[str], present: Iterable[str]) -> str:
    """Half a sentence for an error when names differ by `chr` alone, else a list of what is present.

    >>> naming_hint(["chr1"], ["1", "2"])
    "it has 1 where chr1 was expected: one side uses 'chr' and the other does not"
    >>> naming_hint(["5"], ["1", "2"])
    'its chromosomes are 1, 2'
    """
    have = list(present)
    translated = ChromosomeNames(have)
    for chrom in wanted:
        other = translated.find(chrom)
        if other and other != chrom:
            return f"it has {other} where {chrom} was expected: one side uses 'chr' and the other does not"
    shown = ", ".join(have[:5]) + (", …" if len(have) > 5 else "")
    return f"its chromosomes are {shown}" if have else "it has no chromosomes"
