"""Names that stand at two places for a reason (another language, or a room that may not import the other): both say the same."""

import re
from pathlib import Path

from tcra.tracks.plan_tracks import TRACK_IDENTITY
from tcra.tracks.track_table import RESERVED_IDS
from tcra.variants.tables.columns import LEADING_COLUMNS, RANKING_COLUMNS

ROOT = Path(__file__).resolve().parents[2]


def test_the_workflow_takes_all_but_the_identity_of_a_track_for_its_settings() -> None:
    rule = re.search(r"!\(name in \[(.*?)\]\)", (ROOT / "workflows/learn.nf").read_text())
    assert rule and tuple(re.findall(r"'(\w+)'", rule[1])) == TRACK_IDENTITY


def test_no_track_may_be_called_like_another_column_of_scores_or_ranking() -> None:
    assert {*LEADING_COLUMNS, *RANKING_COLUMNS} == RESERVED_IDS
