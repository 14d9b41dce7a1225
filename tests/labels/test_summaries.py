"""What follows from labels is kept in step with them, in whatever order they come and go, and by many at once."""

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from labels import summaries
from labels.models import ITCLabel, LatestLabel
from labels.services import labels_delete, labels_put
from sticky_pi_api.core.labels import NewLabel
from sticky_pi_api.core.records import RANKS
from tests.desk.conftest import DEVICE, make_tuboids
from tests.services.server import backends
from tests.wire import test_wire_tuboids as wire
from tuboids.models import TiledTuboid

SOURCES = ("itc", "other", "human:mary", "human:joe")
TAXA = (
    ("Insecta", None, None, None, None),
    ("Insecta", "Diptera", None, None, None),
    ("Insecta", "Diptera", "Sciaridae", None, None),
    ("Insecta", "Diptera", "Muscidae", "Musca", "domestica"),
    ("Insecta", None, "Aphididae", None, None),
    ("Background", None, None, None, None),
)
N_TUBOIDS = 3

label = st.tuples(
    st.integers(0, N_TUBOIDS - 1), st.sampled_from(SOURCES), st.integers(0, 3), st.sampled_from(range(len(TAXA)))
)
puts = st.lists(label, max_size=6, unique_by=lambda each: each[:3]).map(lambda labels: ("put", labels))
deletions = st.lists(st.integers(0, 20), max_size=4).map(lambda numbers: ("delete", numbers))


def version(number: int) -> str:
    return f"{1_600_000_000 + number}-{number:032x}"


class TestInStep(TestCase):
    @settings(deadline=None, max_examples=60)
    @given(st.lists(puts | deletions, max_size=8))
    def test_after_any_labels_came_and_went(self, steps):
        tuboids = make_tuboids(DEVICE, N_TUBOIDS)
        ITCLabel.objects.all().delete()
        user = User(username="mary")
        for what, items in steps:
            if what == "put":
                labels_put(new_labels=self.new_labels(tuboids, items), user=user)
            else:
                stored = list(ITCLabel.objects.order_by("pk").values_list("pk", flat=True))
                labels_delete(ids=[stored[number] for number in items if number < len(stored)])
            self.check(tuboids)
        LatestLabel.objects.all().delete()
        TiledTuboid.objects.update(n_sources=9, n_people=9, differs_at=4)
        assert summaries.rebuild() == N_TUBOIDS
        self.check(tuboids)

    def new_labels(self, tuboids, items):
        there = set(ITCLabel.objects.values_list("parent_tuboid_id", "algo_name", "algo_version"))
        return [
            NewLabel(tuboids[n].tuboid_id, source, version(number), 1, "^x$", *TAXA[taxon])
            for n, source, number, taxon in items
            if (tuboids[n].pk, source, version(number)) not in there
        ]

    def check(self, tuboids):
        said = LatestLabel.objects.values_list("source__name", "source__version", "taxon__path")
        for tuboid in TiledTuboid.objects.filter(pk__in=[each.pk for each in tuboids]):
            rows = tuboid.labels.order_by("algo_version", "pk").values_list("algo_name", "algo_version", *RANKS)
            latest = {name: ranks for name, _, *ranks in rows}
            expected = {(name, number): ranks for name, number, *ranks in rows if ":" not in name}
            people = {name: ranks for name, ranks in latest.items() if ":" in name}
            expected |= {(name, ""): ranks for name, ranks in people.items()}
            if of_people := [ranks for name, _, *ranks in rows if ":" in name]:
                expected["human:", ""] = of_people[-1]
            paths = {(*key, ";".join(rank or "" for rank in ranks).rstrip(";")) for key, ranks in expected.items()}
            assert set(said.filter(tuboid=tuboid)) == paths
            differing = [
                next((n for n in range(5) if one[n] and other[n] and one[n] != other[n]), 9)
                for one, other in combinations(latest.values(), 2)
            ]
            highest = min(differing, default=9)
            assert (tuboid.n_sources, tuboid.n_people) == (len(latest), len(people))
            assert tuboid.differs_at == (None if highest == 9 else highest)


@backends("sqlite-disk", "mariadb-disk")
def test_when_many_label_the_same_tuboids_at_once(server):
    names = [f"{wire.SERIES}.{number:04d}" for number in range(12)]
    info = json.dumps({**wire.SERIES_INFO, "n_tuboids": len(names)})
    for name in names:
        assert wire.put(server, tuboid_id=f'"{name}"', series_info=info).status_code == 200

    def put(number: int) -> list[int]:
        chance = random.Random(number)
        statuses = []
        for round_ in range(4):
            chosen = chance.sample(names, 8)
            body = [
                {**wire.LABEL, "tuboid_id": name, "algo_name": SOURCES[number % 4], "order": f"Order{number}"}
                | {"algo_version": version(100 * number + round_)}
                for name in chosen
            ]
            statuses.append(wire.post(server, "/put_itc_labels", body).status_code)
        return statuses

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(status for each in pool.map(put, range(8)) for status in each)
    assert statuses == {200: 32}
    kept = (
        "SELECT id, n_sources, n_people, differs_at FROM tiled_tuboids ORDER BY id",
        "SELECT tuboid_id, source_id, taxon_id FROM latest_labels ORDER BY tuboid_id, source_id",
    )
    before = [server.select(statement) for statement in kept]
    assert all(n_sources >= 2 and differs == 1 for _, n_sources, _, differs in before[0])
    server.manage("rebuild_label_summaries")
    assert [server.select(statement) for statement in kept] == before
