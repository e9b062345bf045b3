"""What was found against what was planted, for a run on the made-up cohort."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tcra.common.files import read_json
from tcra.errors import UserError
from tcra.report.page_parts import PageTable, Section, number, plural


def truth_section(path: Path) -> Section:
    """`path`: `checks` (name, value, aim, passed) and `lines` (sentences) where present; other plain values are listed."""
    truth = read_json(path)
    if not isinstance(truth, dict):
        raise UserError(f"{path} holds {type(truth).__name__}, expected an object (run compare_demo.py again)")
    section = Section(
        "truth",
        "Found and planted",
        "Truth",
        "The cohort is made up: motif-changing variants, heritable genes and trait genes were planted with a seed, so what the "
        "pipeline finds can be compared with what is there.",
    )
    checks = [check for check in truth.get("checks", []) if isinstance(check, Mapping)]
    if checks:
        passed = sum(bool(check.get("passed")) for check in checks)
        section.cards.append((f"{passed} of {len(checks)}", "planted-truth aims met"))
        section.headline.append(f"Planted truth: {passed} of {plural(len(checks), 'aim')} met.")
        section.checks += [f"Planted truth: {check.get('name')} is {_value(check.get('value'))}, aim {_aim(check)}."
                           for check in checks if not check.get("passed")]  # fmt: skip
        rows = [
            [
                str(check.get("name", "")),
                _value(check.get("value")),
                _aim(check),
                "yes" if check.get("passed") else "no",
            ]
            for check in checks
        ]
        section.tables.append(PageTable("Aims", ["Measure", "Found", "Aim", "Met"], rows, frozenset({1, 2})))
    lines = truth.get("lines", [])
    section.headline += [line[:1].upper() + line[1:].rstrip(".") + "." for line in map(str, lines) if line]
    rest = [
        [name, text]
        for name, value in truth.items()
        if name not in ("checks", "lines", "all_passed", "software", "parameters", "inputs")
        for name, text in _plain(name, value)
    ]
    if rest:
        section.tables.append(
            PageTable("All measures", ["Measure", "Value"], rest, frozenset({1}), folded=bool(checks))
        )
    return section


def _aim(check: Mapping[str, Any]) -> str:
    return str(check.get("aim", "–")).replace(">=", "≥").replace("<=", "≤")


def _plain(name: str, value: Any) -> list[tuple[str, str]]:
    """Flat rows of a nested record; long lists as their length."""
    if isinstance(value, Mapping):
        return [row for key, part in value.items() for row in _plain(f"{name}, {key}", part)]
    if isinstance(value, list) and (len(value) > 12 or any(isinstance(part, (dict, list)) for part in value)):
        return [(name.replace("_", " "), plural(len(value), "entry", "entries"))]
    return [(name.replace("_", " "), _value(value))]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return number(value, 4) if math.isfinite(value) else "–"
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return "–" if value is None else str(value)
