"""Detections against detections, labels against labels."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

from sticky_pi_api import analysis as a
from sticky_pi_api.core.detections import overlap

Box = tuple[int, int, int, int]  # left, top, width, height


def annotated(minute: int, boxes: list[Box] | None, algo: str = "net") -> dict[str, Any]:
    corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in boxes or []]
    image = {"device": "5c173ff2", "datetime": f"2020-06-24_00-{minute:02}-00"}
    found = {"annotations": [{"contour": [[corner] for corner in of_box]} for of_box in corners], "metadata": image}
    return {**image, "json": None if boxes is None else json.dumps(found), "algo_name": algo}


def test_contours_are_paired_by_overlap() -> None:
    truth = [annotated(0, [(0, 0, 100, 100), (200, 0, 100, 100)]), annotated(1, [(0, 0, 10, 10)]), annotated(2, [])]
    found = [annotated(0, [(210, 0, 100, 100), (80, 80, 100, 100)]), annotated(1, []), annotated(2, [(5, 5, 50, 50)])]
    matches = a.match_detections(truth, found)
    assert matches.in_truth.sum() == 3 and matches.in_found.sum() == 3
    (pair,) = matches[matches.in_truth & matches.in_found].itertuples()
    assert pair.overlap == pytest.approx(90 / 110, abs=0.02) and pair.area == 100 * 100
    (quality,) = a.detection_quality(matches).itertuples()
    assert (quality.n_true, quality.n_found, quality.n_matched) == (3, 3, 1) and quality.recall == pytest.approx(1 / 3)
    assert len(a.match_detections(truth, found, min_overlap=0.01)) == 4  # the corner counts now
    with pytest.warns(a.AnalysisWarning, match="1 of 3 images are annotated on one side only"):
        assert len(a.match_detections(truth, [found[0], found[1], annotated(2, None)])) == 4


def test_overlap_of_crossed_and_flat_contours() -> None:
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=float)
    assert overlap(square, square) == 1 and overlap(square, square + 20) == 0
    assert 0 < overlap(square, square[[0, 2, 1, 3]]) < 1
    assert 0 < overlap(square, square[:2]) < 0.2 and overlap(square[:1], square[:1]) == 1


def test_bad_annotations_say_what_is_wrong() -> None:
    one = [annotated(0, [(0, 0, 10, 10)])]
    with pytest.raises(ValueError, match="truth: 5c173ff2 at 2020-06-24 00:00:00 has several annotations"):
        a.match_detections([*one, *one], one)
    with pytest.raises(ValueError, match="ask for them with what='data'"):
        a.match_detections([{**one[0], "json": ""}], one)
    assert len(a.match_detections([{"json": one[0]["json"]}], one)) == 1  # its image is in it
    with pytest.raises(ValueError, match="found: no column 'json'"):
        a.match_detections(one, [{"device": "5c173ff2", "datetime": "2020-06-24"}])
    with pytest.raises(ValueError, match="min_overlap is 0"):
        a.match_detections(one, one, min_overlap=0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=40))
def test_confusion_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truth, predicted = (pd.Series(each) for each in zip(*pairs, strict=True))
    result = a.confusion(truth, predicted)
    labels = result.matrix.index.tolist()
    precision, recall, f1, n = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=np.nan)
    assert np.allclose(result.per_taxon.precision, precision, equal_nan=True)
    assert np.allclose(result.per_taxon.recall, recall, equal_nan=True)
    assert np.allclose(result.per_taxon.f1, f1, equal_nan=True) and result.per_taxon.n.tolist() == n.tolist()
    if truth.nunique() > 1 or predicted.nunique() > 1:
        assert result.kappa == pytest.approx(cohen_kappa_score(truth, predicted))
    merged = a.confusion(truth, predicted, merged=dict.fromkeys(labels, "x"))
    assert merged.accuracy == 1 and merged.n == len(pairs)


def test_bad_confusions_say_what_is_wrong() -> None:
    labels = pd.Series(["a", "b"])
    with pytest.raises(ValueError, match="there is no 'z'"):
        a.confusion(labels, labels, merged={"z": "a"})
    with pytest.raises(ValueError, match="no tuboid has both labels"):
        a.confusion(labels, labels.set_axis([7, 8]))
    with pytest.raises(ValueError, match="two Series"):
        a.confusion(labels)
