"""Labelling: what the page's script asks for, in this process; people who label at once, on live servers."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest
import requests
from django.test import Client
from django.urls import reverse

from accounts.services import user_create
from labels import summaries
from labels.models import ITCLabel, Remark, Reservation, Skip, Taxon
from sticky_pi_api.core.records import TAXONOMY
from tests.desk.conftest import DEVICE, PASSWORD, make_tuboids
from tests.services.server import Server, backends
from tests.wire import test_wire_tuboids as wire

DOORS = ("claim", "save", "skip", "undo", "forget")
PEOPLE = ("joan", "john", "june")
N_TUBOIDS = 24


@pytest.fixture
def tuboids(db) -> list[int]:
    """The ids of six tuboids, each with the label of an algorithm."""
    ids = [tuboid.pk for tuboid in make_tuboids(DEVICE, 6)]
    summaries.rebuild()
    return ids


@pytest.fixture
def curator(client_of) -> Client:
    return client_of("Curators")


@pytest.fixture
def taxon(tuboids) -> int:
    return Taxon.objects.get().pk


def ask(client: Client, door: str, status: int = 200, **body):
    answer = client.post(reverse(f"desk:label_{door}"), body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def ids_of(answer) -> list[int]:
    return [tuboid["id"] for tuboid in answer["tuboids"]]


def another(name: str) -> Client:
    """A browser of one more administrator."""
    client = Client()
    client.force_login(user_create(username=name, password=PASSWORD, is_admin=True, can_write=False))
    return client


def test_labelling_is_for_curators(client, client_of, tuboids):
    viewer = client_of("Viewers")
    assert viewer.get(reverse("desk:label")).status_code == 403
    assert client.get(reverse("desk:label"))["Location"].startswith("/admin/login/")
    for door in DOORS:
        assert "log in again" in ask(client, door, 401)["detail"]
        assert "labels.add_itclabel" in ask(viewer, door, 403)["detail"]
    assert not Reservation.objects.exists()


def test_a_label_is_saved_and_the_next_tuboid_comes(curator, tuboids, taxon):
    opened = ask(curator, "claim")
    assert ids_of(opened) == tuboids[:3]
    assert opened["progress"] == {"today": 0, "left": 6, "skipped": 0}
    assert [chip["taxon"] for chip in opened["tuboids"][0]["said"]] == [taxon]
    said = {"taxon": taxon, "confidence": "high", "note": " wing torn "}
    saved = ask(curator, "save", tuboid=tuboids[0], known=tuboids[1:3], **said)
    assert (ids_of(saved), saved["held"]) == ([tuboids[3]], tuboids[1:4])
    assert saved["progress"] == {"today": 1, "left": 5, "skipped": 0}
    label = ITCLabel.objects.get(pk=saved["label"])
    assert (label.parent_tuboid_id, label.algo_name) == (tuboids[0], "human:a-curators")
    remark = Remark.objects.get(label=label)
    assert (remark.confidence, remark.note) == ("high", "wing torn")


def test_undo_takes_a_label_back(curator, tuboids, taxon):
    ask(curator, "claim")
    saved = ask(curator, "save", tuboid=tuboids[0], taxon=taxon, known=tuboids[1:3])
    undone = ask(curator, "undo", label=saved["label"], known=tuboids[1:4])
    assert ids_of(undone) == [tuboids[0]] and undone["progress"]["today"] == 0
    assert not ITCLabel.objects.filter(pk=saved["label"]).exists()
    assert "not one of yours" in ask(curator, "undo", 404, label=saved["label"])["detail"]
    of_algorithm = ITCLabel.objects.values_list("pk", flat=True)[0]
    ask(curator, "undo", 404, label=of_algorithm)
    assert ITCLabel.objects.filter(pk=of_algorithm).exists()


def test_what_is_skipped_comes_back_when_asked_for(curator, tuboids):
    ask(curator, "claim")
    for pk in tuboids:
        left = ask(curator, "skip", tuboid=pk)
    assert (left["tuboids"], left["held"]) == ([], [])
    assert left["progress"] == {"today": 0, "left": 6, "skipped": 6}
    assert ids_of(ask(another("joan"), "claim")) == tuboids[:3], "others still get it"
    assert ids_of(ask(curator, "claim", tuboid=tuboids[4])) == [tuboids[4]]
    assert ids_of(ask(curator, "forget", known=[tuboids[4]])) == [tuboids[3], tuboids[5]]
    assert not Skip.objects.exists()


def test_disputed_tuboids_are_those_where_labels_differ(curator, tuboids, taxon):
    ask(curator, "claim")
    assert ask(curator, "claim", mode="disputed")["held"] == []
    assert not Reservation.objects.exists(), "those of the other mode are given back"
    ranks = dict.fromkeys(TAXONOMY)
    other = Taxon.objects.create(path="spider", text="spider", type="spider", label=9, pattern="^spider$", **ranks)
    ask(another("joan"), "save", tuboid=tuboids[2], taxon=other.pk)
    assert ids_of(ask(curator, "claim", mode="disputed")) == [tuboids[2]]
    done = ask(curator, "save", mode="disputed", tuboid=tuboids[2], taxon=taxon)
    assert (done["held"], done["progress"]["left"]) == ([], 0)


def test_a_tuboid_is_before_one_person_until_they_are_gone(curator, tuboids):
    ask(curator, "claim")
    joan = another("joan")
    assert ids_of(ask(joan, "claim")) == tuboids[3:]
    assert "another person has this tuboid" in ask(joan, "claim", 409, tuboid=tuboids[0])["detail"]
    for reservation in Reservation.objects.filter(tuboid__in=tuboids[:3]):
        reservation.expires -= timedelta(hours=1)
        reservation.save()
    assert ids_of(ask(joan, "claim", tuboid=tuboids[0], known=tuboids[3:])) == [tuboids[0]]
    assert ask(curator, "claim", known=tuboids[:3])["held"] == tuboids[1:3]


def test_two_windows_of_one_person_share_no_tuboid(curator, tuboids, taxon):
    left, right = {"window": "left"}, {"window": "right"}
    assert ids_of(ask(curator, "claim", **left)) == tuboids[:3]
    assert ids_of(ask(curator, "claim", **right)) == tuboids[3:]
    assert ask(curator, "claim", **left, known=tuboids[:3])["held"] == tuboids[:3]
    saved = ask(curator, "save", **left, tuboid=tuboids[0], taxon=taxon, known=tuboids[1:3])
    assert (saved["tuboids"], saved["held"]) == ([], tuboids[1:3])
    assert ids_of(ask(curator, "claim", **right, tuboid=tuboids[1], known=tuboids[3:])) == [tuboids[1]]
    assert ask(curator, "claim", **left, known=tuboids[1:3])["held"] == [tuboids[2]], "the other window took it"
    undone = ask(curator, "undo", **right, label=saved["label"], known=[tuboids[1], *tuboids[3:]])
    assert ids_of(undone) == [tuboids[0]]
    assert dict(Reservation.objects.values_list("tuboid", "window"))[tuboids[0]] == "right"


@pytest.mark.parametrize(
    ("door", "body", "status", "said"),
    [
        ("save", {}, 400, "'tuboid' is None: it takes the id of a tuboid"),
        ("save", {"tuboid": True, "taxon": 1}, 400, "'tuboid' is True"),
        ("save", {"tuboid": 1}, 400, "'taxon' is None"),
        ("save", {"tuboid": 1, "taxon": 2**63}, 400, "it takes the id of a taxon"),
        ("save", {"tuboid": 1, "taxon": 1, "confidence": "sure"}, 400, "low, medium, high or nothing"),
        ("save", {"tuboid": 1, "taxon": 1, "confidence": []}, 400, "low, medium, high or nothing"),
        ("save", {"tuboid": 1, "taxon": 1, "note": "x" * 501}, 400, "at most 500"),
        ("save", {"tuboid": 10**9, "taxon": 1}, 404, "is not there any more"),
        ("skip", {"tuboid": 10**9}, 404, "is not there any more"),
        ("claim", {"tuboid": 10**9}, 404, "is not there any more"),
        ("claim", {"mode": "all"}, 400, "unlabelled, disputed"),
        ("claim", {"mode": []}, 400, "unlabelled, disputed"),
        ("claim", {"known": "1"}, 400, "a list of at most"),
        ("claim", {"window": 1}, 400, "at most 64"),
        ("claim", {"window": "x" * 65}, 400, "at most 64"),
        ("undo", {"label": "1"}, 400, "it takes the id of a label"),
    ],
)
def test_a_wrong_request_changes_nothing_and_is_explained(curator, tuboids, door, body, status, said):
    assert said in ask(curator, door, status, **body)["detail"]
    assert not Remark.objects.exists() and not Skip.objects.exists() and ITCLabel.objects.count() == len(tuboids)


@pytest.mark.parametrize(("body", "said"), [(b"{", "not JSON"), (b"[]", "not an object"), (b"\xff", "not JSON")])
def test_a_body_is_a_json_object(curator, tuboids, body, said):
    answer = curator.post(reverse("desk:label_save"), body, content_type="application/json")
    assert answer.status_code == 400 and said in answer.json()["detail"]


def test_the_number_of_queries_does_not_follow_the_data(curator, tuboids, taxon, django_assert_max_num_queries):
    ask(curator, "claim")
    with django_assert_max_num_queries(45) as first:
        ask(curator, "save", tuboid=tuboids[0], taxon=taxon, known=tuboids[1:3])
    make_tuboids("0a5bb6f4", 60)
    summaries.rebuild()
    with django_assert_max_num_queries(len(first.captured_queries)):
        ask(curator, "save", tuboid=tuboids[1], taxon=taxon, known=tuboids[2:4])


class Person:
    """A browser in which somebody has logged in, at a live server."""

    def __init__(self, server: Server, username: str) -> None:
        self.url = f"{server.url}/admin/desk/label/"
        self.session = requests.Session()
        login = f"{server.url}/admin/login/"
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.session.get(login, timeout=30).text)[1]
        signed_in = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
        self.session.post(login, signed_in, timeout=30, allow_redirects=False)
        self.session.headers["X-CSRFToken"] = self.session.cookies["csrftoken"]

    def ask(self, door: str, **body):
        answer = self.session.post(self.url + door, json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def label_all(self, taxon: int) -> list[int]:
        """Labels until nothing comes. Returns all the ids that were ever before this person."""
        answer, before, seen = self.ask("claim"), [], []
        while True:
            before += ids_of(answer)
            seen += ids_of(answer)
            if not before:
                return seen
            first, *before = before
            answer = self.ask("save", tuboid=first, taxon=taxon, known=before)


@backends("sqlite-disk", "mariadb-disk")
def test_people_who_label_at_once_never_get_the_same_tuboid(server):
    info = {**wire.SERIES_INFO, "n_tuboids": N_TUBOIDS}
    names = [f"{wire.SERIES}.{number:04d}" for number in range(N_TUBOIDS)]
    for name in names:
        put = wire.put(server, tuboid_id=f'"{name}"', series_info=wire.json.dumps(info))
        assert put.status_code == 200, put.text
    wire.post(server, "/put_itc_labels", [{**wire.LABEL, "tuboid_id": names[0]}])
    wire.post(server, "/put_users", [{"username": each, "password": PASSWORD, "is_admin": True} for each in PEOPLE])
    people = [Person(server, name) for name in PEOPLE]
    (taxon,) = {row[0] for row in server.select("SELECT id FROM taxa")}
    with ThreadPoolExecutor(len(people)) as pool:
        seen = list(pool.map(lambda person: person.label_all(taxon), people))
    assert Counter(chain(*seen)) == Counter(row[0] for row in server.select("SELECT id FROM tiled_tuboids"))

    labels = wire.post(server, "/_get_itc_labels", [{"tuboid_id": name} for name in names]).json()
    by_people = [label for label in labels if label["algo_name"].startswith("human:")]
    assert Counter(label["algo_name"] for label in by_people) == {
        f"human:{name}": len(each) for name, each in zip(PEOPLE, seen, strict=True) if each
    }
    assert all(label["order"] == "Diptera" and label["api_user"] in PEOPLE for label in by_people)
    assert server.select("SELECT * FROM tuboid_reservations") == []
