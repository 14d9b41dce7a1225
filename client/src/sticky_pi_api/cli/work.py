"""Work done by a command, or by the reference detector."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Annotated, Any

import typer

from ..core.errors import Conflict, InvalidInput
from ..work import Item, Work
from ..work.command import Command, CommandFailed
from .output import say
from .places import Place, open_place

_MOST_WORKERS = 64


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel="Results")(work)


def work(
    name: Annotated[str, typer.Option(help="Of the algorithm; of --detector, its own")] = "",
    version: Annotated[str, typer.Option(help="Of the algorithm; of --detector, its own")] = "",
    command: Annotated[str, typer.Option(help="Reads a line of JSON an item, and writes one")] = "",
    detector: Annotated[bool, typer.Option("--detector", help="The reference detector, instead of a command")] = False,
    what: Annotated[str, typer.Option(help="images or tuboids")] = "images",
    device: Annotated[str, typer.Option(metavar="PATTERN", help="Devices")] = "%",
    start: Annotated[str | None, typer.Option(help="UTC, 2020-06-20 or 2020-06-20_21-33-24")] = None,
    end: Annotated[str | None, typer.Option(help="Not included")] = None,
    project: Annotated[int | None, typer.Option(help="Its id: only where and while its traps stood")] = None,
    workers: Annotated[int, typer.Option(help="At once, each with a command of its own")] = 1,
    lease: Annotated[str, typer.Option(help="How long a worker that dies keeps items from others")] = "30min",
    timeout: Annotated[int, typer.Option(help="Seconds after which a command is ended that does not answer")] = 600,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when all is done, else wait for more")
    ] = False,
    place: Place = "",
) -> int:
    """Annotates images, or labels tuboids, that nobody else works on: a worker on each of many machines will do.

    The command reads a line of JSON an item (id, kind, device, datetime, path of the picture) and writes one: contours,
    label, or error. Ends with 1 if an item failed.

    Example: `sticky-pi work --name uid --version 1 --command "python detect.py" --workers 4 --until-empty`
    """
    if bool(command) == detector:
        raise InvalidInput("say what does the work: --command or --detector")
    if not 1 <= workers <= _MOST_WORKERS:
        raise InvalidInput(f"--workers is {workers}: it takes 1 to {_MOST_WORKERS}")
    if detector:
        name, version = _reference()
    elif not (name and version):
        raise InvalidInput("--command takes --name and --version of the algorithm: others do not do the same again")
    with open_place(place, workers + 1) as client:
        asked: dict[str, Any] = {"what": what, "project": project, "lease": lease, "until_empty": until_empty}
        works = [client.work(name, version, device, start, end, **asked) for _ in range(workers)]
        makers = [_detect if detector else Command(command, timeout) for _ in works]
        return _run(works, makers)


def _reference() -> tuple[str, str]:
    from ..detector import NAME, Parameters

    return NAME, Parameters().version


def _detect(item: Item) -> Any:
    from ..detector import annotate

    return annotate(item.path)["annotations"]


def _run(works: list[Work], makers: list[Any]) -> int:
    """Workers in threads, until they end or are stopped."""
    counts, began = Counter[str](), time.monotonic()
    before = signal.signal(signal.SIGTERM, _interrupt)
    # Waits for futures, not by Thread.join: after an interrupted join, Python reports a live thread as ended.
    with ThreadPoolExecutor(len(works)) as pool:
        running = [pool.submit(_work, one, make, counts) for one, make in zip(works, makers, strict=True)]
        try:
            wait(running)
        except KeyboardInterrupt:
            say("stopping: what is not done is given back")
            _stop(works, makers)
            wait(running)
        finally:
            signal.signal(signal.SIGTERM, before)
    seconds = time.monotonic() - began
    say(
        f"{counts['done']:,} done, {counts['failed']:,} failures, {counts['lost']:,} lost to others "
        f"in {seconds:,.1f} s ({counts['done'] / max(seconds, 0.001):,.1f} a second)"
    )
    for each in running:
        each.result()
    return 1 if counts["failed"] else 0


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _stop(works: list[Work], makers: list[Any]) -> None:
    for one in works:
        one.stop()
    for make in makers:
        if isinstance(make, Command):
            make.end()


def _work(one: Work, make: Callable[[Item], Any], counts: Counter[str]) -> None:
    try:
        for item in one:
            counts[_do(item, one, make)] += 1
    finally:
        if isinstance(make, Command):
            make.end()


def _do(item: Item, one: Work, make: Callable[[Item], Any]) -> str:
    """One item: what became of it."""
    try:
        item.done(make(item))
    except Conflict as error:
        say(f"{item}: {error.detail}")
        return "lost"
    except (CommandFailed, InvalidInput, OSError) as error:
        if one.is_stopped:
            return "returned"
        say(f"{item}: {error}")
        item.fail(str(error))
        return "failed"
    return "done"
