"""Leases of a server."""

import json
from typing import Any

from ..core.errors import Unavailable
from ..core.formats import format_datetime, parse_datetime, shown
from ..core.records import is_datetime
from ..core.work import Asked, Held
from ..remote.http import Http
from .source import Lease, WorkSource


class ServerWork(WorkSource):
    """By the REST resource `/api/work/`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def take(self, kind: str, asked: Asked) -> Lease:
        series = asked.series
        body = {
            "device": series.device,
            "start_datetime": format_datetime(series.start_datetime),
            "end_datetime": format_datetime(series.end_datetime),
            **{name: getattr(asked, name) for name in ("algo_name", "algo_version", "n", "seconds")},
            **({"project": asked.project} if asked.project else {}),
            **({"worker": asked.worker} if asked.worker else {}),
        }
        answer = self._post(kind, body)
        try:
            return Lease(str(answer["token"]), [_row(item) for item in answer["items"]], int(answer["held"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unavailable(
                f"the answer to /api/work/{kind}/ is not a Sticky Pi server's: {shown(answer)}"
            ) from error

    def extend(self, held: Held) -> list[int]:
        items: list[int] = self._post("extend", {**_of(held), "seconds": held.seconds})["items"]
        return items

    def give_back(self, held: Held) -> None:
        self._post("return", _of(held))

    def fail(self, held: Held) -> None:
        self._post("fail", {**_of(held), "reason": held.reason})

    def _post(self, what: str, body: dict[str, Any]) -> Any:
        return self._http.post(f"/api/work/{what}/", json.dumps(body))


def _of(held: Held) -> dict[str, Any]:
    return {"token": held.token, **({} if held.items is None else {"items": list(held.items)})}


def _row(item: dict[str, Any]) -> dict[str, Any]:
    moments = {name: parse_datetime(value) for name, value in item.items() if is_datetime(name) and value}
    return {**item, **moments, **({"url": item["image"]} if "image" in item else {})}
