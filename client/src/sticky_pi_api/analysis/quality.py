"""How good detectors and classifiers are."""

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw
from scipy.optimize import linear_sum_assignment

from .tables import IMAGES, AnalysisWarning, Rows, table

Contour = np.ndarray
"""Corners of an outline in pixels of the image, (n, 2): x, y."""


def contours(annotation: Any) -> list[Contour]:
    """The outlines of an annotation: its `json`, as text or parsed. None has none."""
    if annotation is None or (isinstance(annotation, float) and np.isnan(annotation)):
        return []
    return [np.asarray(found["contour"], dtype=float).reshape(-1, 2) for found in _parsed(annotation)["annotations"]]


def _parsed(annotation: Any) -> Any:
    if annotation == "":
        raise ValueError("annotations without contours: ask for them with what='data'")
    return json.loads(annotation) if isinstance(annotation, str | bytes) else annotation


def match_detections(truth: Rows, found: Rows, *, min_overlap: float = 0.5) -> pd.DataFrame:
    """Compares what was found on images with the truth, contour by contour.

    The overlap of two contours is the area of their intersection over that of their union (IoU), counted in pixels. On
    each image, contours are paired one to one so that the sum of overlaps is greatest; pairs below `min_overlap` do not
    count.

    Args:
        truth, found: rows of `get_uid_annotations_series(..., what='data')`, e.g. by a person and by a detector; one
            annotation an image each. Images are compared that have both.
        min_overlap: from 0 to 1.

    Returns:
        A row an insect: `device`, `datetime`, `in_truth`, `in_found`, `overlap` (of a pair; else NaN), `area` (px^2, of
            the
        truth where it is in it). `detection_quality` sums it up.
    """
    if not 0 < min_overlap <= 1:
        raise ValueError(f"min_overlap is {min_overlap}: it takes more than 0 and at most 1")
    pairs = _of_image(truth, "truth").merge(_of_image(found, "found"), on=["device", "datetime"], how="outer")
    both = pairs.dropna(subset=["contours_truth", "contours_found"])
    if len(both) < len(pairs):
        says = f"{len(pairs) - len(both)} of {len(pairs)} images are annotated on one side only, and left out"
        warnings.warn(says, AnalysisWarning, stacklevel=2)
    rows = [
        (device, moment, *insect)
        for device, moment, real, detected in both.itertuples(index=False)
        for insect in _paired(real, detected, min_overlap)
    ]
    return pd.DataFrame(rows, columns=["device", "datetime", "in_truth", "in_found", "overlap", "area"])


def with_images(annotations: Rows, name: str) -> pd.DataFrame:
    """Annotations with the `device` and `datetime` of their images: joined columns, or what their JSON says."""
    rows = table(annotations, name, ("json",))
    rows = rows[rows.json.notna()]
    if not set(IMAGES) <= set(rows.columns):
        said = [_parsed(text)["metadata"] for text in rows.json]
        rows = rows.assign(**{column: [metadata[column] for metadata in said] for column in IMAGES})
    return table(rows, name, (*IMAGES, "json"))


def _of_image(annotations: Rows, name: str) -> pd.DataFrame:
    rows = with_images(annotations, name)
    if (twice := rows.duplicated(["device", "datetime"])).any():
        first = rows[twice].iloc[0]
        raise ValueError(
            f"{name}: {first.device} at {first.datetime} has several annotations: choose one algorithm and version"
        )
    return rows[list(IMAGES)].assign(**{f"contours_{name}": [contours(text) for text in rows.json]})


def _paired(
    truth: list[Contour], found: list[Contour], min_overlap: float
) -> Iterator[tuple[bool, bool, float, float]]:
    overlaps = np.zeros((len(truth), len(found)))
    for i, real in enumerate(truth):
        for j, detected in enumerate(found):
            overlaps[i, j] = overlap(real, detected)
    chosen = zip(*linear_sum_assignment(np.where(overlaps >= min_overlap, overlaps, 0), maximize=True), strict=True)
    pairs = {i: j for i, j in chosen if overlaps[i, j] >= min_overlap}
    for i, real in enumerate(truth):
        yield True, i in pairs, overlaps[i, pairs[i]] if i in pairs else np.nan, area(real)
    for j in set(range(len(found))) - set(pairs.values()):
        yield False, True, np.nan, area(found[j])


def area(contour: Contour) -> float:
    """Area within a contour, px^2, by the shoelace formula."""
    x, y = contour.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def overlap(one: Contour, other: Contour) -> float:
    """Intersection over union, from 0 to 1, in whole pixels; contours that cross themselves have the area inside."""
    low, high = np.minimum(one.min(0), other.min(0)), np.maximum(one.max(0), other.max(0))
    if (one.min(0) > other.max(0)).any() or (other.min(0) > one.max(0)).any():
        return 0.0
    size = (int(high[0] - low[0]) + 2, int(high[1] - low[1]) + 2)
    first, second = (_mask(contour - low, size) for contour in (one, other))
    return float((first & second).sum() / (first | second).sum())


def _mask(contour: Contour, size: tuple[int, int]) -> np.ndarray:
    mask = Image.new("1", size)
    draw = ImageDraw.Draw(mask)
    corners = [(float(x), float(y)) for x, y in contour]
    draw.polygon(corners, fill=1) if len(corners) > 2 else draw.line(corners * 2, fill=1)
    return np.asarray(mask)


def detection_quality(matches: Rows, *, without_smallest: float = 0.0, by_area: int | None = None) -> pd.DataFrame:
    """Precision and recall of a detector::

        precision = matched / found,   recall = matched / true,   F1 = 2 * matched / (found + true)

    Args:
        matches: `in_truth`, `in_found` (bool), `area` (px^2): what `match_detections` gives.
        without_smallest: leaves out what is not larger than this quantile of the areas of true insects (0.25: the
            smallest quarter).
        by_area: None for one row; or a number of classes of area, each with as many true insects.

    Returns:
        Rows by area: `area` (median), `area_from`, `area_to` (px^2, of true insects), `n_true`, `n_found`, `n_matched`,
            `precision`, `recall`, `f1`.

    Source: Geissmann et al. (2022, PLOS Biology 20: e3001689), figure S2.
    """
    rows = table(matches, "matches", ("in_truth", "in_found", "area"))
    real, detected = rows.in_truth.astype(bool), rows.in_found.astype(bool)
    if not real.any():
        raise ValueError("matches: nothing is in the truth")
    kept = rows.area > rows.area[real].quantile(without_smallest) if without_smallest else pd.Series(True, rows.index)
    edges = rows.area[real & kept].quantile(np.linspace(0, 1, (by_area or 1) + 1)).to_numpy()
    place = np.clip(np.searchsorted(edges, rows.area, side="left") - 1, 0, len(edges) - 2)
    counted = (
        pd.DataFrame({"n_true": real, "n_found": detected, "n_matched": real & detected})[kept]
        .groupby(place[kept])
        .sum()
    )
    found = counted.reindex(range(len(edges) - 1), fill_value=0)
    true_areas = rows.area[real & kept]
    found.insert(0, "area", true_areas.groupby(place[real & kept]).median())
    found.insert(1, "area_from", edges[:-1])
    found.insert(2, "area_to", edges[1:])
    found["precision"] = found.n_matched / found.n_found
    found["recall"] = found.n_matched / found.n_true
    found["f1"] = 2 * found.n_matched / (found.n_found + found.n_true)
    return found


@dataclass(frozen=True)
class Confusion:
    """How well labels agree with the truth.

    Attributes:
        matrix: counts, truth x predicted, the same taxa in both.
        per_taxon: index taxon: `n` (true), `n_predicted`, `precision`, `recall`, `f1` (NaN where there is none).
        n, n_correct, accuracy: accuracy = n_correct / n.
        kappa: Cohen's: (accuracy - e) / (1 - e), e the agreement expected of labels dealt at random in the same
            numbers.
    """

    matrix: pd.DataFrame
    per_taxon: pd.DataFrame
    n: int
    n_correct: int
    accuracy: float
    kappa: float


def confusion(
    truth: pd.Series | pd.DataFrame, predicted: pd.Series | None = None, *, merged: Mapping[Any, Any] | None = None
) -> Confusion:
    """Compares labels with the truth::

        precision = right / predicted,   recall = right / true,   F1 = 2 * right / (predicted + true)

    Args:
        truth: the true taxon of each tuboid (a Series), then `predicted` the other one, on the same index; tuboids that
            have both count. Or a matrix of counts: a DataFrame, index truth, columns predicted.
        merged: taxon -> taxon, for those that are to be one: `{'Background': 'none', 'Insecta': 'none'}`.

    Source: Geissmann et al. (2022, PLOS Biology 20: e3001689), table S3; Cohen (1960, Educ. Psychol. Meas. 20: 37).
    """
    matrix = _matrix(truth, predicted)
    if unknown := set(merged or {}) - set(matrix.index) - set(matrix.columns):
        raise ValueError(f"merged: there is no {', '.join(map(repr, sorted(unknown, key=str)))}")
    names = {taxon: (merged or {}).get(taxon, taxon) for taxon in [*matrix.index, *matrix.columns]}
    order = list(dict.fromkeys(names.values()))
    matrix = matrix.groupby(names).sum().T.groupby(names).sum().T.reindex(index=order, columns=order, fill_value=0)
    matrix = matrix.rename_axis(index="truth", columns="predicted")
    counts = matrix.to_numpy()
    right, real, predicted_as = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    n, n_correct = int(counts.sum()), int(right.sum())
    if n == 0:
        raise ValueError("confusion: no tuboid has both labels")
    chance = float((real * predicted_as).sum() / n**2)
    columns = {
        "n": real,
        "n_predicted": predicted_as,
        "precision": _ratio(right, predicted_as),
        "recall": _ratio(right, real),
        "f1": _ratio(2 * right, real + predicted_as),
    }
    per_taxon = pd.DataFrame(columns, index=matrix.index.rename("taxon"))
    accuracy = n_correct / n
    return Confusion(
        matrix, per_taxon, n, n_correct, accuracy, (accuracy - chance) / (1 - chance) if chance < 1 else 1.0
    )


def _matrix(truth: pd.Series | pd.DataFrame, predicted: pd.Series | None) -> pd.DataFrame:
    if isinstance(truth, pd.DataFrame):
        if predicted is not None:
            raise ValueError("confusion takes a matrix alone, or two Series")
        return truth
    if predicted is None:
        raise ValueError("confusion takes two Series (truth, predicted), or a matrix of counts")
    both = pd.concat({"truth": truth, "predicted": predicted}, axis=1, join="inner").dropna()
    return pd.crosstab(both.truth, both.predicted)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
