"""Nothing is lost without a message: every stage counts what came in, what went out, and what was rejected and why.

    accounting = Accounting("SCORE")
    variants = accounting.count("variants")
    variants.received(1000)
    variants.reject("ref allele is not the genome's", what="1_5_A_G", where="variants.vcf line 17")
    variants.passed(999)
    accounting.write(out, provenance)

For an output folder this writes `accounting.json` and `rejected.tsv.gz` in it; for an output file, `FILE.accounting.json` and
`FILE.rejected.tsv.gz` beside it (several outputs may share a folder).
"""

import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tcra.common.files import atomic_text

REJECTED_COLUMNS = ("unit", "what", "where", "reason")


class Count:
    """The balance of one unit (variants, windows, genes, GWAS rows) in one stage.

    >>> variants = Accounting("SCORE").count("variants")
    >>> variants.received(3)
    >>> variants.passed(2)
    >>> variants.reject("ref allele is not the genome's", what="1_5_A_G", where="variants.vcf line 17")
    >>> variants.balance()
    {'unit': 'variants', 'in': 3, 'out': 2, 'rejected': {"ref allele is not the genome's": 1}}
    """

    def __init__(self, stage: "Accounting", unit: str) -> None:
        self._stage, self.unit = stage, unit
        self.number_in = self.number_out = 0
        self.rejected: Counter[str] = Counter()

    def received(self, number: int = 1) -> None:
        """`number` records came in."""
        self.number_in += number

    def passed(self, number: int = 1) -> None:
        """`number` records went out."""
        self.number_out += number

    def reject(self, reason: str, what: str, where: str = "", detail: str = "") -> None:
        """One record less. `reason` is one of a small set (it is counted); `detail` goes to the table only."""
        self.rejected[reason] += 1
        self._stage.write_rejected(self.unit, what, where, f"{reason}: {detail}" if detail else reason)

    def reject_many(self, reason: str, number: int) -> None:
        """`number` records less that have no name of their own (such as rows outside every model); counted, not listed."""
        if number:
            self.rejected[reason] += number

    def balance(self) -> dict[str, Any]:
        """What `accounting.json` holds of this unit. Errors: AssertionError if in is not out + rejected."""
        lost = sum(self.rejected.values())
        if self.number_in != self.number_out + lost:
            raise AssertionError(f"{self.unit}: {self.number_in} in, but {self.number_out} out + {lost} rejected")
        return {
            "unit": self.unit,
            "in": self.number_in,
            "out": self.number_out,
            "rejected": dict(sorted(self.rejected.items())),
        }


class Accounting:
    """All the counts of one stage. Rejected records are spooled to a temporary file, so memory does not grow with them."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.counts: dict[str, Count] = {}
        self._spool = tempfile.SpooledTemporaryFile(max_size=1 << 22, mode="w+", encoding="utf-8", newline="\n")
        weakref.finalize(self, self._spool.close)

    def count(self, unit: str) -> Count:
        """The counter of `unit`, made on first use."""
        return self.counts.setdefault(unit, Count(self, unit))

    def write_rejected(self, *cells: str) -> None:
        """One line for `rejected.tsv.gz`: the cells of REJECTED_COLUMNS. `Count.reject` calls it."""
        self._spool.write("\t".join(" ".join(str(cell).split()) for cell in cells) + "\n")

    def write(self, out: Path, provenance: Mapping[str, Any] | None = None) -> None:
        """Check that in = out + rejected for every unit, and write both files for the output `out`.

        Errors: AssertionError if a record was neither passed nor rejected (a fault of the stage).
        """
        report_path, rejected_path = accounting_paths(out)
        counts = [count.balance() for count in self.counts.values()]
        with atomic_text(rejected_path) as table:
            table.write("\t".join(REJECTED_COLUMNS) + "\n")
            self._spool.seek(0)
            for line in self._spool:
                table.write(line)
            self._spool.seek(0, 2)
        with atomic_text(report_path) as report:
            json.dump({"stage": self.stage, "counts": counts, **(provenance or {})}, report, indent=1, sort_keys=True)
            report.write("\n")


def accounting_paths(out: Path) -> tuple[Path, Path]:
    """Where the accounting and the rejected records of the output `out` (a file or an existing folder) stand.

    >>> [path.name for path in accounting_paths(Path("scores.parquet"))]
    ['scores.parquet.accounting.json', 'scores.parquet.rejected.tsv.gz']
    """
    out = Path(out)
    if out.is_dir():
        return out / "accounting.json", out / "rejected.tsv.gz"
    return out.with_name(out.name + ".accounting.json"), out.with_name(out.name + ".rejected.tsv.gz")
