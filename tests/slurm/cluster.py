"""A one-node Slurm cluster on loopback, from Debian's slurm-wlm and munge, without systemd; all its files in one folder."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "mungekey", "sbatch")

CONFIGURATION = """
ClusterName=ci
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort={port}
SlurmdPort={node_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobRequeue=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/jobcomp.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,defer_batch
ReturnToService=2
EnforcePartLimits=ALL
MinJobAge=300
KillWait=5
OverTimeLimit=0
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:2 State=UNKNOWN
PartitionName=short Nodes={host} Default=YES MaxTime=01:00:00 DefMemPerCPU=500 State=UP
PartitionName=gpu Nodes={host} MaxTime=02:00:00 DefMemPerCPU=500 State=UP
"""


class Cluster:
    """Starts with `start`, ends with `stop`; `environment` is what a user's shell needs to talk to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}

    def start(self) -> None:
        for name in ("state", "spool", "log", "gpu"):
            (self.folder / name).mkdir()
        host = socket.gethostname().split(".")[0]
        node = dict(re.findall(r"(\w+)=(\d+)", self.output("slurmd", "-C")))
        text = CONFIGURATION.format(
            host=host,
            folder=self.folder,
            cpus=node["CPUs"],
            memory=node["RealMemory"],
            port=free_port(),
            node_port=free_port(),
        )
        (self.folder / "slurm.conf").write_text(text.lstrip())
        for number in (0, 1):
            make_gpu(self.folder / f"gpu/g{number}")
        (self.folder / "gres.conf").write_text(f"NodeName={host} Name=gpu File={self.folder}/gpu/g[0-1]\n")
        key = self.folder / "munge.key"
        self.output("mungekey", "--create", f"--keyfile={key}")
        key.chmod(0o400)
        self.output(
            "munged", f"--key-file={key}", f"--socket={self.folder}/munge.sock", f"--pid-file={self.folder}/munged.pid",
            f"--log-file={self.folder}/log/munged.log", f"--seed-file={self.folder}/munge.seed", "--force",
        )  # fmt: skip
        self.output("slurmctld")
        self.output("slurmd")
        self.wait_until_idle()

    def wait_until_idle(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = subprocess.run(
                ["sinfo", "-h", "-o", "%t"], capture_output=True, text=True, env=self.full_environment()
            )
            if "idle" in answer.stdout.split():
                return
            time.sleep(0.5)
        raise RuntimeError(f"the cluster did not come up: {(self.folder / 'log/slurmctld.log').read_text()[-2000:]}")

    def full_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def output(self, *command: str) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.full_environment()).stdout

    def stop(self) -> None:
        subprocess.run(["scancel", "--user=root"], capture_output=True, env=self.full_environment())
        for name in ("slurmd", "slurmctld", "munged"):
            pid = self.folder / f"{name}.pid"
            if pid.exists():
                try:
                    os.kill(int(pid.read_text()), 15)
                except ProcessLookupError:
                    continue


def why_not(folder: Path) -> str | None:
    """Why a cluster cannot be had on this machine, with what to do; nothing if it can."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} not found: apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "a cluster of one's own needs root"
    try:
        make_gpu(folder / "probe")
        (folder / "probe").unlink()
    except PermissionError:
        return "root may not make device files here (a container without privileges?), which made-up GPUs are"
    return None


def make_gpu(path: Path) -> None:
    """Made-up GPUs must be character devices, or CUDA_VISIBLE_DEVICES is not set."""
    os.mknod(path, 0o20666, os.makedev(1, 3))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
