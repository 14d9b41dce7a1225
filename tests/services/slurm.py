"""A Slurm cluster of one node: munged, slurmctld and slurmd."""

import os
import re
import shutil
import socket
import tempfile
from pathlib import Path

from tests.services import Process, free_port, run

_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin"
_CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=2
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """What is missing here to run it, and how to get it; None if nothing is."""
    programs = ("munged", "slurmctld", "slurmd", "sbatch")
    if absent := [name for name in programs if not shutil.which(name, path=_PATH)]:
        return f"{', '.join(absent)} of Slurm are missing: apt-get install munge slurmctld slurmd slurm-client"
    return None if os.getuid() == 0 else "Slurm is run by root"


class Slurm:
    """The cluster: a context manager."""

    def __enter__(self) -> "Slurm":
        self._folder = tempfile.TemporaryDirectory(prefix="slurm-")
        self.path = Path(self._folder.name)
        self.path.chmod(0o755)  # munge's socket is not for hidden places
        for name in ("state", "spool"):
            (self.path / name).mkdir()
        self._configure()
        self._processes = [self._munged(), self._daemon("slurmctld"), self._daemon("slurmd")]
        self._processes[-1].wait_until(lambda: "idle" in self.run("sinfo", "--noheader"), 60)
        return self

    def __exit__(self, *exception: object) -> None:
        for process in reversed(self._processes):
            process.kill()
        self._folder.cleanup()

    def submit(self, script: Path, environment: dict[str, str]) -> str:
        """Hands a batch script in, to be run in its folder. Returns the number of the job."""
        given = ",".join(f"{name}={value}" for name, value in environment.items())
        options = [f"--export={given}", f"--output={self.path}/output-%a", f"--chdir={script.parent}"]
        said = self.run("sbatch", *options, str(script))
        return re.findall(r"\d+", said)[0]

    def n_tasks(self) -> int:
        """How many tasks wait or run."""
        return len(self.run("squeue", "--noheader", "--array").splitlines())

    def run(self, command: str, *arguments: str) -> str:
        """What one of its commands says."""
        return run("env", f"SLURM_CONF={self.path}/slurm.conf", command, *arguments, timeout=30)

    def output(self, task: int) -> str:
        """What a task of an array has written."""
        path = self.path / f"output-{task}"
        return path.read_text() if path.exists() else ""

    def _configure(self) -> None:
        place = {"folder": self._folder.name, "host": socket.gethostname().partition(".")[0]}
        ports = {"controller": free_port(), "daemon": free_port()}
        (self.path / "slurm.conf").write_text(_CONFIGURATION.format(**place, **ports))
        (self.path / "munge.key").write_bytes(os.urandom(1024))
        (self.path / "munge.key").chmod(0o400)

    def _munged(self) -> Process:
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={self.path}/munge.{end}" for option, end in files.items()]
        process = Process([_program("munged"), "--foreground", "--force", *options], self.path / "munged.out")
        process.wait_until((self.path / "munge.socket").exists)
        return process

    def _daemon(self, name: str) -> Process:
        return Process([_program(name), "-D", "-f", self.path / "slurm.conf"], self.path / f"{name}.out")


def _program(name: str) -> str:
    return shutil.which(name, path=_PATH) or name
