"""The proxy in front of a server: Debian's nginx with the configuration of a site."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.services import ROOT, Process, free_port, listens, run

_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
_TEMPLATE = ROOT / "docker" / "nginx.conf.template"


def missing() -> str | None:
    """What is missing here to run it, and how to get it; None if nothing is."""
    packages = {"nginx": "nginx-light", "envsubst": "gettext-base", "openssl": "openssl"}
    if absent := [package for program, package in packages.items() if not _program(program)]:
        return f"The proxy cannot be run: apt-get install {' '.join(absent)}"
    return None


def compose() -> dict:
    """docker/compose.yml."""
    return yaml.safe_load((ROOT / "docker" / "compose.yml").read_text())


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=_PATH)


class Nginx:
    """A proxy on loopback: a context manager.

    Args:
        folder: of its own.
        server: host:port that requests go on to.
        files: the server's folder of files.
    """

    def __init__(self, folder: Path, server: str, files: Path) -> None:
        self.http_port, self.https_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.https_port}"
        self.certificate = folder / "certificates" / "fullchain.pem"
        self.log = folder / "nginx.log"
        self._folder = folder
        self._buffers = folder / "buffers"
        self._variables = {
            "STICKYPI_SERVER": server,
            "STICKYPI_RESOLVER": "127.0.0.1",
            "STICKYPI_HTTP_PORT": str(self.http_port),
            "STICKYPI_HTTPS_PORT": str(self.https_port),
            "STICKYPI_CERTIFICATES": str(self.certificate.parent),
            "STICKYPI_FILES": str(files),
            "STICKYPI_BUFFERS": str(self._buffers),
        }

    def __enter__(self) -> "Nginx":
        self.certificate.parent.mkdir(parents=True)
        self._buffers.mkdir()
        self._make_certificate()
        configuration = self._folder / "nginx.conf"
        configuration.write_text(self._configuration())
        program = str(_program("nginx"))
        user = " user root;" if os.geteuid() == 0 else ""  # the folders of the tests are ours only
        run(program, "-t", "-e", "stderr", "-c", configuration)
        command = [program, "-e", "stderr", "-c", configuration, "-g", f"daemon off;{user}"]
        self._process = Process(command, self.log)
        self._process.wait_until(lambda: listens(self.https_port))
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()

    def buffered(self) -> int:
        """Bytes of bodies and answers that it keeps on disk for slow clients. (Its files have no names.)"""
        return sum(_open_bytes(pid, self._buffers) for pid in self._workers())

    def _workers(self) -> list[int]:
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def _configuration(self) -> str:
        """The template as the image makes it: with all that the compose file sets, and nothing else."""
        names = {name for name in compose()["services"]["proxy"]["environment"] if name.startswith("STICKYPI_")}
        assert names == self._variables.keys()
        command = [str(_program("envsubst")), " ".join(f"${{{name}}}" for name in names)]
        template = _TEMPLATE.read_text()
        done = subprocess.run(
            command, env=self._variables, input=template, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def _make_certificate(self) -> None:
        key = self.certificate.parent / "privkey.pem"
        run(
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=traps.example.org",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate),
        )


def _open_bytes(pid: int, folder: Path) -> int:
    total = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if str(link.readlink()).startswith(str(folder)):
                total += link.stat().st_size
    return total
