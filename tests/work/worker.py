"""A worker as a process of its own: takes images, annotates them, a line on its output for each that is stored.

Arguments: host:port, token, version, seconds of a lease.
"""

import http.client
import json
import sys
import time
from typing import Any


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(address: str, token: str, version: str, seconds: str) -> None:
    connection = http.client.HTTPConnection(address, timeout=60)
    by = {"algo_name": "uid", "algo_version": version}

    def post(path: str, body: Any) -> tuple[int, Any]:
        for _ in range(20):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            found = json.loads(answer.read())
            if answer.status < 500:
                return answer.status, found
            time.sleep(0.5)
        raise SystemExit(f"{path}: {answer.status}")

    while True:
        asked = time.monotonic()
        status, lease = post("/api/work/images/", {**by, "n": 4, "seconds": int(seconds)})
        assert status == 200, lease
        say("leased", len(lease["items"]), round(time.monotonic() - asked, 4))
        if not lease["items"] and not lease["held"]:
            return
        if not lease["items"]:
            time.sleep(0.5)
        for image in lease["items"]:
            key = {"device": image["device"], "datetime": image["datetime"], "md5": image["md5"]}
            new = {"metadata": {**key, **by, "lease": lease["token"]}, "annotations": []}
            status, answer = post("/put_uid_annotations", [new])
            say("stored" if status == 200 else f"refused {answer}", image["id"])


if __name__ == "__main__":
    main(*sys.argv[1:])
