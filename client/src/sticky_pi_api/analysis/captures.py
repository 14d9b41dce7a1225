"""Captures: tuboids with what they are, where labels differ by whom one asks first."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pandas as pd

from ..core.errors import APIError
from ..core.people import PERSON_PREFIX
from ..core.records import RANKS, TAXONOMY
from ..core.shots import Shot, parse_metadata
from ..core.taxa import taxon_text
from ..parallel import each
from .tables import AnalysisWarning, Rows, table

TILE = 224  # pixels of a tile, across the insect
BACKGROUND = "Background"
_TUBOIDS = ("tuboid_id", "device_series", "start_datetime", "end_datetime", "n_shots")
_FILES = ("tuboid", "context")
_LABELS = tuple(f"{column}_itc" for column in ("algo_name", "algo_version", "label", *RANKS))


class Fetches(Protocol):
    """What is asked of a client here."""

    def fetch(self, url: str, path: str | Path) -> None:
        """Writes what a `url` of an answer leads to into a file."""


def captures(
    tuboids: Rows,
    *,
    people: bool = True,
    algorithm: str | tuple[str, str] | None = None,
    rank: str | None = None,
    shots: Rows | None = None,
    pixels_per_mm: float | Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row a tuboid: an insect caught, at the time of its first shot.

    What it is says, in this order: the latest label by a person, if `people`; the label by `algorithm`. Versions are
    compared as text, which orders them in time. The choice is recorded in the column `labelled_by` (per capture) and in
    `.attrs["labels"]` (of the table).

    Args:
        tuboids: rows of `get_tiled_tuboid_series_itc_labels`.
        people: whether people are asked first.
        algorithm: its name (then each tuboid has its latest version) or (name, version). None: the only one there is;
            an error where there are several.
        rank: `type`, `order`, `family`, `genus` or `species` for `taxon`; None: the narrowest told.
        shots: rows of `read_shots`, for lengths.
        pixels_per_mm: of the images: one, or one a device.

    Returns:
        Rows by device and datetime: `tuboid_id`, `device`, `datetime` (naive UTC), `end_datetime`, `n_shots`, `taxon`,
        `label`, `type`, `order`, `family`, `genus`, `species`, `labelled_by`, `length_px` and `length_mm` (NaN if
        unknown). `taxon` is missing where no label tells more than that it is background or an insect: what counts
        taxa leaves these out.

        length_px = median over shots of 224 / scale (the tile has 224 pixels, scale is tile pixels per image pixel);
        length_mm = length_px / pixels_per_mm.

    Source: Geissmann et al. (2022, PLOS Biology 20: e3001689), "capture".
    """
    rows = table(tuboids, "tuboids", (*_TUBOIDS, *_LABELS))
    labels, chosen = _chosen(rows, people, algorithm)
    files = [column for column in _FILES if column in rows.columns]
    found = rows.drop_duplicates("tuboid_id")[[*_TUBOIDS, *files]].merge(labels, on="tuboid_id", how="left")
    found = found.rename(columns={"device_series": "device", "start_datetime": "datetime"})
    found.insert(5, "taxon", taxon(found, rank))
    found["length_px"] = _lengths(found.tuboid_id, shots)
    scale = found.device.map(pixels_per_mm) if isinstance(pixels_per_mm, Mapping) else pixels_per_mm
    found["length_mm"] = found.length_px / (float("nan") if scale is None else scale)
    found = found.sort_values(["device", "datetime", "tuboid_id"], ignore_index=True)
    found.attrs["labels"] = {**chosen, "rank": rank or "narrowest"}
    return found


def labels_by(tuboids: Rows, source: str | tuple[str, str], *, rank: str | None = None) -> pd.Series:
    """What one says of tuboids: its latest label of each.

    Args:
        tuboids: rows of `get_tiled_tuboid_series_itc_labels`.
        source: an algorithm's name, or (name, version); a person (`human:ann`); `human:` for the latest of all people.
        rank: as in `captures`.

    Returns:
        Index `tuboid_id`, values the taxon; tuboids of which it tells none are left out. `confusion` compares two.
    """
    labels = table(tuboids, "tuboids", ("tuboid_id", *_LABELS)).dropna(subset=["algo_name_itc"])
    labels = labels.rename(columns=lambda column: column.removesuffix("_itc"))
    name, version = (source, None) if isinstance(source, str) else source
    is_asked = labels.algo_name.str.startswith(name) if name == PERSON_PREFIX else labels.algo_name == name
    asked = labels[is_asked & (version is None or labels.algo_version == version)]
    latest = asked.sort_values("algo_version", kind="stable").drop_duplicates("tuboid_id", keep="last")
    return taxon(latest, rank).set_axis(latest.tuboid_id).dropna().rename("taxon")


def taxon(labels: pd.DataFrame, rank: str | None = None) -> pd.Series:
    """The name at a rank (None: the narrowest told below `type`) of rows with all ranks; None if not told."""
    if rank is not None and rank not in RANKS:
        raise ValueError(f"{rank!r} is no rank: it takes {', '.join(RANKS)}")
    names = labels[list(RANKS)].astype(object)
    names = names.where(names.notna() & (names != ""), None)
    if rank is not None:
        return names[rank].where(names.type != BACKGROUND, None)
    told = names[list(TAXONOMY)].notna().any(axis=1)
    texts = [taxon_text(row) if is_told else None for row, is_told in zip(names.to_numpy(), told, strict=True)]
    return pd.Series(texts, index=labels.index, dtype=object)


def _chosen(
    rows: pd.DataFrame, people: bool, algorithm: str | tuple[str, str] | None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    labels = rows[["tuboid_id", *_LABELS]].dropna(subset=["algo_name_itc"])
    labels = labels.rename(columns=lambda column: column.removesuffix("_itc"))
    by_person = labels.algo_name.astype(str).str.startswith(PERSON_PREFIX)
    name, version = _algorithm(labels[~by_person], algorithm)
    asked = (labels.algo_name == name) & (version is None or labels.algo_version == version)
    labels = labels[asked | (by_person & people)].assign(by_person=by_person)
    latest = labels.sort_values(["by_person", "algo_version"], kind="stable").drop_duplicates("tuboid_id", keep="last")
    latest["labelled_by"] = latest.algo_name.where(latest.by_person, latest.algo_name + " " + latest.algo_version)
    record = {"people": people, "algorithm": name, "version": version or "latest"}
    return latest[["tuboid_id", "label", *RANKS, "labelled_by"]], record


def _algorithm(labels: pd.DataFrame, asked: str | tuple[str, str] | None) -> tuple[str | None, str | None]:
    versions = labels.groupby("algo_name").algo_version.unique()
    if asked is None and len(versions) > 1:
        raise ValueError(f"labels are by several algorithms: choose algorithm={' or '.join(map(repr, versions.index))}")
    if asked is None:
        return (versions.index[0] if len(versions) else None), None
    name, version = (asked, None) if isinstance(asked, str) else asked
    if name not in versions.index or (version is not None and version not in versions[name]):
        there = "; ".join(f"{one}: {', '.join(versions[one])}" for one in versions.index) or "none"
        raise ValueError(f"no label is by {name} {version or ''}".rstrip() + f"; there are {there}")
    return name, version


def read_shots(tuboids: Rows, client: Fetches, *, n_threads: int = 8) -> pd.DataFrame:
    """The shots of tuboids, read from their `metadata.txt`.

    Args:
        tuboids: rows of `get_tiled_tuboid_series` or `get_tiled_tuboid_series_itc_labels` with `what='data'`.
        client: the client that gave them.

    Returns:
        A row a shot: `tuboid_id`, `device`, `datetime`, `x`, `y` (centre, image pixels), `scale` (tile pixels per image
        pixel).
    """
    rows = table(tuboids, "tuboids", ("tuboid_id", "metadata")).drop_duplicates("tuboid_id")
    with TemporaryDirectory() as folder:

        def read(item: tuple[int, str, str]) -> list[tuple[Any, ...]]:
            index, tuboid_id, url = item
            path = Path(folder) / f"{index}.txt"
            client.fetch(url, path)
            return [(tuboid_id, *shot) for shot in parse_metadata(tuboid_id, path.read_bytes())]

        items = list(zip(range(len(rows)), rows.tuboid_id, rows.metadata, strict=True))
        results = each(read, items, n_threads=n_threads, title="Reading tuboids")
    shots: list[tuple[Any, ...]] = []
    for result in results:
        if isinstance(result, APIError):
            raise result
        shots += result
    return pd.DataFrame(shots, columns=["tuboid_id", *Shot._fields])


def _lengths(tuboid_ids: pd.Series, shots: Rows | None) -> pd.Series:
    if shots is None:
        return pd.Series(float("nan"), index=tuboid_ids.index)
    found = table(shots, "shots", ("tuboid_id", "scale"))
    of_tuboid = (TILE / found.scale.astype(float)).groupby(found.tuboid_id).median()
    lengths = tuboid_ids.map(of_tuboid)
    if lengths.isna().any():
        says = f"{lengths.isna().sum()} of {len(lengths)} tuboids have no shots: their length is unknown"
        warnings.warn(says, AnalysisWarning, stacklevel=3)
    return lengths


def taxa_of(captured: pd.DataFrame, taxa: Sequence[Any] | None) -> list[Any]:
    """The taxa asked for, each once; None: all that are there, the most frequent first."""
    if taxa is None:
        return captured.taxon.value_counts().index.tolist()
    if isinstance(taxa, str):
        raise ValueError(f"taxa is {taxa!r}: it takes a list of taxa")
    return list(dict.fromkeys(taxa))
