"""Random arguments of the operations: mostly right, odd at the edges, sometimes wrong."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.client.samples import DEVICE, EVERYTHING, LATER_VERSION, START, VERSION, annotation, label
from tests.contract.fixtures import (
    BAD_IMAGES,
    BAD_TUBOID,
    DEVICES,
    IMAGES,
    MD5S,
    MOMENTS,
    SHOT,
    TUBOID_OF_LONGER_SERIES,
    TUBOIDS,
)
from tests.contract.lockstep import BUNDLES

SECOND = timedelta(seconds=1)


def seldom(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One time in eight the odd."""
    return st.integers(0, 7).flatmap(lambda number: odd if number == 7 else usual)


def some(elements: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    """Lists."""
    return st.lists(elements, min_size=1, max_size=most)


def _written(moment: datetime) -> st.SearchStrategy[Any]:
    texts = (f"{moment:%Y-%m-%d_%H-%M-%S}", f"{moment:%Y-%m-%dT%H:%M:%SZ}", [f"{moment:%Y-%m-%d %H:%M:%S}"])
    return st.sampled_from((moment, *texts))


_patterns = st.sampled_from(
    ("%", "5c%", "5C173FF_", DEVICE, "%f4", "%5%f%", "_" * 8, "_", "", "\\%", "%\\", "5c173ff[23]", "'%\"", "0A5BB6F4")
)
_shifts = (-SHOT, -SECOND, 0 * SECOND, SECOND / 2, SECOND, SHOT, SHOT + SECOND, 3 * SHOT)
_bounds = st.sampled_from((*(START + shift for shift in _shifts), "2020-01-01", "2030-01-01T00:00:00+02:00"))
_range = {"start_datetime": _bounds, "end_datetime": _bounds}

good_images = st.lists(
    st.sampled_from([name for name in sorted(IMAGES) if name.startswith("0/")]), min_size=5, max_size=9, unique=True
)

images = some(seldom(st.sampled_from(sorted(IMAGES)), st.sampled_from(sorted(BAD_IMAGES))), 5)
image_whats = st.sampled_from(("metadata", "image", "thumbnail", "thumbnail_mini", "thumbnail-mini", "poster"))
keys = st.fixed_dictionaries(
    {
        "device": st.sampled_from((*DEVICES, DEVICE.upper(), [DEVICE])),
        "datetime": st.sampled_from(MOMENTS).flatmap(_written),
    }
)
_bad_keys = st.sampled_from(({}, {"device": DEVICE}, {"device": "5c%", "datetime": START}, "5c173ff2", None))
image_info = some(seldom(keys, _bad_keys), 4)
_exactly = {"device": DEVICE, "start_datetime": START, "end_datetime": START + 3 * SHOT}  # the series of most tuboids
_bad_series = st.sampled_from(
    ({"device": "%"}, {**EVERYTHING[0], "device": "é"}, {**EVERYTHING[0], "end_datetime": ""})
)
series_info = some(
    seldom(
        st.one_of(st.sampled_from((*EVERYTHING, _exactly)), st.fixed_dictionaries({"device": _patterns, **_range})),
        _bad_series,
    ),
    2,
)

data_whats = st.sampled_from(("metadata", "data", "json"))
_versions = seldom(st.sampled_from((VERSION, LATER_VERSION)), st.sampled_from(("1.0", "1 0")))
annotations = some(
    st.builds(
        lambda key, md5, n_objects, version: annotation({**key, "md5": md5}, n_objects, version),
        *(keys, seldom(st.just(MD5S[0]), st.just(MD5S[1])), st.integers(0, 2), _versions),
    )
)

good_tuboids = st.lists(st.sampled_from(TUBOIDS), min_size=1, max_size=3, unique=True)
tuboids = some(seldom(st.sampled_from(TUBOIDS), st.just(BAD_TUBOID)))
tuboid_ids = st.sampled_from((*TUBOIDS, TUBOID_OF_LONGER_SERIES))
label_info = some(seldom(st.builds(lambda tuboid_id: {"tuboid_id": tuboid_id}, tuboid_ids), st.just({})))
labels = some(
    st.builds(
        lambda tuboid_id, version, order: label(tuboid_id, version, order=order),
        *(tuboid_ids, _versions, st.sampled_from(("Diptera", "", None, " x"))),
    )
)

# Projects are named by their place among those that there are: see `lockstep.Recorder.numbered`.
_numbers = st.integers(0, 2)
project_names = st.sampled_from(("Vines", "vines", "Été", ""))
project_info = some(
    st.one_of(
        st.builds(lambda name: {"name": name}, st.sampled_from(("v%", "Vines", "%", "_t_"))),
        st.builds(lambda number: {"id": number}, _numbers),
        st.just({"description": "hedge_"}),
    ),
    2,
)
new_projects = some(st.builds(lambda name: {"name": name, "description": "Hedges"}, project_names), 2)
column_names = st.sampled_from(("bait", "Bait", "n", "seen", "device"))
_sql_types = seldom(st.sampled_from(("VARCHAR(4)", "text", "INTEGER", "FLOAT", "DATETIME", "BOOLEAN")), st.just("BLOB"))
columns = some(
    st.one_of(
        st.builds(
            lambda project, name, kind: {"project_id": project, "column_name": name, "column_SQL_type": kind},
            *(_numbers, column_names, _sql_types),
        ),
        st.builds(
            lambda project, old, name: {"project_id": project, "old_column_name": old, "column_name": name},
            *(_numbers, column_names, column_names),
        ),
    ),
    2,
)
named_columns = some(
    st.builds(lambda project, name: {"project_id": project, "column_name": name}, _numbers, column_names)
)
_values = st.sampled_from((None, "wine", "vinegar", 3, 2.0, 1.5, True, START, "2022-05-17T18:46:57Z", ["wine"], ""))
deployments = some(
    st.builds(
        lambda project, device, start, end, values, row: {
            "project_id": project,
            "device": device,
            "start_datetime": start,
            "end_datetime": end,
            **values,
            **({} if row is None else {"id": row}),
        },
        *(_numbers, st.sampled_from((DEVICE, DEVICE.upper(), "0a5bb6f4", None)), _bounds, _bounds),
        st.dictionaries(st.sampled_from(("bait", "n", "seen", "Bait")), _values, max_size=2),
        seldom(st.none(), st.integers(0, 3)),
    ),
    2,
)
named_deployments = some(
    st.builds(lambda project, row: {"project_id": project, "id": row}, _numbers, st.integers(0, 3))
)
work_info = some(
    seldom(
        st.builds(
            lambda device, version: {
                **EVERYTHING[0],
                "device": device,
                "algo_name": "detector",
                "algo_version": version,
            },
            *(_patterns, st.just(VERSION)),
        ),
        st.sampled_from(({}, {**EVERYTHING[0], "algo_name": "detector", "algo_version": LATER_VERSION})),
    ),
    2,
)

bundles = seldom(st.sampled_from(BUNDLES), st.just("../raw_images"))
bundle_whats = seldom(st.sampled_from(("all", "data", "model")), st.just("metadata"))
