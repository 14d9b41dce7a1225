"""Many transfers at once, of jobs that are found meanwhile; and calls of which some elements are refused."""

import queue
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from ..core.errors import APIError, Conflict, InvalidInput, NotFound, TooLarge, Unavailable, UnsupportedMedia

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 64  # jobs for each thread: those that it has while the next are looked for
_ROUNDS = 3  # elements are refused for their form, for what is missing, and for what is there


def is_of_one(error: Exception) -> bool:
    """Whether an error is about one thing alone, so that the others can be had."""
    if isinstance(error, Unavailable):
        return error.code == "md5_mismatch"
    return isinstance(error, InvalidInput | Conflict | TooLarge | UnsupportedMedia | NotFound)


def each_of(function: Callable[[T], R], jobs: Iterable[T], n_threads: int) -> Iterator[tuple[T, R | APIError]]:
    """The jobs as they are done, each with its result, or with an error that is about it alone.

    Any other error ends the work: jobs not yet begun are left. Jobs are asked for while others are worked on, so many
    ahead that no thread waits, and so few that any number of them goes through little memory.
    """
    done: queue.SimpleQueue[tuple[T, Future[Any]]] = queue.SimpleQueue()
    pool = ThreadPoolExecutor(n_threads)
    n_waiting = 0
    try:
        for job in jobs:
            pool.submit(function, job).add_done_callback(partial(_tell, done, job))
            n_waiting += 1
            while n_waiting >= _AHEAD * n_threads or not done.empty():
                yield _outcome(*done.get())
                n_waiting -= 1
        for _ in range(n_waiting):
            yield _outcome(*done.get())
    finally:
        pool.shutdown(cancel_futures=True)


def _tell(done: "queue.SimpleQueue[tuple[T, Future[Any]]]", job: T, future: Future[Any]) -> None:
    done.put((job, future))


def _outcome(job: T, future: Future[Any]) -> tuple[T, R | APIError]:
    try:
        return job, future.result()
    except APIError as error:
        if is_of_one(error):
            return job, error
        raise


def put_sound(put: Callable[[list[Any]], Any], elements: Sequence[Any]) -> dict[int, APIError]:
    """Puts the elements of a call that stores all or none: those that it refuses are left out. Returns index -> why."""
    refused: dict[int, APIError] = {}
    for _ in range(_ROUNDS):
        left = [index for index in range(len(elements)) if index not in refused]
        if not left:
            break
        try:
            put([elements[index] for index in left])
        except (InvalidInput, Conflict, TooLarge) as error:
            found = {left[item["index"]]: type(error)(item.get("detail", error.detail)) for item in error.items}
            refused |= found or dict.fromkeys(left, error)
        else:
            break
    else:
        refused |= {index: Unavailable("it was refused again and again") for index in left if index not in refused}
    return refused
