"""Lines of Python that make the figure of a page from the server, with `sticky_pi_api.analysis`."""

import json
from collections.abc import Sequence
from datetime import timedelta

from django.http import HttpRequest

from activity.selection import Choice, whole_pattern

_MARGIN = timedelta(days=60)  # series of tuboids are found whole: they may begin before the first night

EVERYTHING = '[{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}]'

_LINES = """\
from sticky_pi_api.analysis import captures, {function}
from sticky_pi_api.client import RemoteClient
{client}
season = {{"device": "{device}", "start_datetime": "{start}", "end_datetime": "{end}"}}
images = client.get_image_series([season])
{days}stays = [{{**season, "device": device}} for device in sorted({{row["device"] for row in images}})]
whole = {{"device": "{device}", "start_datetime": "{before}", "end_datetime": "{after}"}}
tuboids = client.get_tiled_tuboid_series_itc_labels([whole])
{only_people}caught = captures(tuboids, people={people}, algorithm={algorithm}, rank="{rank}")
caught = caught[caught.datetime.between("{start}", "{end}", inclusive="left")]
{on_days}"""
_DAYS = """\
import pandas as pd
deployed = client.get_project_series([{{"project_id": {project}}}])
spans = [(row["device"], row["start_datetime"].date(), row["end_datetime"].date()) for row in deployed]
days = {{(device, day.date()) for device, first, last in spans for day in pd.date_range(first, last)}}
images = [row for row in images if (row["device"], row["datetime"].date()) in days]
"""
_ON_DAYS = """\
caught = caught[[(row.device, row.datetime.date()) in days for row in caught.itertuples()]]
"""
_ONLY_PEOPLE = """\
tuboids = [row for row in tuboids if str(row["algo_name_itc"]).startswith("human:")]
"""


def five_lines(request: HttpRequest, choice: Choice, function: str) -> str:
    """What gets `images`, `caught` and `stays`, for the function of the figure."""
    chosen, algorithm = choice.selection, choice.algorithm
    start, end = choice.moment(chosen.first), choice.moment(chosen.last) + timedelta(days=1)
    return _LINES.format(
        days=_DAYS.format(project=chosen.project) if chosen.project else "",
        on_days=_ON_DAYS if chosen.project else "",
        only_people=_ONLY_PEOPLE if algorithm is None else "",
        function=function,
        client=client_line(request),
        device=whole_pattern(choice.device),
        start=f"{start:%Y-%m-%d %H:%M:%S}",
        end=f"{end:%Y-%m-%d %H:%M:%S}",
        before=f"{start - _MARGIN:%Y-%m-%d}",
        after=f"{end + _MARGIN:%Y-%m-%d}",
        people=choice.labels.startswith("people"),
        algorithm=repr((algorithm.name, algorithm.version)) if algorithm else None,
        rank=chosen.rank,
    )


def script(request: HttpRequest, functions: Sequence[str], lines: Sequence[str]) -> str:
    """Lines that use these functions of the analysis and a `client` of this server."""
    imports = [f"from sticky_pi_api.analysis import {', '.join(functions)}"]
    return "\n".join([*imports, "from sticky_pi_api.client import RemoteClient", client_line(request), *lines]) + "\n"


def client_line(request: HttpRequest) -> str:
    """A client of the server that the page is from."""
    host, _, port = request.get_host().partition(":")
    where = f'protocol="{request.scheme}", port={port or (443 if request.is_secure() else 80)}'
    return f'client = RemoteClient(".", "{host}", "USERNAME", "PASSWORD", {where})'


def quoted(text: str) -> str:
    """A text as Python has it."""
    return json.dumps(text)
