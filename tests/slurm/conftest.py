"""A cluster for the tests of the `slurm` profile."""

import os
from collections.abc import Iterator

import pytest

from .cluster import Cluster, missing_programs


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if missing_programs():
        pytest.skip(f"{', '.join(missing_programs())} not found: apt-get install slurm-wlm munge")
    if os.geteuid() != 0:
        pytest.skip("a cluster of one's own needs root")
    made = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        made.start()
        yield made
    finally:
        made.stop()
