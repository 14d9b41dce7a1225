"""How good detectors and classifiers are."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ..core import detections
from ..core.detections import Contour
from ..core.people import PERSON_PREFIX
from ..core.quality import Insects, Quality, cohens_kappa, quality_by_size
from .tables import IMAGES, AnalysisWarning, Rows, table


def contours(annotation: Any) -> list[Contour]:
    """The outlines of an annotation: its `json`, as text or parsed. None has none."""
    if annotation is None or (isinstance(annotation, float) and np.isnan(annotation)):
        return []
    return detections.contours(_with_contours(annotation))


def _with_contours(annotation: Any) -> Any:
    if annotation == "":
        raise ValueError("annotations without contours: ask for them with what='data'")
    return annotation


def match_detections(truth: Rows, found: Rows, *, min_overlap: float = detections.MIN_OVERLAP) -> pd.DataFrame:
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
        for insect in detections.match_contours(real, detected, min_overlap)
    ]
    return pd.DataFrame(rows, columns=["device", "datetime", "in_truth", "in_found", "overlap", "area"])


def with_images(annotations: Rows, name: str) -> pd.DataFrame:
    """Annotations with the `device` and `datetime` of their images: joined columns, or what their JSON says."""
    rows = table(annotations, name, ("json",))
    rows = rows[rows.json.notna()]
    if not set(IMAGES) <= set(rows.columns):
        read = [json.loads(text) if isinstance(text, str | bytes) else text for text in map(_with_contours, rows.json)]
        said = [each["metadata"] for each in read]
        rows = rows.assign(**{column: [metadata[column] for metadata in said] for column in IMAGES})
    return table(rows, name, (*IMAGES, "json"))


class Reads(Protocol):
    """What is asked of a client here."""

    def get_images_with_uid_annotations_series(self, info: Any, *, what_annotation: str) -> list[dict[str, Any]]:
        """Rows of images with their annotations."""

    def get_uid_annotations(self, info: Any, what: str) -> list[dict[str, Any]]:
        """Rows of annotations."""


def read_corrected(client: Reads, series: Any, detector: tuple[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Annotations of the images that people have corrected and a detector has analysed, for `match_detections`.

    Args:
        client: a LocalClient or RemoteClient.
        series: as for `get_image_series`.
        detector: algo_name, algo_version.

    Returns:
        The latest correction of each image, by any person; what the detector found. Both are empty where there is none.
    """
    columns = ["device", "datetime", "algo_name", "algo_version"]
    rows = client.get_images_with_uid_annotations_series(series, what_annotation="metadata")
    listed = pd.DataFrame(rows, columns=columns).dropna(subset=["algo_name"])
    by_person = listed[listed.algo_name.str.startswith(PERSON_PREFIX)]
    by_detector = listed[(listed.algo_name == detector[0]) & (listed.algo_version == detector[1])]
    keys = by_detector.merge(by_person[columns[:2]].drop_duplicates())[columns[:2]]
    annotations = client.get_uid_annotations(keys.to_dict("records"), what="data") if len(keys) else []
    found = with_images(annotations or pd.DataFrame(columns=[*columns, "json"]), "annotations")
    people = found[found.algo_name.str.startswith(PERSON_PREFIX)].sort_values("algo_version", kind="stable")
    is_detector = (found.algo_name == detector[0]) & (found.algo_version == detector[1])
    return people.drop_duplicates(columns[:2], keep="last"), found[is_detector]


def _of_image(annotations: Rows, name: str) -> pd.DataFrame:
    rows = with_images(annotations, name)
    if (twice := rows.duplicated(["device", "datetime"])).any():
        first = rows[twice].iloc[0]
        raise ValueError(
            f"{name}: {first.device} at {first.datetime} has several annotations: choose one algorithm and version"
        )
    return rows[list(IMAGES)].assign(**{f"contours_{name}": [contours(text) for text in rows.json]})


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
    columns = rows.in_truth.to_numpy(bool), rows.in_found.to_numpy(bool), rows.area.to_numpy(float)
    try:
        classes = quality_by_size(Insects(*columns), by_area or 1, without_smallest)
    except ValueError as error:
        raise ValueError(f"matches: {error}") from error
    counts = [each.quality for each in classes]
    return pd.DataFrame(
        {
            **{name: [getattr(each, name) for each in classes] for name in ("area", "area_from", "area_to")},
            "n_true": [each.n_true for each in counts],
            "n_found": [each.n_found for each in counts],
            "n_matched": [each.n_right for each in counts],
            **_ratios(counts),
        }
    ).astype({"area": float})


def _ratios(counts: Sequence[Quality]) -> dict[str, np.ndarray]:
    return {name: np.array([getattr(each, name) for each in counts], float) for name in ("precision", "recall", "f1")}


@dataclass(frozen=True)
class Confusion:
    """How well labels agree with the truth.

    Attributes:
        matrix: counts, truth x predicted, the same taxa in both.
        per_taxon: index taxon: `n` (true), `n_predicted`, `precision`, `recall`, `f1` (NaN where there is none).
        n, n_correct, accuracy: accuracy = n_correct / n.
        kappa: Cohen's: (accuracy - e) / (1 - e), e the agreement expected of labels dealt at random in the same
            numbers; NaN where all are of one taxon.
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
    sums = zip(counts.sum(axis=1), counts.sum(axis=0), np.diag(counts), strict=True)
    of_taxa = [Quality(*map(int, each)) for each in sums]
    n, n_correct = int(counts.sum()), sum(each.n_right for each in of_taxa)
    if n == 0:
        raise ValueError("confusion: no tuboid has both labels")
    columns = {"n": [each.n_true for each in of_taxa], "n_predicted": [each.n_found for each in of_taxa]}
    per_taxon = pd.DataFrame({**columns, **_ratios(of_taxa)}, index=matrix.index.rename("taxon"))
    kappa = cohens_kappa(of_taxa)
    return Confusion(matrix, per_taxon, n, n_correct, n_correct / n, float("nan") if kappa is None else kappa)


def _matrix(truth: pd.Series | pd.DataFrame, predicted: pd.Series | None) -> pd.DataFrame:
    if isinstance(truth, pd.DataFrame):
        if predicted is not None:
            raise ValueError("confusion takes a matrix alone, or two Series")
        return truth
    if predicted is None:
        raise ValueError("confusion takes two Series (truth, predicted), or a matrix of counts")
    both = pd.concat({"truth": truth, "predicted": predicted}, axis=1, join="inner").dropna()
    return pd.crosstab(both.truth, both.predicted)
