"""A FASTA index that is not the file's, and files that cannot be indexed: refused in one line, never read at the wrong place."""

from pathlib import Path

import pytest
from tcra.common.genome.fasta import Genome
from tcra.errors import UserError

FIRST, SECOND = "ACGTACGTAC" * 5, "GGGTTTAAAC" * 3


def text_of(sequences: dict[str, str], width: int = 20) -> str:
    lines = []
    for name, letters in sequences.items():
        lines += [f">{name}", *(letters[at : at + width] for at in range(0, len(letters), width))]
    return "\n".join(lines) + "\n"


def index_of(path: Path, text: str) -> str:
    """The index of `text`, made by hand: name, bp, offset, letters and bytes per line."""
    rows, offset = [], 0
    name, start, letters = "", 0, []
    for line in [*text.splitlines(), ">"]:
        if line.startswith(">"):
            if name:
                width = len(letters[0])
                rows.append(f"{name}\t{sum(map(len, letters))}\t{start}\t{width}\t{width + 1}")
            name, letters, start = line[1:].split()[0] if line[1:] else "", [], offset + len(line) + 1
        else:
            letters.append(line)
        offset += len(line) + 1
    path.write_text("\n".join(rows) + "\n")
    return path.read_text()


def test_its_own_index_is_used(tmp_path: Path) -> None:
    fasta = tmp_path / "g.fa"
    fasta.write_text(text_of({"chr1": FIRST, "chr2": SECOND}))
    index_of(tmp_path / "g.fa.fai", fasta.read_text())
    with Genome(fasta) as genome:
        assert genome.sequence("2", 5, 25) == SECOND[5:25] and genome.sequence("chr1", 45, 52) == FIRST[45:] + "NN"


@pytest.mark.parametrize(
    "other",
    [
        text_of({"chr2": SECOND, "chr1": FIRST}),  # another order
        text_of({"chr1": FIRST[:40], "chr2": SECOND}),  # a shorter first sequence
        text_of({"chr1": FIRST + "A" * 7, "chr2": SECOND}),  # a longer one
        text_of({"chr1 a longer title": FIRST, "chr2": SECOND}),
        text_of({"chr1": FIRST, "chr2": SECOND}, width=10),  # other lines
        text_of({"chr1": FIRST, "chr2": SECOND[:20]}),  # a shorter last one
        text_of({"chrA": FIRST, "chr2": SECOND}),  # another name
        text_of({"chr1": FIRST}),  # cut short, or made before the second was added
    ],
)
def test_the_index_of_another_file_is_refused(tmp_path: Path, other: str) -> None:
    fasta = tmp_path / "g.fa"
    fasta.write_text(text_of({"chr1": FIRST, "chr2": SECOND}))
    index_of(tmp_path / "g.fa.fai", other)
    with pytest.raises(
        UserError, match=r"g\.fa .*in .*g\.fa\.fai: the file is cut short, or the index is another file's"
    ):
        Genome(fasta)


@pytest.mark.parametrize("end", ["\n\n", "\n\n\n", "\n \n"])
def test_blank_lines_are_refused_or_read(tmp_path: Path, end: str) -> None:
    fasta = tmp_path / "g.fa"
    fasta.write_text(text_of({"chr1": FIRST}).rstrip("\n") + end)
    try:
        with Genome(fasta) as genome:
            assert genome.lengths == {"chr1": 50} and genome.sequence("1", 0, 60) == FIRST + "N" * 10
    except UserError as error:
        assert "g.fa cannot be indexed" in str(error) and "blank lines" in str(error)
