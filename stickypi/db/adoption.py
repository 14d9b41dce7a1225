"""How the server knows that its database is still the published service's, which `manage.py adopt` takes over."""

from typing import Any

STEPS = "adoption_steps"  # a table that is there while `adopt` is under way
HOW = "stop that service, then run `manage.py adopt --check` and `manage.py adopt`: see docs/moving-in.md"

_IS_WAITING = (
    "SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name IN ('users', %s) "
    "AND (table_name = %s OR column_name = 'password_hash') LIMIT 1"
)


def awaits_adoption(connection: Any) -> bool:
    """Whether a database is one of the published service, or on the way from there."""
    if connection.vendor != "mysql":
        return False
    with connection.cursor() as cursor:
        return bool(cursor.execute(_IS_WAITING, [STEPS, STEPS]))
