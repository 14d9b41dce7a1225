from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CachedMD5",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="In the storage.", max_length=400)),
                ("size", models.BigIntegerField(help_text="Bytes.")),
                (
                    "version",
                    models.CharField(help_text="Time of change in ns on disk, ETag in a bucket.", max_length=64),
                ),
                ("md5", models.CharField(help_text="Over 8 MiB in S3's multipart form.", max_length=40)),
            ],
            options={
                "db_table": "cached_md5s",
                "constraints": [models.UniqueConstraint(fields=("key",), name="cached_md5_key")],
            },
        ),
    ]
