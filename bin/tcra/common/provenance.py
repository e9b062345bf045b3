"""Where an output came from: the software's version, the parameters, and checksums of the inputs.

The same dictionary goes into HDF5 attributes, Parquet metadata, a SQLite table, or JSON beside text. It holds no date and no path
of a machine, so that the same inputs give the same bytes.
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tcra import __version__
from tcra.common.files import checksum


def provenance(parameters: Mapping[str, Any] | argparse.Namespace, inputs: Iterable[Path]) -> dict[str, Any]:
    """`{"software", "parameters", "inputs"}`; paths among the parameters are cut to their names, inputs map name to checksum."""
    items = vars(parameters) if isinstance(parameters, argparse.Namespace) else dict(parameters)
    return {
        "software": f"tcra {__version__}",
        "parameters": {name: _plain(value) for name, value in sorted(items.items())},
        "inputs": {Path(path).name: checksum(Path(path)) for path in sorted(map(Path, inputs))},
    }


def as_json(record: Mapping[str, Any]) -> str:
    """One line of JSON with sorted keys, for an HDF5 attribute, Parquet metadata or a SQLite cell."""
    return json.dumps(record, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
