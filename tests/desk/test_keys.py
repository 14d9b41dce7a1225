"""The page of device keys: made, shown once, rotated, revoked."""

import json
import re

import cv2
import numpy as np
import pytest
from django.test import Client
from playwright.sync_api import Page

from accounts.models import DeviceKey
from tests.desk.conftest import DEVICE
from tests.desk.signing_in import signed_in
from tests.services.server import Server, backends

KEYS = "/admin/desk/keys/"
KEY = re.compile(r"stickypi_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def keys_in(response) -> set[str]:
    return set(KEY.findall(response.content.decode()))


def upload(key: str) -> int:
    return Client(headers={"Authorization": f"Bearer {key}"}).post("/_put_new_images").status_code


def test_a_key_is_shown_once_and_works_until_it_is_revoked(admin):
    made = admin.post(KEYS, {"name": "orchard", "devices": "5c%", "expires": ""})
    [key] = keys_in(made)
    assert f"STICKYPI_USERNAME={key}" in made.content.decode() and "no-store" in made.headers["Cache-Control"]
    assert upload(key) == 400, "it passes: there is no file"
    listed = admin.get(KEYS)
    assert not keys_in(listed) and f"stickypi_{DeviceKey.objects.get().prefix}" in listed.content.decode()
    [newer] = keys_in(admin.post(KEYS, {"rotate": DeviceKey.objects.get().pk, "keep_hours": "24"}))
    assert (upload(key), upload(newer)) == (400, 400)
    [newest] = keys_in(admin.post(KEYS, {"rotate": DeviceKey.objects.latest("pk").pk, "keep_hours": "0"}))
    assert (upload(newer), upload(newest)) == (401, 400)
    assert admin.post(KEYS, {"revoke": DeviceKey.objects.latest("pk").pk}).status_code == 302
    assert upload(newest) == 401 and "has been revoked" in admin.get(KEYS).content.decode()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "devices": "%"}, "&#x27;name&#x27; is missing"),
        ({"name": "<b>", "devices": "%"}, "not a name of a key"),
        ({"name": "orchard", "devices": "5c17"}, "matches no device"),
        ({"name": "orchard", "devices": "%", "expires": "2020-01-01"}, "within the next"),
        ({"rotate": "x"}, "not a number"),
        ({"rotate": "999"}, "no key 999"),
        ({"revoke": "9" * 30}, "not a number"),
        ({"rotate": "1", "keep_hours": "9999"}, "from 0 to 720"),
    ],
)
def test_what_a_key_lacks_is_said(admin, form, words):
    answer = admin.post(KEYS, form)
    assert answer.status_code == 200 and words in answer.content.decode() and not DeviceKey.objects.exists()


@pytest.mark.parametrize("role", ["Viewers", "Curators", "Writers"])
def test_the_page_is_for_administrators(client_of, role):
    client = client_of(role)
    assert client.get(KEYS).status_code == 403
    assert client.post(KEYS, {"name": "orchard", "devices": "%"}).status_code == 403
    assert KEYS not in client.get("/admin/").content.decode()
    assert not DeviceKey.objects.exists()


@backends("sqlite-disk")
def test_a_phone_reads_the_code(server: Server, page: Page) -> None:
    with signed_in(server, page, KEYS):
        for name, text in {"name": "orchard", "devices": f"{DEVICE[:2]}%"}.items():
            page.fill(f"[name={name}]", text)
        page.click("[name=make]")
        key = page.locator("#desk-key").inner_text()
        drawn = cv2.imdecode(np.frombuffer(page.locator(".desk-made svg").screenshot(), np.uint8), cv2.IMREAD_COLOR)
        read, *_ = cv2.QRCodeDetector().detectAndDecode(drawn)
        assert json.loads(read) == {"url": server.url, "key": key, "devices": "5c%"}
        page.click("[data-copy=desk-settings]")
        page.wait_for_function("document.querySelector('[data-copy=desk-settings]').textContent != 'Copy'")
