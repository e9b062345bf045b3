"""The CPU images, built once."""

import pytest
from tcra import __version__

from .images import Images, why_not


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    if reason := why_not():
        pytest.skip(reason)
    made = Images(tmp_path_factory.mktemp("images"))
    made.make_base()
    for name in ("cpu", "tf-cpu"):
        made.build(name, __version__)
    return made
