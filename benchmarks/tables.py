"""A million rows to a DataFrame: as an Arrow table beside the series in JSON, in processes of their own."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.filling import BLOCK, DEVICES
from benchmarks.series import Table
from tests.services import mariadb
from tests.services.server import ADMIN, Server

MILLION = 10 * BLOCK
_SCRIPT = """
import resource, sys, time
import pandas as pd
from sticky_pi_api.client import RemoteClient
folder, port, user, password, way = sys.argv[1:]
client = RemoteClient(folder, "127.0.0.1", user, password, protocol="http", port=int(port))
client.images("ffffffff").count(), client.images("ffffffff").to_pandas()  # imports, signs in
series = [{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}]
began = time.perf_counter()
frame = client.images().to_pandas() if way == "arrow" else pd.DataFrame(client.get_image_series(series))
print(len(frame), time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    """Measures on each database that is here, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=len(DEVICES) * MILLION, help="default: %(default)s")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        _report("SQLite", Path(folder) / "sqlite", {}, rows)
        if reason := mariadb.missing():
            print(reason)
            return
        with mariadb.MariaDB() as running:
            _report("MariaDB", Path(folder) / "mariadb", running.create_database("tables"), rows)


def _report(name: str, folder: Path, settings: Mapping[str, str], n_rows: int) -> None:
    with Server(folder, settings) as server:
        Table(server, n_rows // len(DEVICES))
        found = {way: _measure(server, folder, way) for way in ("arrow", "json")}
    print(f"{name}, {n_rows:,} rows to a DataFrame")
    for way, (seconds, peak) in found.items():
        print(f"  {way:6} {seconds:6.1f} s, {n_rows / seconds:9,.0f} rows/s, peak {peak / 1e3:5,.0f} MB")
    print(f"  Arrow is {found['json'][0] / found['arrow'][0]:.1f} times as fast (target: 8, at most 10 s and 600 MB)")


def _measure(server: Server, folder: Path, way: str) -> tuple[float, float]:
    """Seconds, and kB at most."""
    arguments = [str(folder / "client"), str(server.port), *ADMIN, way]
    command = [sys.executable, "-c", _SCRIPT, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    n_rows, seconds, peak = done.stdout.split()
    assert int(n_rows) > 0
    return float(seconds), float(peak)


if __name__ == "__main__":
    main()
