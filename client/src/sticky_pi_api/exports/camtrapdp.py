"""Camera Trap Data Package 1.0.2 (https://camtrap-dp.tdwg.org): deployments, media, observations."""

import json
from importlib.resources import files
from typing import Any

from ..core.errors import InvalidInput
from ..core.exports import LICENCES, Query, iso
from ..core.formats import image_name, some_of
from ..core.layout import image_key
from ..core.people import is_person
from .folder import Folder
from .pictures import download_images
from .season import Capture, Deployment, Season
from .tables import labelled_by

VERSION = "1.0.2"
_URL = f"https://raw.githubusercontent.com/tdwg/camtrap-dp/{VERSION}"
_TABLES = ("deployments", "media", "observations")


def write(season: Season, folder: Folder) -> None:
    """Writes the package."""
    stays = season.deployments()
    if unknown := [stay.id for stay in stays if stay.latitude is None or stay.longitude is None]:
        raise InvalidInput(
            f"camtrapdp takes the position of each deployment, and {len(unknown)} have none ({some_of(unknown, 5)}): "
            "give columns lat and lng to the project, or latitude and longitude to the export"
        )
    with folder.csv("deployments.csv", columns("deployments")) as table:
        table.write([_deployment(stay) for stay in stays])
    with folder.csv("media.csv", columns("media")) as table:
        for rows in season.images():
            table.write([media for row in rows if (media := _media(season, row))])
    taxa: dict[str, str] = {}
    with folder.csv("observations.csv", columns("observations")) as table:
        for device in season.each_device():
            table.write([found for one in season.captures(device) if (found := _observation(season, one, taxa))])
    if season.query.images:
        download_images(season, folder)
    package = _package(season.query, stays, taxa, folder.created)
    folder.text("datapackage.json", json.dumps(package, indent=2, ensure_ascii=False) + "\n")


def schema(table: str) -> dict[str, Any]:
    """The table schema of one of the three tables."""
    text = files(__package__).joinpath("schemas", f"{table}-table-schema.json").read_text("utf-8")
    return dict(json.loads(text))


def columns(table: str) -> list[str]:
    """The columns of one of the three tables."""
    return [field["name"] for field in schema(table)["fields"]]


def _deployment(stay: Deployment) -> dict[str, Any]:
    gaps = f"; {stay.n_gaps} gaps, {stay.gap_hours:.2f} hours" if stay.n_gaps else ""
    return {
        "deploymentID": stay.id,
        "locationID": stay.device,
        "latitude": stay.latitude,
        "longitude": stay.longitude,
        "deploymentStart": stay.start,
        "deploymentEnd": stay.end,
        "cameraID": stay.device,
        "cameraModel": f"Sticky Pi-{stay.version}" if stay.version else "Sticky Pi",
        "deploymentComments": f"{stay.n_images} images, {stay.hours:.2f} trap-hours{gaps}",
    }


def _media(season: Season, image: dict[str, Any]) -> dict[str, Any] | None:
    if (stay := season.deployment_of(image["device"], image["datetime"])) is None:
        return None
    name = image_name(image["device"], image["datetime"])
    return {
        "mediaID": name,
        "deploymentID": stay.id,
        "captureMethod": "timeLapse",
        "timestamp": image["datetime"],
        "filePath": image_key(image["device"], image["datetime"]) if not season.query.images else f"images/{name}",
        "filePublic": False,
        "fileName": name,
        "fileMediatype": "image/jpeg",
    }


def _observation(season: Season, one: Capture, taxa: dict[str, str]) -> dict[str, Any] | None:
    if one.is_background:
        season.notes["background"] += 1
        return None
    if (stay := season.deployment_of(one.device, one.start)) is None:
        return None
    found: dict[str, Any] = {
        "observationID": one.tuboid_id,
        "deploymentID": stay.id,
        "eventID": one.tuboid_id,
        "eventStart": one.start,
        "eventEnd": one.end,
        "observationLevel": "event",
        "observationType": "unclassified",
        "count": 1,
    }
    if (label := one.label) is None:
        return found
    name = one.taxon or label["type"]
    taxa[name] = next(rank for rank in ("species", "genus", "family", "order", "type") if label[rank])
    return {
        **found,
        "observationType": "animal",
        "scientificName": name,
        "classificationMethod": "human" if is_person(label["algo_name"]) else "machine",
        "classifiedBy": labelled_by(one),
        "classificationTimestamp": label["datetime_created"],
    }


def _package(query: Query, stays: list[Deployment], taxa: dict[str, str], created: str) -> dict[str, Any]:
    roles = ["contact", *["contributor"] * (len(query.contributors) - 1)]
    return {
        "profile": f"{_URL}/camtrap-dp-profile.json",
        "name": "sticky-pi",
        "title": query.title,
        "created": created,
        "contributors": [{"title": name, "role": role} for name, role in zip(query.contributors, roles, strict=True)],
        "licenses": [
            {"name": query.licence, "path": LICENCES[query.licence], "scope": scope} for scope in ("data", "media")
        ],
        "project": {
            "title": query.title,
            "samplingDesign": "targeted",
            "captureMethod": ["timeLapse"],
            "individualAnimals": False,
            "observationLevel": ["event"],
        },
        "spatial": _box(stays),
        "temporal": {"start": iso(query.start)[:10], "end": iso(query.end)[:10]},
        "taxonomic": [_taxon(name, taxa[name]) for name in sorted(taxa)] or [{"scientificName": "Insecta"}],
        "resources": [
            {
                "name": table,
                "path": f"{table}.csv",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": f"{_URL}/{table}-table-schema.json",
            }
            for table in _TABLES
        ],
    }


def _taxon(name: str, rank: str) -> dict[str, str]:
    return {"scientificName": name, **({} if rank == "type" else {"taxonRank": rank})}


def _box(stays: list[Deployment]) -> dict[str, Any]:
    if not stays:
        raise InvalidInput("there is no deployment, and no image, in the range: there is nothing to export")
    lats = [stay.latitude or 0.0 for stay in stays]
    lngs = [stay.longitude or 0.0 for stay in stays]
    west, south, east, north = min(lngs), min(lats), max(lngs), max(lats)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "bbox": [west, south, east, north], "coordinates": [ring]}
