"""Where the genes are: GTF or BED, looked up by Ensembl id with or without its version."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError

_ATTRIBUTE = re.compile(r'(\w+)[ =]"?([^";]*)"?')
_GENE_TYPES = ("gene", "ncRNA_gene", "pseudogene")  # the latter two in Ensembl's GFF3
# An Ensembl id, its version (with GENCODE's number of the lift to GRCh37, which may also stand at the end), and what else belongs to it.
_VERSIONED = re.compile(r"^(ENS[A-Z]*[GTR]\d+)\.\d+(?:_\d+)?(_PAR_Y)?(?:_\d+)?$")

UCSC_BED_COLUMNS = 9  # a BED with so many columns or more has all of UCSC's first nine


@dataclass(frozen=True, slots=True, order=True)
class Gene:
    """[start, end) bp of a gene's body, 0-based; `chrom` is the plain name; strand is + or −.

    >>> gene = Gene("1", 1000, 5000, "ENSG00000000001.2", "ABC1", "-")
    >>> gene.tss
    4999
    >>> gene.window(500), gene.window(500, around_tss=True)
    ((501, 5500), (4500, 5500))
    """

    chrom: str
    start: int
    end: int
    gene_id: str
    name: str
    strand: str = "+"

    @property
    def tss(self) -> int:
        """0-based position of the transcription start."""
        return self.start if self.strand == "+" else self.end - 1

    def window(self, size_bp: int, around_tss: bool = False) -> tuple[int, int]:
        """First and last 1-based position of the SNPs that the gene may use: `size_bp` to both sides of the body (or of the start)."""
        first, last = (self.tss + 1, self.tss + 1) if around_tss else (self.start + 1, self.end)
        return first - size_bp, last + size_bp


class GeneAnnotation:
    """Genes by id. A gene may stand on X and on Y under one id (the pseudo-autosomal regions); the chromosome then decides.

    >>> genes = GeneAnnotation(Path("genes.gtf"), [Gene("X", 10, 20, "ENSG00000000001.2", "ABC1")])
    >>> genes.find("ENSG00000000001.7", "X").name, genes.find("ENSG00000000001.7", "Y")
    ('ABC1', None)
    """

    def __init__(self, path: Path, genes: Iterable[Gene]) -> None:
        self.path = path
        self._by_id: dict[str, list[Gene]] = {}
        self._by_stem: dict[str, list[Gene]] = {}
        for gene in genes:
            if gene not in self._by_id.setdefault(gene.gene_id, []):
                self._by_id[gene.gene_id].append(gene)
                self._by_stem.setdefault(without_version(gene.gene_id), []).append(gene)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Gene]:
        return (gene for genes in self._by_id.values() for gene in genes)

    @property
    def chromosomes(self) -> list[str]:
        return sorted({gene.chrom for gene in self})

    def find(self, gene_id: str, chrom: str) -> Gene | None:
        """The gene of this id (any version, the same version first) on this chromosome (if empty: on whichever), or None.

        Errors: UserError if the id stands at several places of one chromosome.
        """
        exact = self._by_id.get(gene_id, [])
        found = _on(exact, chrom) or _on(self._by_stem.get(without_version(gene_id), []), chrom)
        if len(found) > 1:
            places = ", ".join(f"{gene.chrom}:{gene.start + 1}-{gene.end}" for gene in found)
            raise UserError(f"{self.path}: gene {gene_id} stands {len(found)} times ({places}); keep one")
        return found[0] if found else None

    def find_anywhere(self, gene_id: str) -> Gene | None:
        """As `find`, on whichever chromosome; of a gene on X and on Y that on X."""
        chromosomes = {gene.chrom for gene in self._by_stem.get(without_version(gene_id), [])}
        return self.find(gene_id, min(chromosomes)) if chromosomes else None


def without_version(gene_id: str) -> str:
    """An Ensembl id without its version, also as GENCODE lifts it to GRCh37 (`….14_2`); other ids as they are.

    >>> without_version("ENSG00000182378.14_PAR_Y"), without_version("ENSG00000182378.14_2"), without_version("AC0001.2")
    ('ENSG00000182378_PAR_Y', 'ENSG00000182378', 'AC0001.2')
    """
    return _VERSIONED.sub(r"\1\2", gene_id)


def read_annotation(path: Path) -> GeneAnnotation:
    """Genes of a GTF or a GFF3 with gene_id (the `gene` lines; 1-based, inclusive), or a BED file (columns chrom, start, end, id
    [, name or score, strand]; those of UCSC's BED of 9 or 12 columns are skipped).

    Errors: UserError naming file and line.
    """
    with open_text(path) as text:
        lines = [
            (n, line.rstrip("\r\n").split("\t"))
            for n, line in enumerate(text, 1)
            if line.strip() and not line.startswith(("#", "track ", "browser "))
        ]
    if not lines:
        raise UserError(f"{path} has no genes")
    is_gtf = any(
        len(cells) == 9 and not (cells[1].isdigit() and cells[2].isdigit()) for _, cells in lines[1:5] or lines
    )
    genes = []
    for number, cells in lines:
        if not is_gtf and number == lines[0][0] and len(cells) > 1 and not cells[1].isdigit():
            continue  # a header
        try:
            gene = _gtf_gene(cells) if is_gtf else _bed_gene(cells)
        except (ValueError, IndexError, KeyError) as error:
            kind = 'GTF with gene_id "…"' if is_gtf else "BED with chrom, start, end and gene id"
            what = (
                f"{len(cells)} cells"
                if isinstance(error, IndexError)
                else f"no {error}"
                if isinstance(error, KeyError)
                else error
            )
            raise UserError(f"{path} line {number}: expected {kind} ({what})") from None
        if gene:
            genes.append(gene)
    if not genes:
        raise UserError(f"{path} has no line of type 'gene'; give the annotation with its gene lines")
    return GeneAnnotation(path, genes)


def gene_positions(path: Path, genes: Iterable[str]) -> pd.DataFrame:
    """Where an annotation (see `read_annotation`) has the genes: one row per gene that it has, with the columns `gene`, `chrom` (plain
    name) and `pos` (1-based start of the gene's body, float64). Of a gene on X and on Y it is the one on X.

    Errors: UserError of `read_annotation` and `GeneAnnotation.find`.
    """
    annotation = read_annotation(path)
    rows = []
    for gene in dict.fromkeys(genes):
        found = annotation.find_anywhere(gene)
        if found:
            rows.append((gene, found.chrom, found.start + 1.0))
    return pd.DataFrame(rows, columns=["gene", "chrom", "pos"])


def _on(genes: list[Gene], chrom: str) -> list[Gene]:
    return [gene for gene in genes if not chrom or gene.chrom == chrom]


def _gtf_gene(cells: list[str]) -> Gene | None:
    if cells[2] not in _GENE_TYPES:
        return None
    attributes = dict(_ATTRIBUTE.findall(cells[8]))
    gene_id = attributes["gene_id"]
    version = attributes.get("gene_version") or attributes.get("version")  # which Ensembl keeps apart
    if version and without_version(gene_id) == gene_id:
        gene_id = f"{gene_id}.{version}"
    name = attributes.get("gene_name") or attributes.get("Name") or gene_id
    return _gene(cells[0], int(cells[3]) - 1, int(cells[4]), gene_id, name, cells[6])


def _bed_gene(cells: list[str]) -> Gene:
    if len(cells) >= UCSC_BED_COLUMNS and cells[5] not in ("+", "-", "."):
        raise ValueError(f"strand {cells[5]!r} in column 6")
    strand = next((cell for cell in cells[4:] if cell in ("+", "-")), "+")
    name = cells[4] if len(cells) > 4 and cells[4] not in ("+", "-") and not _is_number(cells[4]) else cells[3]
    return _gene(cells[0], int(cells[1]), int(cells[2]), cells[3], name, strand)


def _gene(chrom: str, start: int, end: int, gene_id: str, name: str, strand: str) -> Gene:
    if not 0 <= start < end:
        raise ValueError(f"{chrom}:{start}-{end} is no interval")
    return Gene(plain_name(chrom), start, end, gene_id, name, "-" if strand == "-" else "+")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "."
    return True
