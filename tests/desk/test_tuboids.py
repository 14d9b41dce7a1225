"""Gallery, tuboid, agreement and taxonomy: what the pages say, in this process."""

import csv
import html
import io
import json
import random
import re
from collections import Counter
from datetime import timedelta
from typing import NamedTuple

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from desk.tuboids import queries as gallery_queries
from images.models import ImageScale
from labels import summaries
from labels.agreement import matrix
from labels.models import ITCLabel, LabelSource, Taxon
from sticky_pi_api.core.layout import tuboid_key
from tests.desk.conftest import DEVICE, OTHER, START, VERSIONS, make_tuboids
from tuboids.models import TiledTuboid

PAGES = ("tuboids", "tuboid", "classifier", "detector", "taxonomy")
DIPTERA = ("Insecta", "Diptera", None, None, None)
SCIARIDAE = ("Insecta", "Diptera", "Sciaridae", None, None)
MUSCA = ("Insecta", "Diptera", "Muscidae", "Musca", "domestica")
APHIDIDAE = ("Insecta", "Hemiptera", "Aphididae", None, None)
TAXA = (DIPTERA, SCIARIDAE, MUSCA, APHIDIDAE)


class Said(NamedTuple):
    tuboid: TiledTuboid
    source: str
    ranks: tuple


def say(*said: Said) -> None:
    """Stores labels, with what follows from them."""
    names = ("type", "order", "family", "genus", "species")
    ITCLabel.objects.bulk_create(
        ITCLabel(
            parent_tuboid=tuboid,
            algo_name=source,
            algo_version=VERSIONS[1],
            label=7,
            pattern="^x$",
            **dict(zip(names, ranks, strict=True)),
        )
        for tuboid, source, ranks in said
    )
    summaries.rebuild()


def fresh(device: str, number: int) -> list[TiledTuboid]:
    """Tuboids without labels, four of them starting at the same time."""
    tuboids = make_tuboids(device, number)
    ITCLabel.objects.filter(parent_tuboid__in=tuboids).delete()
    for n, tuboid in enumerate(tuboids):
        tuboid.start_datetime = START + timedelta(minutes=20 * (n // 4))
    TiledTuboid.objects.bulk_update(tuboids, ["start_datetime"])
    summaries.rebuild()
    return tuboids


@pytest.fixture
def labelled(db) -> list[TiledTuboid]:
    """Six tuboids of two devices: 0 unlabelled, 1 and 2 alike, 3 and 4 in dispute, 5 by an algorithm only."""
    tuboids = fresh(DEVICE, 4) + fresh(OTHER, 2)
    say(
        *(Said(tuboids[n], "human:mary", SCIARIDAE) for n in (1, 2, 3)),
        Said(tuboids[4], "human:joe", APHIDIDAE),
        *(Said(tuboids[n], "itc", SCIARIDAE) for n in (1, 4, 5)),
        Said(tuboids[2], "itc", DIPTERA),
        Said(tuboids[3], "itc", MUSCA),
    )
    return tuboids


def source_id(name: str) -> int:
    return LabelSource.objects.get(name=name).pk


def page_of(name: str, tuboid: TiledTuboid) -> str:
    return reverse(f"desk:{name}", args=[tuboid.pk] if name == "tuboid" else [])


def shown(client, **query) -> list[int]:
    context = client.get(reverse("desk:tuboids"), query).context
    assert "error" not in context, context["error"]
    return [each["tuboid"].pk for each in context["tuboids"]]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_who_may_see_tuboids(client, client_of, labelled, name):
    url = page_of(name, labelled[1])
    answer = client.get(url)
    assert answer.status_code == 302 and "/login/" in answer["Location"]
    viewer = client_of("Viewers")
    assert viewer.get(url).status_code == 200
    assert reverse("desk:label").encode() not in viewer.get(url).content
    User.objects.get(username="a-viewers").groups.clear()
    assert viewer.get(url).status_code == 403


def test_files_are_json_where_they_are_refused(client, client_of, labelled):
    of = lambda what, name: reverse("desk:tuboid_file", args=[what, name])  # noqa: E731
    assert client.get(of("preview", labelled[0].tuboid_id)).status_code == 401
    viewer = client_of("Viewers")
    for what, name in (("preview", labelled[0].tuboid_id), ("metadata", labelled[0].tuboid_id), ("context", "a..b")):
        answer = viewer.get(of(what, name))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (what, name)


@pytest.mark.parametrize("name", PAGES)
def test_the_number_of_queries_does_not_follow_the_data(admin, labelled, name, django_assert_max_num_queries):
    url = page_of(name, labelled[1])
    admin.get(url)
    with django_assert_max_num_queries(14) as first:
        admin.get(url)
    for number in range(20):
        tuboids = fresh(f"{number:08x}", 6)
        say(*(Said(tuboid, f"human:{number}", TAXA[number % 4]) for tuboid in tuboids))
    say(*(Said(labelled[1], f"human:{number}", TAXA[number % 4]) for number in range(10)))
    with django_assert_max_num_queries(len(first.captured_queries)):
        admin.get(url)


def test_the_gallery_is_filtered(admin, labelled):
    def numbers(**query):
        return sorted(labelled.index(TiledTuboid(pk=pk)) for pk in shown(admin, **query))

    assert numbers() == [0, 1, 2, 3, 4, 5]
    assert numbers(status="unlabelled") == [0]
    assert numbers(status="unseen") == [0, 5]
    assert numbers(status="disputed") == [3, 4]
    assert numbers(device=OTHER) == [4, 5] == numbers(device="0A5%") == numbers(device="%f4")
    assert numbers(device=DEVICE[:3], status="disputed") == [3]
    assert numbers(taxon="Sciar") == [1, 2, 3, 4, 5]
    assert numbers(taxon="sciaridae", source=source_id("itc")) == [1, 4, 5]
    assert numbers(taxon="Musca", source=source_id("human:mary")) == []
    assert numbers(source=source_id("human:joe")) == [4]
    assert numbers(start="2024-06-01", end="2024-06-01") == [0, 1, 2, 3, 4, 5]
    assert numbers(start="2024-06-02") == [] == numbers(end="2024-05-31")


@pytest.mark.parametrize(
    "query",
    [
        *("start=yesterday", "end=2024-13-01", "status=odd", "source=x", "older=x", "newer=9_x"),
        *("left=1&right=2&rank=x", f"device={'a' * 300}", f"source={'9' * 30}"),
    ],
)
def test_a_wrong_filter_is_said(admin, labelled, query):
    answer = admin.get(f"{reverse('desk:tuboids')}?{query}")
    assert answer.status_code == 200
    assert answer.context["error"] and b'role="alert"' in answer.content


def test_filters_that_exclude_each_other_are_explained(admin, labelled):
    def said(**query):
        answer = admin.get(reverse("desk:tuboids"), query)
        assert b'role="alert"' in answer.content
        return answer.context["error"]

    assert "first day, 2024-06-02, is after the last" in said(start="2024-06-02", end="2024-06-01")
    assert "without any label" in said(status="unlabelled", taxon="Diptera")
    assert "without any label" in said(status="unlabelled", source=source_id("itc"))
    assert "no label of a person" in said(status="unseen", source=source_id("human:mary"))
    assert "no taxon is called 'Dipterra'" in said(taxon="Dipterra")
    assert len(shown(admin, status="unseen", source=source_id("itc"))) == 1


@pytest.mark.parametrize("query", [{}, {"status": "unseen"}, {"device": DEVICE}, {"taxon": "Diptera"}])
@pytest.mark.parametrize("rare", [gallery_queries.RARE, 0])
def test_pages_show_each_tuboid_once_in_both_directions(admin, monkeypatch, query, rare):
    monkeypatch.setattr(gallery_queries, "PAGE", 5)
    monkeypatch.setattr(gallery_queries, "SCANNED", 7)
    monkeypatch.setattr(gallery_queries, "RARE", rare)
    tuboids = fresh(DEVICE, 23) + fresh(OTHER, 9)
    say(*(Said(tuboid, "itc", DIPTERA) for tuboid in tuboids[::3]))
    kept = {"status": tuboids, "device": tuboids[:23], "taxon": tuboids[::3]}.get(next(iter(query), ""), tuboids)
    expected = [each.pk for each in sorted(kept, key=lambda each: (each.start_datetime, each.pk), reverse=True)]

    def walk(way, position):
        seen = []
        for _ in range(40):
            context = admin.get(reverse("desk:tuboids"), {**query, way: position}).context
            page = [each["tuboid"].pk for each in context["tuboids"]]
            seen = seen + page if way == "older" else page + seen
            if not context[way]:
                return seen
            position = context[way]
        raise AssertionError("the pages do not end")

    assert walk("older", "") == expected
    assert walk("newer", "1000000000_0") == expected


def test_agreement_is_that_counted_by_hand(db):
    chance = random.Random(5)
    tuboids = fresh(DEVICE, 60)
    of = {
        name: {tuboid.pk: chance.choice(TAXA) for tuboid in tuboids if chance.random() < 0.8}
        for name in ("itc", "human:mary")
    }
    say(*(Said(tuboid, name, said[tuboid.pk]) for name, said in of.items() for tuboid in tuboids if tuboid.pk in said))
    for index, rank in enumerate(("order", "family", "genus", "species"), start=1):
        both = of["itc"].keys() & of["human:mary"].keys()
        path = lambda name, pk: ";".join(of[name][pk][: index + 1]) if of[name][pk][index] else ""  # noqa: E731, B023
        pairs = [(path("human:mary", pk), path("itc", pk)) for pk in both]
        found = matrix(one=source_id("human:mary"), other=source_id("itc"), rank=rank)
        told = [pair for pair in pairs if "" not in pair]
        equal = sum(one == other for one, other in told)
        assert found.counts == Counter(pairs)
        assert (found.n_tuboids, found.n_told, found.n_equal) == (len(pairs), len(told), equal)
        rows, columns = (Counter(pair[side] for pair in told) for side in (0, 1))
        by_chance = sum(rows[name] * columns[name] for name in rows) / len(told) ** 2
        if by_chance == 1:
            assert found.kappa is None
        else:
            assert found.kappa == pytest.approx((equal / len(told) - by_chance) / (1 - by_chance))


def test_equal_epithets_of_two_genera_do_not_agree(admin, db):
    """Hydrotaea and Musca, say, both have a species of that name."""
    other = (*MUSCA[:3], "Hydrotaea", MUSCA[-1])
    tuboids = fresh(DEVICE, 3)
    say(*(Said(tuboid, "human:mary", MUSCA) for tuboid in tuboids))
    say(Said(tuboids[0], "itc", MUSCA), *(Said(tuboid, "itc", other) for tuboid in tuboids[1:]))
    answer = admin.get(reverse("desk:classifier"), {"rank": "species", "left": source_id("human:mary")})
    matrix = answer.context["matrix"]
    assert (matrix.n_tuboids, matrix.n_told, matrix.n_equal) == (3, 3, 1)
    text = answer.content.decode()
    assert "Musca domestica" in text and "Hydrotaea domestica" in text
    cells = {(row["name"], cell["count"]): cell for row in answer.context["rows"] for cell in row["cells"]}
    page = admin.get(cells["Musca domestica", 2]["url"])
    assert [each["tuboid"] for each in page.context["tuboids"]] == tuboids[:0:-1]
    assert "Hydrotaea domestica" in page.content.decode()


@pytest.mark.parametrize("rank", ["order", "family", "species"])
def test_cells_of_the_agreement_open_their_tuboids(admin, labelled, rank):
    context = admin.get(reverse("desk:classifier"), {"rank": rank}).context
    assert (context["left_text"], context["right"].name) == ("All people, the latest label", "itc")
    cells = [cell for row in context["rows"] for cell in row["cells"]]
    assert sum(cell["count"] for cell in cells) == 4
    totals = [row["total"] for row in context["rows"]]
    assert sum(each["count"] for each in totals) == sum(each["count"] for each in context["totals"]) == 4
    counts = [(each["url"], each["count"]) for each in (*cells, *totals, *context["totals"])]
    for row in context["taxa"]:
        quality = row["quality"]
        by_side = (row["true_url"], row["found_url"], row["right_url"])
        counts += zip(by_side, (quality.n_true, quality.n_found, quality.n_right), strict=True)
    counts += [(context["all_url"], 4), (context["told_url"], context["matrix"].n_told)]
    for url, count in counts:
        assert len(admin.get(url).context["tuboids"]) == count, url


def test_a_tuboid_says_who_says_what(admin, labelled):
    context = admin.get(reverse("desk:tuboid", args=[labelled[4].pk])).context
    assert {(each["source"], each["is_person"], each["text"]) for each in context["labels"]} == {
        ("joe", True, "Aphididae"),
        ("itc", False, "Sciaridae"),
    }
    assert [summary.taxon.text for summary in context["taxa"]] == ["Aphididae", "Sciaridae"]
    assert "missing" in context["problem"]
    assert admin.get(reverse("desk:tuboid", args=[10**9])).status_code == 404


@pytest.mark.parametrize("numbers", ["1,2,1e308", "1,2,1e-308", "1e308,2,1"])
def test_absurd_shots_are_explained_and_the_page_is_valid(admin, labelled, tmp_path, settings, numbers):
    """Such as were stored before they were refused."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "stickypi.storage.DiskStorage", "OPTIONS": {"location": tmp_path}},
    }
    tuboid = labelled[1]
    path = tmp_path / tuboid_key(tuboid.tuboid_id, "metadata")
    path.parent.mkdir(parents=True)
    path.write_text(f"{DEVICE}.2024-06-01_00-00-00,{numbers}\n")
    answer = admin.get(reverse("desk:tuboid", args=[tuboid.pk]))
    assert "the scale from 0.001 to 1000" in answer.context["problem"]
    (configuration,) = re.findall(r'<script id="desk-configuration"[^>]*>(.*?)</script>', answer.content.decode())
    assert len(orjson.loads(configuration)["shots"]) == tuboid.n_shots  # orjson takes no Infinity
    claimed = admin.post(reverse("desk:label_claim"), {"tuboid": tuboid.pk}, content_type="application/json")
    assert orjson.loads(claimed.content)["tuboids"][0]["pixels"] is None


def test_the_scale_is_that_of_the_device_or_of_all(admin, client_of, labelled):
    url = reverse("desk:scale", args=[labelled[0].pk])
    set_to = lambda **body: admin.post(url, body, follow=True)  # noqa: E731
    set_to(pixels_per_mm="12.5")
    set_to(pixels_per_mm="9", all="on")
    expected = {DEVICE: 12.5, "": 9.0}
    assert dict(ImageScale.objects.values_list("device", "pixels_per_mm")) == expected
    for wrong in ("0", "-3", "nan", "1e9", "wide"):
        assert b"no number of pixels" in set_to(pixels_per_mm=wrong).content
    assert dict(ImageScale.objects.values_list("device", "pixels_per_mm")) == expected
    set_to(pixels_per_mm="")
    assert list(ImageScale.objects.values_list("device", flat=True)) == [""]
    assert client_of("Viewers").post(url, {"pixels_per_mm": "1"}).status_code == 403


ROWS = [
    {"type": "Insecta", "order": "Diptera", "common_name": "flies"},
    {"type": "Insecta", "order": "Diptera", "family": "Sciaridae", "label": "70", "pattern": "^S.*$"},
    {"type": "Insecta", "order": "Diptera", "family": "Muscidae", "genus": "Musca", "species": "domestica"},
]


def as_csv(rows) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode("utf-8-sig")


def upload(client, data: bytes):
    return client.post(reverse("desk:taxonomy"), {"file": SimpleUploadedFile("taxa", data)}, follow=True)


@pytest.mark.parametrize("form", [as_csv, lambda rows: json.dumps(rows).encode()])
def test_a_taxonomy_is_imported(admin, labelled, form):
    assert b"0 taxa added, 3 updated" in upload(admin, form(ROWS)).content  # labels say all three
    assert b"1 taxa added, 3 updated" in upload(admin, form([*ROWS, {"type": "Arachnida"}])).content
    taxa = {taxon.text: taxon for taxon in Taxon.objects.all()}
    assert taxa["Diptera"].common_name == "flies" and taxa["Diptera"].label == 7
    assert (taxa["Sciaridae"].label, taxa["Sciaridae"].pattern) == (70, "^S.*$")
    assert taxa["Arachnida"].label == 71 and taxa["Arachnida"].is_imported
    assert "Musca domestica" in taxa
    context = admin.get(reverse("desk:taxonomy"), {"q": "flie"}).context
    assert [each["taxon"].text for each in context["taxa"]] == ["Diptera"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"order,family\nDiptera,\n", "no column"),
        (b"[1, 2", "not JSON"),
        (b'{"type": "Insecta"}', "a JSON list of objects"),
        (b"type,order\nInsecta,Diptera,extra\n", "line 2: the line has more cells"),
        (b'type,order\nInsecta,Diptera\n\nInsecta,"Hemi\nptera"\nInsecta,Dip;tera\n', "line 6"),
        (b'[{"type": "Insecta"}, {"type": 3}]', "object 2"),
        (b"type,order\n" + b",x\n" * 9, "line 6: 'type' is missing; and 4 more"),
        (b"type,order\nInsecta,Dip;tera\n", "semicolon"),
        (b"type\nInsecta\nInsecta\n", "twice"),
        (b"type,label\nInsecta,many\n", "not an integer"),
        (b"type,order\n" + b"x" * 40 + b",\n", "32"),
    ],
)
def test_a_wrong_taxonomy_changes_nothing_and_says_why(admin, labelled, data, said):
    before = list(Taxon.objects.order_by("pk").values())
    text = upload(admin, data).content.decode()
    text = html.unescape(text)
    assert "Nothing was imported" in text and said in text
    assert list(Taxon.objects.order_by("pk").values()) == before


def test_a_taxonomy_is_imported_by_administrators_only(client_of, labelled):
    for role in ("Viewers", "Curators"):
        upload(client_of(role), as_csv([{"type": "Arachnida"}]))
    assert not Taxon.objects.filter(text="Arachnida").exists()
