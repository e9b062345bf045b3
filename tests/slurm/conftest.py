"""A cluster for the tests of the `slurm` profile."""

from collections.abc import Iterator

import pytest

from .cluster import Cluster, why_not


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("slurm")
    if reason := why_not(folder):
        pytest.skip(reason)
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
