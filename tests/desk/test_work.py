"""The page of work: what is open, held and failed, and who may try it again."""

import pytest

from accounts.models import User
from sticky_pi_api.core.work import FAILURES, IMAGES, TUBOIDS, Held, parse_asked
from tests.desk.conftest import DEVICE, VERSIONS, make_images, make_tuboids
from work import services
from work.models import ImageLease
from work.taking import items_take

PATH = "/admin/desk/work/"


@pytest.fixture
def leases(user_of) -> None:
    """Of 10 images one is set aside and one is held; of 3 tuboids one is held."""
    make_images(DEVICE, 10)
    make_tuboids(DEVICE, 3)
    user = user_of("Writers")
    asked = parse_asked({"algo_name": "uid", "algo_version": VERSIONS[0], "worker": "node-7"})
    for _ in range(FAILURES):
        taken = items_take(kind=IMAGES, asked=asked, series=[asked.series], user=user)
        services.leases_fail(held=Held(taken.token, None, 60, "no <b>light</b>"))
    for kind in (IMAGES, TUBOIDS):
        items_take(kind=kind, asked=asked, series=[asked.series], user=user)


def test_empty(admin) -> None:
    assert "Nobody has asked for work yet" in admin.get(PATH).content.decode()


def test_what_is_open_held_and_failed(admin, leases) -> None:
    page = admin.get(PATH)
    found = {each["progress"].task.kind: each["progress"] for each in page.context["tasks"]}
    numbers = [(each.n_open, each.n_held, each.n_done, each.n_failed) for each in (found[IMAGES], found[TUBOIDS])]
    assert numbers == [(8, 1, 0, 1), (2, 1, 0, 0)]
    text = page.content.decode()
    assert "no &lt;b&gt;light&lt;/b&gt;" in text and text.count("a-writers node-7") == 3
    assert "no one is at it" in text


def test_trying_again(admin, client_of, leases) -> None:
    lease = ImageLease.objects.get(state=ImageLease.ASIDE)
    viewer = client_of("Viewers")
    assert "Try again</button>" not in viewer.get(PATH).content.decode()
    viewer.post(PATH, {"images": lease.pk})
    assert ImageLease.objects.filter(state=ImageLease.ASIDE).exists()
    text = admin.post(PATH, {"images": [lease.pk, "x", "9" * 30], "tuboids": "1"}, follow=True).content.decode()
    assert "1 item is open again" in text and "Nothing has failed" in text
    asked = parse_asked({"algo_name": "uid", "algo_version": VERSIONS[0]})
    taken = items_take(kind=IMAGES, asked=asked, series=[asked.series], user=_writer())
    assert taken.items == [lease.item_id]


def _writer() -> User:
    return User.objects.get(username="a-writers")


@pytest.mark.django_db
def test_who_sees_it(client, client_of) -> None:
    assert client.get(PATH).status_code == 302
    assert client_of("Viewers").get(PATH).status_code == 200
