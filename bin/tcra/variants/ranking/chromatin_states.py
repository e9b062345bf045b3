"""Chromatin states of a segmentation, and groups of them: promoters and enhancers, whichever model the states are of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tcra.errors import UserError

# Roadmap's core model of 15 states, and how the published analysis groups them: active and bivalent promoters, and enhancers.
ROADMAP_15 = (
    "TssA", "TssAFlnk", "TxFlnk", "Tx", "TxWk", "EnhG", "Enh", "ZNF/Rpts", "Het", "TssBiv", "BivFlnk", "EnhBiv", "ReprPC", "ReprPCWk",
    "Quies",
)  # fmt: skip
PUBLISHED_GROUPS: Mapping[str, tuple[int, ...]] = {"promoter": (1, 2, 10, 11), "enhancer": (6, 7, 11, 12)}
# States of other models by their labels: Roadmap's 18 and 25 states, UCSC's Broad ChromHMM, ChromHMM's full stack (BivProm1), ENCODE's
# combined segmentation (TSS, PF, E, WE) and cCREs (PLS, pELS, dELS).
GROUP_LABELS = {
    "promoter": re.compile(r"^(Tss|(Biv)?Prom|BivFlnk|PLS\b|PF$)|Promoter", re.IGNORECASE),
    "enhancer": re.compile(r"Enh|^(BivFlnk|[pd]ELS\b|W?E$)", re.IGNORECASE),
}
_STATE = re.compile(r"^(?:E?(?P<number>\d+)(?:[_ ](?P<label>.*))?|(?P<alone>[A-Za-z].*))$")


@dataclass(frozen=True, order=True)
class ChromatinState:
    """One state. number: 0 where a segmentation has labels alone. label: "" where it has numbers alone. name: as written."""

    number: int
    label: str
    name: str


def parse_state(text: str) -> ChromatinState | None:
    """A state's name in a BED's fourth column, or None for a text that is no name.

    >>> parse_state("1_TssA"), parse_state("E7"), parse_state("Quies")
    (ChromatinState(number=1, label='TssA', name='1_TssA'), ChromatinState(number=7, label='', name='E7'), ChromatinState(number=0, \
label='Quies', name='Quies'))
    """
    match = _STATE.match(text.strip())
    if match is None:
        return None
    return ChromatinState(int(match["number"] or 0), (match["label"] or match["alone"] or "").strip(), text)


def group_states(
    path: Path, states: Sequence[ChromatinState], groups: Mapping[str, Sequence[int]]
) -> dict[str, list[ChromatinState]]:
    """The states of each group: those of the numbers in `groups`; without it, promoters and enhancers by what the states are.

    Roadmap's 15 states are grouped by number, as published; states of other models by their labels.
    Errors: UserError for states whose meaning is not known (numbers alone that are not 15), and for a group without a state.
    """
    if groups or _are_roadmap_15(states):
        found = {}
        for group, numbers in (groups or PUBLISHED_GROUPS).items():
            found[group] = [state for state in states if state.number in numbers]
            if not found[group]:
                shown = ", ".join(map(str, numbers))
                raise UserError(f"{path} has none of the states {shown} of the group {group}; change --state-group")
        return found
    labels = {
        group: [s for s in states if s.label and pattern.search(s.label)] for group, pattern in GROUP_LABELS.items()
    }
    for group, members in labels.items():
        if not members:
            raise UserError(
                f"{path}: its {len(states)} states ({', '.join(state.name for state in states[:4])}, …) are not Roadmap's 15, and no label "
                f"says which are of the group {group}; give the numbers by --state-group promoter=… enhancer=…"
            )
    return labels


def _are_roadmap_15(states: Sequence[ChromatinState]) -> bool:
    """By the labels of all states that have one; with numbers alone, if none is above 15."""
    numbered = all(1 <= state.number <= len(ROADMAP_15) for state in states)
    return numbered and all(not state.label or state.label == ROADMAP_15[state.number - 1] for state in states)
