"""An export as a server makes it: a program beside the server, which it starts, watches and can end.

`python -m sticky_pi_api.export_job` reads JSON from its input: `kind` and `options` as `sticky_pi_api.exports.export`
takes them, `folder`, and `username`, who acts. It writes a line of JSON whenever it has got on, `{"done", "total",
"note"}`, and at the end `{"error"}` where the export cannot be made; it ends with 75 where it may be made later.
"""

import json
import os
import sys
import tempfile
from typing import Any

from .client import InProcessClient
from .core.errors import APIError, Unavailable
from .exports import export


def main() -> int:
    """Makes the export. Returns the exit code."""
    asked = json.load(sys.stdin)
    actor = {"username": asked["username"]}
    try:
        with tempfile.TemporaryDirectory() as cache, InProcessClient(cache, client_info=actor) as client:
            export(client, asked["kind"], asked["folder"], progress=_tell_progress, **asked["options"])
    except APIError as error:
        _tell({"error": str(error)})
        return os.EX_TEMPFAIL if isinstance(error, Unavailable) else 1
    return 0


def _tell_progress(device: str, done: int, total: int) -> None:
    _tell({"done": done, "total": total, "note": device})


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
