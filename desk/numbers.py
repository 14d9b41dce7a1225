"""Numbers in the query of an address."""

from django.http import HttpRequest

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown


def read_number(request: HttpRequest, name: str, *, low: int, high: int, default: int | None = None) -> int:
    """A whole number from `low` to `high`. Raises InvalidInput for anything else; without a default, also for none."""
    value = request.GET.get(name)
    if value is None and default is not None:
        return default
    try:
        number = int(value or "")
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise InvalidInput(f"{name}={shown(value)}: it takes a whole number from {low} to {high}")
    return number
