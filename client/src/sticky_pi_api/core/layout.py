"""Storage keys, on disk and in a bucket alike (contract, section 3), and how long links to the files work."""

from datetime import datetime

from .errors import InvalidInput
from .formats import image_name, shown

LINK_SECONDS = 24 * 3600
IMAGE_SUFFIXES = {"image": "", "thumbnail": ".thumbnail", "thumbnail-mini": ".thumbnail-mini"}
IMAGE_WHATS = ("metadata", *IMAGE_SUFFIXES)
TUBOID_FILES = {"tuboid": "tuboid.jpg", "context": "context.jpg", "metadata": "metadata.txt"}


def check_what(what: str, known: tuple[str, ...]) -> str:
    """`what` in its canonical spelling. Raises InvalidInput if it is not one of `known`."""
    canonical = what.replace("_", "-") if isinstance(what, str) else what
    if canonical not in known:
        raise InvalidInput(f"what={shown(what)} is unknown: it takes one of {', '.join(known)}")
    return canonical


def image_key(device: str, moment: datetime, what: str = "image") -> str:
    """The key of an image or of one of its thumbnails."""
    return f"raw_images/{device}/{image_name(device, moment)}{IMAGE_SUFFIXES[what]}"


def image_keys(device: str, moment: datetime) -> list[str]:
    """The keys of all files of an image."""
    return [image_key(device, moment, what) for what in IMAGE_SUFFIXES]


def image_key_of(device: str, wire_datetime: str, what: str) -> str:
    """The same from a datetime as the wire has it: quick, for rows on their way out."""
    return f"raw_images/{device}/{device}.{wire_datetime}.jpg{IMAGE_SUFFIXES[what]}"


def image_name_of(key: str) -> str:
    """The name of the image that a key is of, whichever rendition."""
    name = key.rpartition("/")[2]
    return name.removesuffix("-mini").removesuffix(".thumbnail")


def tuboid_key(tuboid_id: str, name: str) -> str:
    """The key of a file of a tuboid: `tuboid`, `context` or `metadata`."""
    return f"tiled_tuboids/{tuboid_id.rpartition('.')[0]}/{tuboid_id}/{TUBOID_FILES[name]}"


def tuboid_keys(tuboid_id: str) -> list[str]:
    """The keys of all files of a tuboid."""
    return [tuboid_key(tuboid_id, name) for name in TUBOID_FILES]


def job_result_key(job: int, attempt: int, name: str) -> str:
    """The key of a job's result. Each attempt has its own, so that a lost worker overwrites nothing."""
    return f"job_results/{job}/{attempt}/{name}"


def bundle_folder(bundle_name: str) -> str:
    """The folder of an ML bundle."""
    return f"ml/{bundle_name}"


def bundle_key(bundle_name: str, key: str) -> str:
    """The key of a file of an ML bundle."""
    return f"{bundle_folder(bundle_name)}/{key}"
