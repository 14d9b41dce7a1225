"""Sets a binary collation on MariaDB: names that differ on SQLite must differ there, too."""

from pathlib import Path

from django.apps import apps
from django.db import migrations

_FIRST = "0001_initial"


def pin_collation(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":
        name = schema_editor.quote_name(schema_editor.connection.settings_dict["NAME"])
        schema_editor.execute(f"ALTER DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
        # Django has made it just before.
        schema_editor.execute(
            "ALTER TABLE django_migrations CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
        )


class Migration(migrations.Migration):
    initial = True
    atomic = False  # MariaDB does not roll back changes of a database
    # Before any table is made.
    run_before = [
        (app.label, _FIRST) for app in apps.get_app_configs() if Path(app.path, "migrations", f"{_FIRST}.py").exists()
    ]
    operations = [migrations.RunPython(pin_collation, migrations.RunPython.noop)]
