"""Many requests at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from tqdm import tqdm

from .core.errors import APIError, Conflict, InvalidInput, TooLarge, UnsupportedMedia

T = TypeVar("T")
R = TypeVar("R")

_OF_ONE_ITEM = (InvalidInput, Conflict, TooLarge, UnsupportedMedia)


def each(function: Callable[[T], R], items: Sequence[T], *, n_threads: int, title: str) -> list[R | APIError]:
    """The result of each item, in order; or its error, where that is the item's own.

    Any other error (no server, no permission) ends the work: items not yet begun are left. A progress bar is shown if
    standard error is a terminal.
    """
    results: dict[int, R | APIError] = {}
    pool = ThreadPoolExecutor(n_threads)
    try:
        futures = {pool.submit(function, item): index for index, item in enumerate(items)}
        for future in tqdm(as_completed(futures), total=len(items), desc=title, disable=None, leave=False):
            try:
                results[futures[future]] = future.result()
            except _OF_ONE_ITEM as error:
                results[futures[future]] = error
    finally:
        pool.shutdown(cancel_futures=True)
    return [results[index] for index in range(len(items))]
