"""Whatever is asked of the resources, by whomever, no answer is an error of the server."""

import itertools
import random
import re
from collections.abc import Callable, Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

from simulation.card import render
from simulation.fleet import Fleet
from tests.services.server import ADMIN, Server, backends

ROLES = ("admin", "curator", "viewer", "nobody")
PASSWORD = "a long password, 9"
MAKE_USERS = f"""
from django.contrib.auth.models import Group
from accounts.services import user_create
for name, group, can_write in (("curator", "Curators", True), ("viewer", "Viewers", False)):
    user_create(username=name, password={PASSWORD!r}, can_write=can_write).groups.add(Group.objects.get(name=group))
"""
HOSTILE = (
    *("%", "%s", "%(a)s", "%d%n", "{0}", "{a.b}", "\0", "é", "\U0001f41b", "'\"`;--", "[]", "{", "\\", " "),
    *(
        "-1",
        "0",
        "1e308",
        "NaN",
        "9" * 400,
        str(2**64),
        "x" * 5000,
        "2021-02-30",
        "0001-01-01",
        "9999-12-31T23:59:59.999999Z",
        "true",
    ),
)

pytestmark = [pytest.mark.slow, backends("sqlite-disk", "mariadb-disk")]


@pytest.fixture
def filled(server: Server) -> Iterator[Server]:
    """A server with users of all roles and some images."""
    server.manage("shell", "-c", MAKE_USERS)
    for shot in itertools.islice(Fleet(n_devices=2, days=0.1, size=(320, 240)).shots(), 4):
        part = {shot.name: (shot.name, render(shot), "image/jpeg")}
        requests.post(f"{server.url}/_put_new_images", auth=ADMIN, files=part, timeout=60).raise_for_status()
    yield server
    server.reset()


@pytest.fixture
def session_of(filled: Server) -> Callable[[str], requests.Session]:
    def get(role: str) -> requests.Session:
        session = requests.Session()
        if role != "nobody":
            auth = ADMIN if role == "admin" else (role, PASSWORD)
            token = requests.post(f"{filled.url}/get_token", auth=auth, timeout=60).json()["token"]
            session.headers["Authorization"] = f"Bearer {token}"
        return session

    return get


@pytest.fixture
def schema(filled: Server, session_of: Callable[[str], requests.Session]) -> schemathesis.BaseSchema:
    description = session_of("admin").get(f"{filled.url}/api/schema/?format=json", timeout=60).json()
    return schemathesis.openapi.from_dict(description)


def assert_sound(response: requests.Response) -> None:
    assert response.status_code < 500, f"{response.request.method} {response.url}: {response.text[:500]}"
    if response.status_code >= 400 and "json" in response.headers.get("Content-Type", ""):
        assert response.json().keys() >= {"detail", "code"}


@pytest.mark.parametrize("role", ROLES)
def test_what_the_description_allows_and_what_it_does_not(
    filled: Server, schema: schemathesis.BaseSchema, session_of: Callable[[str], requests.Session], role: str
) -> None:
    session = session_of(role)
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) > 15

    for operation in operations:
        strategies = [operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=strategies[0] | strategies[1])
        def ask(case: schemathesis.Case) -> None:
            if "/me/" not in case.path or case.method == "GET":
                assert_sound(session.request(**case.as_transport_kwargs(base_url=filled.url), timeout=60))

        ask()


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_hostile_values_of_every_parameter(
    filled: Server, schema: schemathesis.BaseSchema, session_of: Callable[[str], requests.Session], role: str
) -> None:
    session = session_of(role)
    asked = 0
    for path, methods in schema.raw_schema["paths"].items():
        names = [each["name"] for each in methods.get("get", {}).get("parameters", ()) if each["in"] == "query"]
        for name, value in itertools.product([*names, "no_such_parameter"] if "{" not in path else (), HOSTILE):
            assert_sound(session.get(filled.url + path, params={name: value}, timeout=60))
            asked += 1
        for value in HOSTILE if "{" in path else ():
            address = path.replace(path[path.index("{") : path.index("}") + 1], requests.utils.quote(value, safe=""))
            assert_sound(session.get(filled.url + address, timeout=60))
            asked += 1
    assert asked > 500


PAGES = (
    *(f"/admin/{table}/" for table in ("images/image", "annotations/uidannotation", "tuboids/tuboidseries")),
    *(f"/admin/{table}/" for table in ("tuboids/tiledtuboid", "labels/itclabel", "accounts/user")),
    *("/admin/", "/admin/desk/", "/admin/desk/tuboids/", "/admin/desk/taxonomy/"),
    *("/admin/desk/classifier/", "/admin/desk/detector/", "/admin/desk/catch/", "/admin/desk/activity/"),
    *("/admin/desk/catch/catch.csv", "/admin/desk/catch/catch.svg", "/admin/desk/projects/", "/admin/desk/keys/"),
    *("/admin/desk/label/", "/admin/desk/label/taxa", "/admin/desk/devices/{device}/"),
    *(f"/admin/desk/devices/{{device}}/{part}" for part in ("readings", "insects", "moments")),
)
KNOWN = {"q", "p", "o", "e", "device", "mode", "tuboid", "rank", "back", "sort", "page", "start", "end", "step", "next"}
_NAMES = re.compile(r'(?:[?&;]|<(?:input|select)[^>]*\bname=")([a-z_]+)(?=[="])')


def test_hostile_values_on_pages(filled: Server) -> None:
    """Of the parameters that any form or link of a page has, and of some that the views know."""
    session = requests.Session()
    login = f"{filled.url}/admin/login/"
    session.get(login, timeout=60)
    form = {"username": ADMIN[0], "password": ADMIN[1], "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    assert session.post(login, form, timeout=60, headers={"Referer": login}).url.endswith("/admin/")
    ((device, *_), *_) = filled.select("SELECT device FROM images")
    for page in PAGES:
        address = filled.url + page.format(device=device)
        first = session.get(address, timeout=60)
        assert first.status_code in (200, 400), address
        names = KNOWN | (set(_NAMES.findall(first.text)) - {"csrfmiddlewaretoken"})
        for name, value in itertools.product(sorted(names), random.Random(page).sample(HOSTILE, 8)):
            assert_sound(session.get(address, params={name: value}, timeout=60))
