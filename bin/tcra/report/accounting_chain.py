"""The chain from first input to last gene: what came into every stage, what left it, and what was rejected and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tcra.cli import UserError
from tcra.report.parts import Section, count, percent
from tcra.report.read import read_json

ORDER = (
    "PLAN", "COVERAGE", "TFRECORDS", "EMBED", "TRAIN", "EVALUATE", "SPLIT", "SCORE", "RANK", "ANNOTATE", "EXPRESSION",
    "GENE_MODELS", "MODEL_DB", "ASSOCIATE", "COMBINE",
)  # fmt: skip


@dataclass
class Balance:
    """One unit in one stage, added up over `files` (shards, chunks, models)."""

    stage: str
    unit: str
    number_in: int = 0
    number_out: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    files: int = 0

    @property
    def lost(self) -> int:
        return sum(self.rejected.values())

    @property
    def balanced(self) -> bool:
        return self.number_in == self.number_out + self.lost

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Reasons with their counts, the most frequent first."""
        return sorted(self.rejected.items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True)
class Step:
    """One stage of a unit's way through the pipeline, and how many appeared or vanished since the stage before."""

    balance: Balance
    difference: int


def read_accounting(paths: Iterable[Path]) -> list[Balance]:
    """All accounting files, added up over files of the same stage and unit; in the pipeline's order.

    Errors: UserError for a file that is not an accounting file.
    """
    balances: dict[tuple[str, str], Balance] = {}
    for path in sorted(map(Path, paths)):
        record = read_json(path)
        try:
            stage = str(record["stage"])
            for line in record["counts"]:
                balance = balances.setdefault((stage, line["unit"]), Balance(stage, str(line["unit"])))
                balance.number_in += int(line["in"])
                balance.number_out += int(line["out"])
                balance.rejected.update({str(reason): int(lost) for reason, lost in line["rejected"].items()})
                balance.files += 1
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(
                f"{path} is not an accounting file (expected stage and counts with unit, in, out, rejected): {error!r}"
            ) from error
    return sorted(balances.values(), key=_stage_order)


def _stage_order(balance: Balance) -> tuple[int, str]:
    # Units keep the order in which their stage wrote them (sorting is stable).
    return ORDER.index(balance.stage) if balance.stage in ORDER else len(ORDER), balance.stage


def unit_flows(balances: Sequence[Balance]) -> list[tuple[str, list[Step]]]:
    """Units that pass through more than one stage, each with its steps; `difference` = in − what the stage before let out."""
    by_unit: dict[str, list[Balance]] = {}
    for balance in balances:
        by_unit.setdefault(balance.unit, []).append(balance)
    flows = []
    for unit, steps in by_unit.items():
        if len(steps) > 1:
            before = [steps[0].number_in, *(step.number_out for step in steps[:-1])]
            flows.append((unit, [Step(step, step.number_in - last) for step, last in zip(steps, before, strict=True)]))
    return flows


def accounting_section(balances: Sequence[Balance]) -> Section:
    """The summary's words about losses; the table itself is laid out by the page's template."""
    section = Section("accounting", "From first input to last gene", "Accounting")
    broken = [b for b in balances if not b.balanced]
    lost = sum(b.lost for b in balances)
    records = sum(b.number_in for b in balances)
    if broken:
        names = ", ".join(f"{b.stage} ({b.unit})" for b in broken)
        section.checks.append(f"The accounting does not balance in {names}: in differs from out plus rejected.")
    elif balances:
        section.headline.append(
            f"Every record is accounted for: in all {count(len(balances))} balances of "
            f"{count(len({b.stage for b in balances}))} stages, in = out + rejected "
            f"({count(lost)} of {count(records)} records rejected, each with its reason)."
        )
    for b in balances:
        if b.number_in and b.lost / b.number_in > 0.2:
            reason, most = b.reasons[0]
            section.checks.append(
                f"{b.stage} rejected {percent(b.lost / b.number_in)} of its {b.unit} "
                f"({count(b.lost)} of {count(b.number_in)}), most often because: {reason} ({count(most)})."
            )
    return section


def as_rows(balances: Sequence[Balance]) -> list[dict[str, Any]]:
    """Rows for the template: each with its share kept (0–1) for the bar, and whether its stage's name is to be shown."""
    rows: list[dict[str, Any]] = []
    for balance in balances:
        first = not rows or rows[-1]["balance"].stage != balance.stage
        kept = balance.number_out / balance.number_in if balance.number_in else 0.0
        span = sum(b.stage == balance.stage for b in balances) if first else 0
        rows.append({"balance": balance, "span": span, "kept": min(max(kept, 0.0), 1.0)})
    return rows
