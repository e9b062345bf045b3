"""Where an output came from: the software's version, the parameters, and checksums of the inputs.

The same dictionary goes into HDF5 attributes, Parquet metadata, a SQLite table, or JSON beside text. It holds no date and no path
of a machine, so that the same inputs give the same bytes.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcra import __version__
from tcra.common.files import checksum

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def provenance(parameters: "Mapping[str, Any] | DataclassInstance", inputs: Iterable[Path]) -> dict[str, Any]:
    """`{"software", "parameters", "inputs"}`; paths among the parameters are cut to their names, inputs map name to checksum.

    parameters: a stage's options, or a mapping; options within options become objects of their own.
    The output's own name (`out`) is no parameter of what is in it and is left out. Of inputs with the same name and other contents,
    the second is called `NAME (2)`, in order of checksum.

    >>> provenance({"seed": 1, "genome": Path("/data/genome.fa"), "out": Path("x")}, [])["parameters"]
    {'genome': 'genome.fa', 'seed': 1}
    """
    items = _fields(parameters)
    named: dict[str, str] = {}
    for name, digest in sorted({(Path(path).name, checksum(Path(path))) for path in inputs}):
        same = sum(1 for other in named if other == name or other.startswith(f"{name} ("))
        named[f"{name} ({same + 1})" if same else name] = digest
    return {
        "software": f"tcra {__version__}",
        "parameters": {name: _plain(value) for name, value in sorted(items.items()) if name != "out"},
        "inputs": named,
    }


def as_json(record: Mapping[str, Any]) -> str:
    """One line of JSON with sorted keys, for an HDF5 attribute, Parquet metadata or a SQLite cell.

    >>> as_json({"b": 1, "a": [2]})
    '{"a": [2], "b": 1}'
    """
    return json.dumps(record, sort_keys=True)


def _fields(options: "Mapping[str, Any] | DataclassInstance") -> dict[str, Any]:
    if dataclasses.is_dataclass(options):
        return {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    return dict(options)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = _fields(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in sorted(value.items(), key=lambda item: str(item[0]))}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
