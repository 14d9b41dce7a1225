"""Temperature and humidity by the hour of the day, beside what was caught."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Avg, Count
from django.db.models.functions import ExtractHour, TruncDate

from activity.queries import HoursOf, Selection, devices
from images.models import Image
from projects.models import Deployment
from sticky_pi_api.core.series import Range, merged

MOST_IMAGES = 60_000  # that may be read for it
READINGS = ("temp", "hum")
_DAY = timedelta(days=1)


def hourly_means(selection: Selection, hours_of: HoursOf | None = None) -> dict[str, list[float | None]]:
    """The mean of each reading (°C, %) in each of 24 hours, None where there is none. One query.

    Args:
        hours_of: another clock than that of the selection, see `activity.queries.hourly`.
    """
    clock = hours_of or (lambda day, hour: (((hour + selection.utc_offset) % 24, 1),))
    numbers = {f"n_{name}": Count(name) for name in READINGS}
    means = {f"mean_{name}": Avg(name) for name in READINGS}
    by_hour = Image.objects.in_ranges(_ranges(selection)).annotate(
        day=TruncDate("datetime", tzinfo=UTC), hour=ExtractHour("datetime", tzinfo=UTC)
    )
    sums: dict[tuple[str, int], float] = defaultdict(float)
    weights: dict[tuple[str, int], float] = defaultdict(float)
    for day, hour, *values in by_hour.order_by().values_list("day", "hour").annotate(**numbers, **means):
        for key, share in clock(day, hour):
            for name, number, mean in zip(READINGS, values, values[len(READINGS) :], strict=False):
                sums[name, key] += share * number * (mean or 0.0)
                weights[name, key] += share * number
    return {
        name: [sums[name, hour] / weights[name, hour] if weights[name, hour] else None for hour in range(24)]
        for name in READINGS
    }


def _ranges(selection: Selection) -> dict[str, list[Range]]:
    """The ranges of each device, naive UTC."""
    start, end = (datetime.combine(day, time(selection.noon)) for day in (selection.first, selection.last + _DAY))
    if selection.project is None:
        return {device: [(start, end)] for device in selection.devices or devices()}
    found: dict[str, list[Range]] = defaultdict(list)
    deployed = Deployment.objects.filter(parent_project=selection.project)
    for device, first, last in deployed.values_list("device", "start_datetime", "end_datetime"):
        first_day, last_day = max(first.date(), selection.first), min(last.date(), selection.last + _DAY)
        begins, ends = max(start, _midnight(first_day)), min(end, _midnight(last_day + _DAY))
        if begins < ends and (selection.devices is None or device in selection.devices):
            found[device].append((begins, ends))
    return {device: merged(spans) for device, spans in found.items()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
