"""The table `images` as traps fill it over the years, by statements instead of a million uploads."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson

from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.records import IMAGES

START, INTERVAL = datetime(2020, 6, 20), timedelta(minutes=20)
DEVICES = [f"{number % 10}c173ff{number // 10}" for number in range(100)]  # ten begin, and ten end, with each figure
BLOCK = 1000  # moments
_CHUNK = 10_000


def fill(connection: Any, mark: str, n_blocks: int) -> None:
    """Inserts an image of each of `DEVICES` at each of `BLOCK * n_blocks` moments, in order of time.

    Args:
        connection: of the DB-API.
        mark: its placeholder of a parameter.
        n_blocks: readings repeat from block to block.
    """
    cursor, columns = connection.cursor(), ", ".join(IMAGES)
    marks = ", ".join([mark] * len(IMAGES))
    for rows in chunker(_rows(), _CHUNK):
        cursor.executemany(f"INSERT INTO images ({columns}) VALUES ({marks})", rows)
    for block in range(1, n_blocks):
        minutes = BLOCK * INTERVAL // timedelta(minutes=1) * block
        shifted = (
            f"datetime + INTERVAL {minutes} MINUTE" if mark == "%s" else f"datetime(datetime, '{minutes} minutes')"
        )
        ids = BLOCK * len(DEVICES)
        values = [{"id": f"id + {ids * block}", "datetime": shifted}.get(column, column) for column in IMAGES]
        cursor.execute(
            f"INSERT INTO images ({columns}) SELECT {', '.join(values)} FROM images WHERE id <= {ids} ORDER BY id"
        )
        connection.commit()
    connection.commit()


def series(pattern: str, n_moments: int) -> bytes:
    """The body of a call that asks for the series of some of the devices, from the first of so many moments on."""
    end = START + n_moments * INTERVAL
    info = {"device": pattern, "start_datetime": format_datetime(START), "end_datetime": format_datetime(end)}
    return orjson.dumps([info])


def _rows() -> Iterator[tuple[Any, ...]]:
    """Rows of one block; half of the devices are of firmware generation 1."""
    rng = random.Random(1)
    positions = [(22.0, round(rng.gauss(49.24, 0.04), 6), round(rng.gauss(-121.76, 0.06), 6)) for _ in DEVICES]
    for number in range(BLOCK * len(DEVICES)):
        moment, index = divmod(number, len(DEVICES))
        text = f"{START + moment * INTERVAL:%Y-%m-%d %H:%M:%S}"
        file = (number + 1, DEVICES[index], text, f"{rng.getrandbits(128):032x}", 2592, 1944)
        weather = (round(rng.gauss(16, 6), 1), round(rng.uniform(30, 99.9), 1))
        exposure = (rng.uniform(1, 9), rng.uniform(0, 0.1), rng.uniform(-3, 9), 400)
        version, *others = (
            (None, *exposure, None, None, None)
            if (index + index // 10) % 2
            else ("3.1.0", *[None] * 4, round(rng.random(), 3), rng.randrange(101), False)
        )
        yield (*file, version, *positions[index], *weather, *others, text, "1.0.0", "harvester", 1)
