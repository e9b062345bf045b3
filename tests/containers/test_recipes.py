"""The image recipes as text: an Apptainer definition makes what its Containerfile makes, and images hold dependencies only."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from tcra import __version__

from ..engine import ROOT

BASE = re.search(
    r"^ARG BASE=(debian@sha256:[0-9a-f]{64})$", (ROOT / "containers" / "cpu.Containerfile").read_text(), re.M
)[1]
CONTAINERFILES = sorted((ROOT / "containers").glob("*.Containerfile"))


class Stage(NamedTuple):
    """What one build stage does, in neither format's spelling."""

    base: str
    name: str | None
    arguments: dict[str, str]
    copies: list[str]
    commands: list[str]
    labels: dict[str, str]
    environment: dict[str, str]


def logical_lines(text: str) -> list[str]:
    """Without comments and empty lines; continued lines joined, blanks squeezed."""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M)
    return [" ".join(line.split()) for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]


def pairs(text: str) -> dict[str, str]:
    """`A=b C="d e"` as a dictionary."""
    return {name: quoted or plain for name, quoted, plain in re.findall(r'([\w.]+)=(?:"([^"]*)"|(\S*))', text)}


def containerfile_stages(path: Path) -> list[Stage]:
    stages: list[Stage] = []
    for line in logical_lines(path.read_text()):
        word, rest = line.split(" ", 1)
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name or None, {}, [], [], {}, {}))
        elif word == "ARG" and "=" in rest and stages:
            stages[-1].arguments.update(pairs(rest))
        elif word == "COPY":
            stages[-1].copies.append(rest)
        elif word == "RUN":
            stages[-1].commands.append(rest)
        elif word == "LABEL":
            stages[-1].labels.update(pairs(rest))
        elif word == "ENV":
            stages[-1].environment.update(pairs(rest))
    return stages


def definition_stages(path: Path) -> list[Stage]:
    stages: list[Stage] = []
    section = ""
    for line in logical_lines(path.read_text()):
        word, _, rest = line.partition(" ")
        if word in ("Bootstrap:", "From:", "Stage:"):
            section = ""
            if word == "Bootstrap:":
                assert rest == "docker"
            elif word == "From:":
                stages.append(Stage(rest, None, {}, [], [], {}, {}))
            elif rest != "final":
                stages[-1] = stages[-1]._replace(name=rest)
        elif line.startswith("%"):
            section = line
        elif section == "%arguments":
            stages[-1].arguments.update(pairs(line))
        elif section.startswith("%files"):
            source = section.removeprefix("%files").replace(" from ", "--from=")
            stages[-1].copies.append(f"{source} {line}".strip())
        elif section == "%post":
            stages[-1].commands.append(line)
        elif section == "%labels":
            stages[-1].labels[word] = rest
        elif section == "%environment":
            stages[-1].environment.update(pairs(line))
        else:
            raise AssertionError(f"{path.name}: {line} in section {section!r}")
    return stages


def spelled_as_containerfile(stage: Stage) -> Stage:
    """Templates `{{ NAME }}` as `${NAME}`; BASE is declared once for a whole Containerfile, but in each stage of a definition."""
    arguments = dict(stage.arguments)
    assert arguments.pop("BASE") == BASE
    labels = {name: re.sub(r"\{\{ (\w+) \}\}", r"${\1}", value) for name, value in stage.labels.items()}
    return stage._replace(base=re.sub(r"\{\{ (\w+) \}\}", r"${\1}", stage.base), arguments=arguments, labels=labels)


@pytest.mark.parametrize("path", CONTAINERFILES, ids=lambda path: path.stem)
def test_the_apptainer_definition_is_equal(path: Path) -> None:
    expected = containerfile_stages(path)
    # Apptainer runs as the user who starts it.
    users = [command for command in expected[-1].commands if command.startswith("useradd ")]
    assert len(users) == 1
    expected[-1].commands.remove(users[0])
    found = [spelled_as_containerfile(stage) for stage in definition_stages(path.with_suffix(".def"))]
    assert found == expected


@pytest.mark.parametrize("path", CONTAINERFILES, ids=lambda path: path.stem)
def test_recipes_hold_dependencies_only(path: Path) -> None:
    text = path.read_text()
    assert re.search(f"^ARG BASE={BASE}$", text, re.M) and re.search("^USER 1000:1000$", text, re.M)
    build, final = containerfile_stages(path)
    assert build.copies == [f"containers/requirements/{path.stem}.txt /opt/requirements.txt"]
    assert final.copies == ["--from=build /opt/tcra /opt/tcra"]
    assert any("pip install" in command and "--require-hashes" in command for command in build.commands)
    assert any("procps" in command for command in final.commands)
    assert final.arguments["VERSION"] == __version__
    names = {name.removeprefix("org.opencontainers.image.") for name in final.labels}
    assert names == {"title", "description", "version", "source", "licenses"}
    assert final.labels["org.opencontainers.image.title"] == f"tcra-{path.stem}"


def test_every_image_has_a_definition_and_requirements() -> None:
    names = {path.stem for path in CONTAINERFILES}
    assert names == {path.stem for path in (ROOT / "containers").glob("*.def")} == {"cpu", "tf-cpu", "gpu"}
    assert all((ROOT / f"containers/requirements/{name}.txt").exists() for name in names)
