"""One error for all that went wrong with many files, or a line in the log for each."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core.errors import APIError
from ..types import MetadataType

logger = logging.getLogger(__name__)


def sorted_out(
    indices: Sequence[int], results: Sequence[MetadataType | APIError]
) -> tuple[MetadataType, dict[int, APIError]]:
    """The rows of those that went well, and index -> error of the others."""
    rows: MetadataType = []
    failures: dict[int, APIError] = {}
    for index, result in zip(indices, results, strict=True):
        if isinstance(result, APIError):
            failures[index] = result
        else:
            rows.extend(result)
    return rows, failures


def tell_failures(
    failures: Mapping[int, APIError], paths: Sequence[Path], rows: MetadataType, *, skip_on_error: bool
) -> None:
    """Raises an error of the first failure's class, with all failures in its `items` and what went well in its `rows`.

    Args:
        failures: index -> error; nothing is raised if there is none.
        paths: what the indices stand for.
        rows: of those that went well.
        skip_on_error: log the failures, and raise nothing.
    """
    if skip_on_error:
        for index, failure in sorted(failures.items()):
            logger.error("%s is skipped: %s", paths[index], failure.detail)
    elif failures:
        raise _error(failures, paths, rows)


def _error(failures: Mapping[int, APIError], paths: Sequence[Path], rows: MetadataType) -> APIError:
    items = [
        {"index": index, "file": str(paths[index]), "detail": failure.detail, "code": failure.code}
        for index, failure in sorted(failures.items())
    ]
    first = failures[min(failures)]
    others = f" (and {len(items) - 1} more of {len(paths)})" if len(items) > 1 else ""
    error = type(first)(f"{first.detail}{others}", items=items, code=first.code)
    error.rows = rows
    return error
