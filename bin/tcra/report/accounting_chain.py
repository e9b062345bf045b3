"""The chain from first input to last gene: what came into every stage, what left it, and what was rejected and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tcra.common.files import read_json_documents
from tcra.errors import UserError
from tcra.report.page_parts import Section, count, percent

ORDER = (
    "PLAN_WINDOWS", "PLAN", "COVERAGE", "TFRECORDS", "EMBED", "TRAIN", "EVALUATE", "SPLIT_VARIANTS", "SCORE", "JOIN_SCORES", "RANK",
    "ANNOTATE", "EXPRESSION", "GENE_MODELS", "MODEL_DB", "ASSOCIATE", "COMBINE", "FINEMAP", "LOCI",
)  # fmt: skip


GENES = "genes, then gene models (genes × SNP sets), then tests (× traits)"
# Reasons that say what a stage is for, not that something is wrong: a large share of them is no point to check.
EXPECTED = ("not a variant of any model", "not a variant of this model", "no signal", "quality rule")


@dataclass
class Balance:
    """One unit in one stage, added up over `files` (shards, chunks, models). `ins` and `outs`: the numbers of each file."""

    stage: str
    unit: str
    number_in: int = 0
    number_out: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    ins: list[int] = field(default_factory=list)
    outs: list[int] = field(default_factory=list)

    @property
    def files(self) -> int:
        return len(self.ins)

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
    """One stage of a unit's way through the pipeline. `takes` differs from what the stage before let out where a stage takes only
    some of it (training windows), or each record more than once (genes × models)."""

    stage: str
    takes: int
    lost: int
    out: int
    tasks: (
        int  # above 1: each of so many tasks took all records (windows × tracks), and the numbers are those of one task
    )
    follows: bool  # takes is what the stage before let out


def accounting_records(paths: Iterable[Path]) -> list[tuple[Path, Any]]:
    """What stages wrote as accounting.json, with the file that each record is from: one file per task, or the records of many in one."""
    return [(path, record) for path in sorted(map(Path, paths)) for record in read_json_documents(path)]


def read_accounting(paths: Iterable[Path]) -> list[Balance]:
    """All accounting files, added up over files of the same stage and unit; in the pipeline's order.

    Errors: UserError for a file that is not an accounting file.
    """
    balances: dict[tuple[str, str], Balance] = {}
    for path, record in accounting_records(paths):
        try:
            stage = str(record["stage"])
            for line in record["counts"]:
                balance = balances.setdefault((stage, line["unit"]), Balance(stage, str(line["unit"])))
                balance.number_in += int(line["in"])
                balance.number_out += int(line["out"])
                balance.rejected.update({str(reason): int(lost) for reason, lost in line["rejected"].items()})
                balance.ins.append(int(line["in"]))
                balance.outs.append(int(line["out"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(
                f"{path} is not an accounting file (expected stage and counts with unit, in, out, rejected): {error!r}"
            ) from error
    return sorted(balances.values(), key=_stage_order)


def _stage_order(balance: Balance) -> tuple[int, str]:
    # Units keep the order in which their stage wrote them (sorting is stable).
    return ORDER.index(balance.stage) if balance.stage in ORDER else len(ORDER), balance.stage


def unit_flows(balances: Sequence[Balance]) -> list[tuple[str, list[Step]]]:
    """Units that pass through more than one stage, each with its steps. Genes, their models by SNP set and their tests are one way."""
    by_unit: dict[str, dict[str, Balance]] = {}
    for balance in balances:
        way = (
            GENES if balance.unit in ("genes", "gene tests") or balance.unit.startswith("gene models") else balance.unit
        )
        here = by_unit.setdefault(way, {}).setdefault(balance.stage, Balance(balance.stage, way))
        here.number_in += balance.number_in
        here.number_out += balance.number_out
        here.rejected.update(balance.rejected)
        here.ins += balance.ins
        here.outs += balance.outs
    flows = []
    for unit, stages in by_unit.items():
        if len(stages) > 1:
            steps: list[Step] = []
            for balance in stages.values():
                before = steps[-1].out if steps else balance.number_in
                steps.append(_step(balance, before))
            flows.append((unit, steps))
    return flows


def _step(balance: Balance, before: int) -> Step:
    repeated = balance.files > 1 and set(balance.ins) == {before} and len(set(balance.outs)) == 1
    tasks = balance.files if repeated else 1
    takes = balance.number_in // tasks
    return Step(balance.stage, takes, balance.lost // tasks, balance.number_out // tasks, tasks, takes == before)


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
        unexpected = sum(lost for reason, lost in b.reasons if reason not in EXPECTED)
        if b.number_in and unexpected / b.number_in > 0.2:
            reason, most = next(item for item in b.reasons if item[0] not in EXPECTED)
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
