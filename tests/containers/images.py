"""Builds the shipped recipes with podman, on a base root made from Debian's own packages (no image registry is needed)."""

import os
import shutil
import subprocess
from pathlib import Path

from ..engine import ROOT

PROGRAMS = ("podman", "crun", "runc", "mmdebstrap")
BASE = "localhost/tcra-test-base:bookworm"

CONTAINERS = """
[containers]
default_ulimits = ["nofile=4096:4096","nproc=8192:8192"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class Images:
    """`environment` makes podman work without systemd and without a registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "containers.conf").write_text(CONTAINERS.lstrip())
        self.environment = {"CONTAINERS_CONF": str(folder / "containers.conf")}

    def podman(self, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["podman", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, **self.environment},
        )
        assert not check or done.returncode == 0, done.stderr[-3000:]
        return done

    def make_base(self) -> None:
        """Debian 12 as an image, unless there is one from an earlier run."""
        if self.podman("image", "exists", BASE, check=False).returncode == 0:
            return
        root = self.folder / "base.tar"
        command = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(root)]
        subprocess.run(command, check=True, capture_output=True)
        self.podman("import", "-q", root, BASE)
        root.unlink()

    def build(self, name: str, version: str) -> None:
        """Build containers/NAME.Containerfile as it is shipped; layers of an earlier run are used again."""
        certificates = os.environ.get("PIP_CERT")
        given = (
            ("--build-arg", "PIP_CERT=/run/host-ca.crt", "--volume", f"{certificates}:/run/host-ca.crt:ro")
            if certificates
            else ()
        )
        self.podman(
            "build", "-q", "--layers", "--build-arg", f"BASE={BASE}", "--build-arg", f"VERSION={version}", *given,
            "-t", f"localhost/tcra-{name}:{version}", "-f", f"containers/{name}.Containerfile", ".",
        )  # fmt: skip

    def size(self, name: str, version: str) -> int:
        """Bytes of an image."""
        return int(self.podman("image", "inspect", "--format", "{{.Size}}", f"localhost/tcra-{name}:{version}").stdout)


def why_not() -> str | None:
    """Why images cannot be built and run on this machine, with what to do; nothing if they can."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} not found: apt-get install podman buildah crun runc mmdebstrap"
    if os.geteuid() != 0:
        return "building a base root needs root"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode != 0:
        return "root may not make namespaces here (a container without privileges?)"
    return None
