"""The CPU images, built once."""

import os

import pytest
from tcra import __version__

from .images import Images, missing_programs


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    if missing_programs():
        pytest.skip(f"{', '.join(missing_programs())} not found: apt-get install podman buildah crun runc mmdebstrap")
    if os.geteuid() != 0:
        pytest.skip("building a base root needs root")
    made = Images(tmp_path_factory.mktemp("images"))
    made.make_base()
    for name in ("cpu", "tf-cpu"):
        made.build(name, __version__)
    return made
