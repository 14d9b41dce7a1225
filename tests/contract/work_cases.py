"""Images for detectors: which are to be annotated, each for one worker at a time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sticky_pi_api.core.errors import InvalidInput
from tests.client.samples import EVERYTHING, LATER_VERSION, VERSION, annotation, write_image
from tests.contract.backends import Backend, fetch

Rows = list[dict[str, Any]]


def asked(version: str = VERSION, name: str = "detector", **changes: Any) -> Rows:
    return [{**EVERYTHING[0], "algo_name": name, "algo_version": version, **changes}]


class WorkCases:
    """Inherited by every backend."""

    @pytest.fixture
    def ten(self, backend: Backend, tmp_path: Path) -> Rows:
        """Ten images of a trap."""
        return backend.client.put_images([write_image(tmp_path, number) for number in range(10)])

    def test_images_are_given_once(self, backend: Backend, ten: Rows) -> None:
        first = backend.client.get_images_to_annotate(asked(), "image")
        assert [{**row, "url": ""} for row in first] == backend.client.get_images(ten)[:8]
        assert all(fetch(row["url"])[:2] == b"\xff\xd8" for row in first)
        second = backend.client.get_images_to_annotate(asked(device="5C%"))
        assert second == backend.client.get_images(ten)[8:]
        assert backend.client.get_images_to_annotate(asked(LATER_VERSION)) == []
        assert len(backend.client.get_images_to_annotate(asked(name="other"))) == 8
        assert backend.client.get_images_to_annotate([]) == []

    def test_until_the_annotation_comes(self, backend: Backend, ten: Rows) -> None:
        backend.client.put_uid_annotations([annotation(image) for image in ten[:7]])  # type: ignore[misc]
        assert [row["id"] for row in backend.client.get_images_to_annotate(asked())] == [row["id"] for row in ten[7:]]
        backend.client.put_uid_annotations([annotation(ten[7], version="1"), annotation(ten[8])])  # type: ignore[list-item]
        later = [row["id"] for row in backend.client.get_images_to_annotate(asked(LATER_VERSION))]
        assert later == [row["id"] for row in (*ten[:7], ten[8])], "those held for the version before are not"
        backend.client.put_uid_annotations([annotation(image, version=LATER_VERSION) for image in ten[:7]])  # type: ignore[misc]
        assert backend.client.get_images_to_annotate(asked()) == []
        assert backend.client.get_images_to_annotate(asked("2000000000-x", end_datetime="2022-01-01")) == []

    def test_workers_at_once(self, backend: Backend, ten: Rows) -> None:
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: backend.client.get_images_to_annotate(asked()), range(6)))
        got = [row["id"] for answer in answers for row in answer]
        assert sorted(got) == sorted(row["id"] for row in ten)

    @pytest.mark.parametrize(
        "info", [EVERYTHING, asked(version="a b"), [*asked(), *asked("other")], [{"algo_name": "x"}], "x", None]
    )
    def test_what_work_takes(self, backend: Backend, info: Any) -> None:
        with pytest.raises(InvalidInput):
            backend.client.get_images_to_annotate(info)
