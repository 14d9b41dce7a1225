"""How much one call may ask for, on a server and in a folder alike. The reasons are in docs/limits.md."""

from collections.abc import Sized

from .errors import TooLarge

KEYS = 100_000  # elements that name one image, tuboid, label or file each
NAMED_FILES = 10_000  # files that a device has, compared with what is stored in one query
SERIES = 5_000  # elements with a device pattern, each compared with all devices
RANGES = 50_000  # ranges of datetimes of all the devices that the elements of a call match
USER_PATTERNS = 1_000  # elements compared with all users
PROJECT_PATTERNS = 1_000  # elements compared with all projects
PROJECTS = 1_000  # new ones in a call
COLUMNS = 100  # that a project may have; each of its rows has them all
TO_ANNOTATE = 8  # images that a call of a detector gets
LEASED = 1_000  # items that a worker gets at once
LEASED_RANGES = 2_000  # ranges of devices that a worker's choice comes to: all are in one query
NEW_USERS = 100  # a password takes a tenth of a second on purpose
BUNDLES = 100  # different ones in a call: each is a folder to list
ANNOTATION = 4_000_000  # bytes of JSON of one image
WORK = 600_000_000  # pixels times scans of the images of one upload


def check_number(info: Sized, most: int) -> None:
    """Raises TooLarge if a call has more elements than that."""
    if len(info) > most:
        raise TooLarge(f"info has {len(info):,} elements: this call takes at most {most:,}, send it in several")
