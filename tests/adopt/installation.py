"""Makes an installation of the published service: its schema as SQLAlchemy made it, and rows by bulk SQL.

`python -m tests.adopt.installation GENERATION IMAGES` makes one in the database that the `MYSQL_` variables name.
"""

import contextlib
import hashlib
import io
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

from tests.services import mariadb, object_store

PASSWORD = "lovelace"
# passlib's hash of that, as the service stored it.
HASH = (
    "$6$rounds=656000$9rPA9TEuQqvcbDjg$"
    "fO92wLZp2nEY4x.Vn6hZWusG0IOdPsmG1vMUM4KTFoZIgGe8cYioGJ.z4zMgHoaGSohThbSS7NVO7eb9Noynu0"
)
_CREATED = "'2021-03-01 10:00:00' + INTERVAL seq SECOND"
_SERIES = {
    1: "bait VARCHAR(20), height FLOAT, n_traps INT, is_shaded BOOL, visited DATETIME, note TEXT, "
    '`crop: % "x"` CHAR(5)',
    2: "site VARCHAR(8)",
    3: "",
}


class Installation:
    """A database of one generation.

    Args:
        environment: its `MYSQL_` variables.
        generation: 1 or 2.
        n_images: images; three times as many annotations, a tenth as many tuboids, two labels each.
        collation: of the tables.
    """

    def __init__(self, environment: Mapping[str, str], generation: int, n_images: int, collation: str) -> None:
        self.environment = environment
        self.generation = generation
        self.n_images = n_images
        self._collation = collation
        self._who = "api_user_id" if generation == 2 else "api_user"

    def make(self) -> None:
        """Makes tables and rows."""
        schema = (Path(__file__).parent / f"{('first', 'second')[self.generation - 1]}_generation.sql").read_text()
        charset = self._collation.partition("_")[0]
        name = self.environment["MYSQL_DATABASE"]
        schema = schema.replace("utf8mb4_general_ci", self._collation).replace("CHARSET=utf8mb4", f"CHARSET={charset}")
        self.execute(f"ALTER DATABASE {name} CHARACTER SET {charset} COLLATE {self._collation}")
        for statement in "\n".join(line for line in schema.splitlines() if not line.startswith("--")).split(";"):
            if statement.strip() and "project_series_1" not in statement:
                self.execute(statement)
        self._fill()

    def _fill(self) -> None:
        self._users()
        self._images()
        self._tuboids()
        if self.generation == 2:
            self._projects()
            self._insert("uid_intents", 5, {"parent_image_id": "seq"})

    def _insert(self, table: str, n_rows: int, columns: Mapping[str, str]) -> None:
        """Rows whose columns are expressions of `seq`, 1 to `n_rows`."""
        everywhere = {
            "datetime_created": _CREATED,
            "api_version": "IF(seq % 50 = 3, NULL, '1.2.0')",
            self._who: self._writer(),
        }
        columns = {**everywhere, **columns}
        names = ", ".join(f"`{name}`" for name in columns)
        rows = ", ".join(columns.values())
        self.execute(f"INSERT INTO {table} ({names}) SELECT {rows} FROM seq_1_to_{n_rows}")

    def _writer(self) -> str:
        if self.generation == 2:
            return "ELT(1 + seq % 4, 1, 2, NULL, 99)"
        return "ELT(1 + seq % 4, 'Ada', 'harvester', NULL, 'gone')"

    def _users(self) -> None:
        names = "ELT(seq, 'Ada', 'harvester', 'reader', 'quentin g', 'unreadable')"
        columns = {
            "username": names,
            "email": "IF(seq = 1, 'ada@example.org', NULL)",
            "password_hash": f"IF(seq = 5, '***', '{HASH}')",
            "is_admin": "ELT(seq, 1, 0, NULL, 0, 0)",
            "can_write": "ELT(seq, 1, 1, 0, NULL, 0)",
        }
        self._insert("users", 5, columns)

    def _images(self) -> None:
        columns = {
            "device": "CONCAT('5c17', LPAD(LOWER(HEX(seq % 20)), 4, '0'))",
            # A clock that had lost its battery; seconds, so that no two are the same.
            "datetime": "IF(seq < 5, '2000-01-01', '2020-06-01') + INTERVAL (seq DIV 20) * 20 MINUTE",
            "md5": "MD5(seq)",
            "device_version": "IF(seq % 2, '3.1.0', NULL)",
            "width": "2592",
            "height": "1944",
            "alt": "IF(seq % 7, seq % 900, NULL)",
            "lat": "CASE WHEN seq % 11 = 0 THEN NULL WHEN seq % 13 = 0 THEN -121.755200 ELSE 49.243553 END",
            "lng": "CASE WHEN seq % 11 = 0 THEN NULL WHEN seq % 13 = 0 THEN 49.243553 ELSE -121.755200 END",
            "temp": "IF(seq % 17, (seq % 400) / 10 - 5, NULL)",
            "hum": "IF(seq % 17, 20.1 + seq % 70, NULL)",
        }
        if self.generation == 1:
            columns |= {
                "no_flash_shutter_speed": "3.000115 + seq % 9",
                "no_flash_exposure_time": "0.12499 / (1 + seq % 9)",
                "no_flash_bv": "(seq % 100) / 7 - 3",
                "no_flash_iso": "100 * (1 + seq % 8)",
            }
        else:
            columns |= {
                "lum": "(seq % 97) / 13",
                "bat": "IF(seq = 9, -1, seq % 101)",
                "but": "ELT(1 + seq % 3, 0, 1, NULL)",
            }
        self._insert("images", self.n_images, columns)
        contour = '{"contour": [[[1, 2]], [[3, 4]], [[5, 2]]], "name": "insect", "fill_colour": "#ff0000", "value": 0}'
        annotations = {
            "parent_image_id": f"1 + (seq - 1) % {self.n_images}",
            "algo_name": "'sticky-pi-universal-insect-detector'",
            "algo_version": f"CONCAT(1598113346 + (seq - 1) DIV {self.n_images}, '-ad2cd78dfaca12821046dfb8994724d5')",
            "n_objects": "1 + seq % 20",
            "json": f"""CONCAT('{{"annotations": [', SUBSTR(REPEAT(', {contour}', 1 + seq % 20), 3), """
            """'], "metadata": {"id": ', seq, ', "who": "Zoë"}}')""",
        }
        self._insert("uid_annotations", 3 * self.n_images, annotations)
        orphan = {**annotations, "parent_image_id": f"{self.n_images} + 1000 + seq", "n_objects": "0", "json": "'{}'"}
        self._insert("uid_annotations", 2, orphan)

    def _tuboids(self) -> None:
        n_series = max(2, self.n_images // 500)
        series = {
            "device": "CONCAT('5c17', LPAD(LOWER(HEX(seq % 20)), 4, '0'))",
            "start_datetime": "'2020-06-01' + INTERVAL seq DAY",
            "end_datetime": "'2020-06-02' + INTERVAL seq DAY",
            "n_images": "72",
            "n_tuboids": "1000",
            "algo_name": "'sticky-pi-siamese-insect-matcher'",
            "algo_version": "'1606980656-91e2199fccf371d3d690b2856613e8f5'",
        }
        self._insert("tuboid_series", n_series, series)
        n_tuboids = max(20, self.n_images // 10)
        parent = f"1 + (seq - 1) % {n_series}"
        tuboids = {
            "parent_series_id": parent,
            "tuboid_id": "CONCAT('5c17', LPAD(seq DIV 10000, 4, '0'), '.2020-06-01_00-00-00.2020-06-02_00-00-00.', "
            "LPAD(seq % 10000, 4, '0'))",
            "id_in_series": "seq",
            "start_datetime": f"'2020-06-01 01:00:00' + INTERVAL {parent} DAY",
            "end_datetime": f"'2020-06-01 02:00:00' + INTERVAL {parent} DAY",
            "n_shots": "1 + seq % 9",
        }
        self._insert("tiled_tuboids", n_tuboids, tuboids)
        labels = {
            "parent_tuboid_id": f"1 + (seq - 1) % {n_tuboids}",
            "algo_name": f"IF(seq > {n_tuboids}, 'human:Ada', 'insect-tuboid-classifier')",
            "algo_version": "'1607154774-b2ef194b80704ac531dca3f0cdbee3bd'",
            "label": "seq % 7",
            "pattern": "'^Insecta;.*'",
            "type": "'Insecta'",
            "order": f"IF(seq % 7 = 0 AND seq > {n_tuboids}, 'Coleoptera', 'Diptera')",
            "family": "IF(seq % 2, 'Drosophilidae', NULL)",
            "genus": "IF(seq % 2, 'Drosophila', NULL)",
            "species": "NULL",
        }
        self._insert("itc_labels", 2 * n_tuboids, labels)

    def _projects(self) -> None:
        columns = {"name": "CONCAT('Study ', seq)", "description": "IF(seq = 1, 'Blåbær', NULL)", "notes": "NULL"}
        self._insert("projects", 3, columns)
        columns = {"parent_project_id": "seq", "parent_user_id": "1 + seq", "level": "seq"}
        self._insert("project_permissions", 3, columns)
        for project, own in _SERIES.items():
            extra = f", {own}" if own else ""
            self.execute(
                f"CREATE TABLE project_series_{project} (id INT PRIMARY KEY AUTO_INCREMENT NOT NULL, "
                "device CHAR(8) NOT NULL, "
                f"start_datetime DATETIME NOT NULL, end_datetime DATETIME NOT NULL{extra}, "
                "UNIQUE (device, start_datetime, end_datetime))"
            )
            self.execute(
                f"INSERT INTO project_series_{project} (device, start_datetime, end_datetime) SELECT '5c170001', "
                "'2022-05-01' + INTERVAL seq DAY, '2022-05-02' + INTERVAL seq DAY FROM seq_1_to_5"
            )
        self.execute(
            "UPDATE project_series_1 SET bait = 'apple', height = 1.7, n_traps = 3, is_shaded = 1, "
            "visited = '2022-05-03 10:00:00', note = 'Übersicht', `crop: % \"x\"` = 'maize' WHERE id < 4"
        )

    def store_files(self, n_files: int) -> None:
        """Puts files for the first images and their thumbnails into the bucket, and tells the rows their md5."""
        s3, bucket = object_store.client(self.environment), self.environment["S3_BUCKET_NAME"]
        rows = self.rows(f"SELECT id, device, datetime FROM images ORDER BY id LIMIT {n_files}")

        def put(row: dict[str, Any]) -> tuple[str, int]:
            buffer = io.BytesIO()
            Image.new("RGB", (64, 48), (row["id"] % 256, row["id"] // 256 % 256, 90)).save(buffer, "JPEG")
            key = f"raw_images/{row['device']}/{row['device']}.{row['datetime']:%Y-%m-%d_%H-%M-%S}.jpg"
            for suffix in ("", ".thumbnail", ".thumbnail-mini"):
                s3.put_object(Bucket=bucket, Key=key + suffix, Body=buffer.getvalue())
            return hashlib.md5(buffer.getvalue()).hexdigest(), row["id"]

        with ThreadPoolExecutor(8) as pool:
            md5s = list(pool.map(put, rows))
        with contextlib.closing(mariadb.connect(self.environment)) as connection, connection.cursor() as cursor:
            cursor.executemany("UPDATE images SET md5 = %s WHERE id = %s", md5s)
            connection.commit()

    def checksums(self) -> dict[str, int]:
        """Of all tables."""
        return {table: self.rows(f"CHECKSUM TABLE {table}")[0]["Checksum"] for table in self.tables()}

    def contents(self) -> dict[str, str]:
        """An md5 of the rows of each table, as the database tells them: numbers of single precision with six digits."""
        return {table: self._md5(table) for table in self.tables()}

    def tables(self) -> list[str]:
        """Their names."""
        return [next(iter(row.values())) for row in self.rows("SHOW TABLES")]

    def _md5(self, table: str) -> str:
        from MySQLdb.cursors import SSCursor

        found = hashlib.md5()
        with contextlib.closing(mariadb.connect(self.environment)) as connection:
            cursor = connection.cursor(SSCursor)
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            while rows := cursor.fetchmany(1000):
                found.update(repr(rows).encode())
        return found.hexdigest()

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """What the database answers."""
        with contextlib.closing(mariadb.connect(self.environment)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def execute(self, statement: str) -> None:
        """Runs a statement, without a look at foreign keys: there are orphans."""
        with contextlib.closing(mariadb.connect(self.environment)) as connection, connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0, sql_mode = 'STRICT_ALL_TABLES'")
            cursor.execute(statement)
            connection.commit()


if __name__ == "__main__":
    Installation(os.environ, int(sys.argv[1]), int(sys.argv[2]), "utf8mb4_general_ci").make()
