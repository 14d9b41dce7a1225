"""Darwin Core Archive: events, their effort (Humboldt extension), what was caught and what was not."""

from collections import Counter
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..core.exports import LICENCES, Query, iso
from ..core.people import is_person
from .folder import Folder
from .season import Capture, Deployment, Season
from .tables import labelled_by

_DWC, _ECO, _DCTERMS = "http://rs.tdwg.org/dwc/terms/", "http://rs.tdwg.org/eco/terms/", "http://purl.org/dc/terms/"
_PROTOCOL = "Sticky Pi trap: a sticky card that is photographed at regular intervals"
_EFFORT = (
    "trap-hours: times between successive images that are not longer than three times the usual one; "
    "longer ones are gaps and no effort"
)
_EVENT = [
    "eventID",
    "eventType",
    "eventDate",
    "samplingProtocol",
    "sampleSizeValue",
    "sampleSizeUnit",
    "samplingEffort",
    "locationID",
    "decimalLatitude",
    "decimalLongitude",
    "geodeticDatum",
    "eventRemarks",
]
_HUMBOLDT = [
    "eventID",
    "inventoryTypes",
    "protocolNames",
    "protocolDescriptions",
    "targetTaxonomicScope",
    "isAbundanceReported",
    "isAbsenceReported",
    "isSamplingEffortReported",
    "samplingEffortProtocol",
    "samplingEffortValue",
    "samplingEffortUnit",
    "eventDurationValue",
    "eventDurationUnit",
]
_OCCURRENCE = [
    "eventID",
    "occurrenceID",
    "basisOfRecord",
    "occurrenceStatus",
    "individualCount",
    "eventDate",
    "scientificName",
    "taxonRank",
    "class",
    "order",
    "family",
    "genus",
    "identifiedBy",
    "dateIdentified",
    "identificationVerificationStatus",
    "occurrenceRemarks",
]
_RANKS = ("type", "order", "family", "genus", "species")
Taxon = tuple[str, str | None, str | None, str | None, str | None, str]  # ranks, then the scientific name


def write(season: Season, folder: Folder) -> None:
    """Writes the archive."""
    stays = season.deployments()
    with folder.csv("event.csv", _EVENT) as table:
        table.write([_event(stay) for stay in stays])
    with folder.csv("humboldt.csv", _HUMBOLDT) as table:
        table.write([_humboldt(stay) for stay in stays])
    caught: Counter[tuple[str, Taxon]] = Counter()
    with folder.csv("occurrence.csv", _OCCURRENCE) as table:
        for device in season.each_device():
            table.write([found for one in season.captures(device) if (found := _present(season, one, caught))])
        table.write(_absent(stays, caught))
    folder.text("meta.xml", _META)
    folder.text("eml.xml", _eml(season.query, stays, folder.created))


def _event(stay: Deployment) -> dict[str, Any]:
    known = stay.latitude is not None
    return {
        "eventID": stay.id,
        "eventType": "Deployment",
        "eventDate": f"{iso(stay.start)}/{iso(stay.end)}",
        "samplingProtocol": _PROTOCOL,
        "sampleSizeValue": stay.n_images,
        "sampleSizeUnit": "images",
        "samplingEffort": f"{stay.hours:.4f} trap-hours",
        "locationID": stay.device,
        "decimalLatitude": stay.latitude,
        "decimalLongitude": stay.longitude,
        "geodeticDatum": "EPSG:4326" if known else None,
        "eventRemarks": f"{stay.n_gaps} gaps, {stay.gap_hours:.4f} hours" if stay.n_gaps else None,
    }


def _humboldt(stay: Deployment) -> dict[str, Any]:
    return {
        "eventID": stay.id,
        "inventoryTypes": "trap or sample",
        "protocolNames": "sticky card",
        "protocolDescriptions": _PROTOCOL,
        "targetTaxonomicScope": "Insecta",
        "isAbundanceReported": True,
        "isAbsenceReported": True,
        "isSamplingEffortReported": True,
        "samplingEffortProtocol": _EFFORT,
        "samplingEffortValue": f"{stay.hours:.4f}",
        "samplingEffortUnit": "trap hours",
        "eventDurationValue": f"{(stay.end - stay.start).total_seconds() / 3600:.4f}",
        "eventDurationUnit": "hours",
    }


def _present(season: Season, one: Capture, caught: Counter[tuple[str, Taxon]]) -> dict[str, Any] | None:
    if one.label is None or one.is_background:
        season.notes["background" if one.is_background else "unlabelled"] += 1
        return None
    if (stay := season.deployment_of(one.device, one.start)) is None:
        return None
    ranks = [one.label[rank] for rank in _RANKS]
    taxon: Taxon = (*ranks, one.taxon or one.label["type"])
    caught[stay.id, taxon] += 1
    person = is_person(one.label["algo_name"])
    return {
        "eventID": stay.id,
        "occurrenceID": one.tuboid_id,
        "basisOfRecord": "MachineObservation",
        "occurrenceStatus": "present",
        "individualCount": 1,
        "eventDate": one.start,
        "identifiedBy": labelled_by(one),
        "dateIdentified": one.label["datetime_created"],
        "identificationVerificationStatus": "identified by a person" if person else "identified by an algorithm",
        "occurrenceRemarks": f"on {one.n_shots} images until {iso(one.end)}",
        **_named(taxon),
    }


def _absent(stays: list[Deployment], caught: Counter[tuple[str, Taxon]]) -> list[dict[str, Any]]:
    """Zero catches: the taxa of the season that a deployment with effort has not caught."""
    taxa = sorted({taxon for _, taxon in caught}, key=lambda taxon: [rank or "" for rank in taxon])
    return [
        {
            "eventID": stay.id,
            "occurrenceID": f"{stay.id}:absent:{taxon[-1]}",
            "basisOfRecord": "MachineObservation",
            "occurrenceStatus": "absent",
            "individualCount": 0,
            "eventDate": f"{iso(stay.start)}/{iso(stay.end)}",
            **_named(taxon),
        }
        for stay in stays
        if stay.n_images
        for taxon in taxa
        if (stay.id, taxon) not in caught
    ]


def _named(taxon: Taxon) -> dict[str, Any]:
    *ranks, name = taxon
    lowest = next((rank for rank, told in zip(reversed(_RANKS), reversed(ranks), strict=True) if told), "type")
    return {
        "scientificName": name,
        "taxonRank": "class" if lowest == "type" else lowest,
        "class": ranks[0],
        **dict(zip(_RANKS[1:4], ranks[1:4], strict=True)),
    }


def _table(tag: str, row_type: str, name: str, columns: list[str], terms: str) -> str:
    key = "id" if tag == "core" else "coreid"
    fields = [
        f'    <field index="{index}" term="{terms if column != "eventID" else _DWC}{column}"/>'
        for index, column in enumerate(columns)
        if tag == "core" or index
    ]
    return "\n".join(
        [
            f'  <{tag} encoding="UTF-8" fieldsTerminatedBy="," linesTerminatedBy="\\n" fieldsEnclosedBy="&quot;" '
            f'ignoreHeaderLines="1" rowType="{row_type}">',
            f"    <files><location>{name}</location></files>",
            f'    <{key} index="0"/>',
            *fields,
            f"  </{tag}>",
        ]
    )


_META = "\n".join(
    [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<archive xmlns="http://rs.tdwg.org/dwc/text/" metadata="eml.xml">',
        _table("core", f"{_DWC}Event", "event.csv", _EVENT, _DWC),
        _table("extension", f"{_ECO}Event", "humboldt.csv", _HUMBOLDT, _ECO),
        _table("extension", f"{_DWC}Occurrence", "occurrence.csv", _OCCURRENCE, _DWC),
        "</archive>\n",
    ]
)


def _eml(query: Query, stays: list[Deployment], created: str) -> str:
    people = [f"<organizationName>{escape(name)}</organizationName>" for name in query.contributors]
    creators = "\n".join(f"    <creator>{person}</creator>" for person in people)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<eml:eml xmlns:eml="https://eml.ecoinformatics.org/eml-2.2.0" packageId={quoteattr("sticky-pi " + created)} \
system="sticky-pi" xml:lang="en">
  <dataset>
    <title>{escape(query.title)}</title>
{creators}
    <pubDate>{created[:10]}</pubDate>
    <language>en</language>
    <abstract><para>Insects on the cards of {len(stays)} deployments of Sticky Pi traps. {_PROTOCOL}.</para></abstract>
    <intellectualRights>
      <para><ulink url="{LICENCES[query.licence]}"><citetitle>{query.licence}</citetitle></ulink></para>
    </intellectualRights>
    <coverage>
{_box(stays)}      <temporalCoverage>
        <rangeOfDates>
          <beginDate><calendarDate>{iso(query.start)[:10]}</calendarDate></beginDate>
          <endDate><calendarDate>{iso(query.end)[:10]}</calendarDate></endDate>
        </rangeOfDates>
      </temporalCoverage>
    </coverage>
    <contact>{people[0]}</contact>
    <methods>
      <methodStep><description><para>{_PROTOCOL}. Effort: {_EFFORT}.</para></description></methodStep>
      <sampling>
        <studyExtent><description><para>All images of the traps in the range.</para></description></studyExtent>
        <samplingDescription><para>{_PROTOCOL}.</para></samplingDescription>
      </sampling>
    </methods>
  </dataset>
</eml:eml>
"""


def _box(stays: list[Deployment]) -> str:
    lats = [stay.latitude for stay in stays if stay.latitude is not None]
    lngs = [stay.longitude for stay in stays if stay.longitude is not None]
    if not lats or not lngs:
        return ""
    bounds = {"west": min(lngs), "east": max(lngs), "north": max(lats), "south": min(lats)}
    tags = "".join(f"<{side}BoundingCoordinate>{value}</{side}BoundingCoordinate>" for side, value in bounds.items())
    return (
        "      <geographicCoverage>\n"
        "        <geographicDescription>Where the traps stood</geographicDescription>\n"
        f"        <boundingCoordinates>{tags}</boundingCoordinates>\n"
        "      </geographicCoverage>\n"
    )
