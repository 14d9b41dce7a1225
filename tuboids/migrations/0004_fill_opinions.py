from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    if apps.get_model("tuboids", "TiledTuboid").objects.exists():
        from tuboids.opinions import rebuild

        rebuild()


class Migration(migrations.Migration):
    atomic = False  # a transaction for every few hundred tuboids

    dependencies = [
        ("tuboids", "0003_taxa_opinions_and_labelling"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
