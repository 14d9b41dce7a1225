"""The real parts do what the other tests take for granted."""

import contextlib

import pytest
import requests
from botocore.exceptions import ClientError

from tests.services import mariadb as mariadb_part
from tests.services import object_store as object_store_part
from tests.services.server import ADMIN, backends


def test_mariadb_answers_and_keeps_its_data_while_away(mariadb):
    environment = mariadb.create_database("services")

    def query(statement):
        with contextlib.closing(mariadb_part.connect(environment)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            connection.commit()
            return cursor.fetchall()

    query("CREATE TABLE devices (device CHAR(8))")
    query("INSERT INTO devices VALUES ('5c173ff2')")
    with mariadb.away(), pytest.raises(Exception, match="Can't connect"):
        query("SELECT 1")
    assert query("SELECT * FROM devices") == (("5c173ff2",),)


@pytest.fixture
def bucket(object_store, request):
    environment = object_store.create_bucket("services")
    yield object_store_part.client(environment), environment["S3_BUCKET_NAME"]
    object_store_part.empty_bucket(environment)


def test_the_object_store_checks_signatures_of_links(bucket):
    client, name = bucket
    client.put_object(Bucket=name, Key="one", Body=b"1")
    url = client.generate_presigned_url("get_object", {"Bucket": name, "Key": "one"})
    assert requests.get(url, timeout=10).content == b"1"
    assert requests.get(url[:-4] + "0000", timeout=10).status_code == 403
    assert requests.get(url.replace("/one?", "/two?"), timeout=10).status_code == 403


def test_the_object_store_takes_posted_files(bucket):
    client, name = bucket
    post = client.generate_presigned_post(name, "posted")
    assert requests.post(post["url"], post["fields"], files={"file": b"2"}, timeout=10).status_code == 204
    assert client.get_object(Bucket=name, Key="posted")["Body"].read() == b"2"
    elsewhere = post["fields"] | {"key": "elsewhere"}
    assert requests.post(post["url"], elsewhere, files={"file": b"2"}, timeout=10).status_code == 403


def test_the_object_store_never_overwrites_when_asked(bucket):
    client, name = bucket
    client.put_object(Bucket=name, Key="kept", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=name, Key="kept", Body=b"second", IfNoneMatch="*")
    assert client.get_object(Bucket=name, Key="kept")["Body"].read() == b"first"


def test_the_browser_renders(page):
    page.goto("data:text/html,<title>Sticky Pi</title><p>5c173ff2")
    assert page.title() == "Sticky Pi"
    assert page.locator("p").inner_text() == "5c173ff2"


def test_the_server_answers_and_is_reset(server):
    def users():
        return requests.post(f"{server.url}/get_users", auth=ADMIN, json=[{}], timeout=10).json()

    new = [{"username": "harvester", "password": "a-long-password"}]
    assert requests.post(f"{server.url}/put_users", auth=ADMIN, json=new, timeout=10).status_code == 200
    assert [user["username"] for user in users()] == ["admin", "harvester"]
    server.reset()
    assert [user["username"] for user in users()] == ["admin"]


@backends("sqlite-disk")
def test_the_server_comes_back_after_a_crash(server):
    server.kill()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=10)
    server.start()
    assert requests.post(f"{server.url}/get_token", auth=ADMIN, timeout=10).status_code == 200
    assert server.memory() > 1e7
    assert server.cpu_seconds() > 0
