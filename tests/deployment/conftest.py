"""A site: nginx as it is deployed, before a server with the settings that the compose file gives it."""

from collections.abc import Iterator

import pytest
import requests

from tests.conftest import require
from tests.services import nginx as nginx_part
from tests.services.nginx import Nginx, compose
from tests.services.server import ADMIN, Server


class Site:
    """The server and its proxy, spoken to through the proxy."""

    def __init__(self, server: Server, proxy: Nginx) -> None:
        self.server, self.proxy, self.url = server, proxy, proxy.url
        self.session = requests.Session()
        self.session.verify = str(proxy.certificate)
        self.session.trust_env = False  # which may know another authority
        self.session.auth = ADMIN

    def ask(self, path: str, info: object = None, **options: object) -> requests.Response:
        """An operation's answer."""
        return self.session.post(f"{self.url}/{path}", json=info, timeout=60, **options)

    def put_bundle_file(self, key: str, data: bytes, md5: str) -> None:
        """Uploads a file of the bundle `detector` as existing clients do."""
        link = self.upload_link(key, md5)
        answer = self.get_or_post("POST", link["url"], data=link["fields"], files={"file": ("file", data)})
        assert answer.status_code == 204, answer.text

    def upload_link(self, key: str, md5: str) -> dict:
        """Where, and with which fields, to post a file of the bundle `detector`."""
        offer = {"bundle_name": "detector", "key": key, "md5": md5, "mtime": 4e9}
        (link,) = self.ask("_get_ml_bundle_upload_links", [offer]).json()
        return link["url"]

    def bundle_links(self) -> dict[str, str]:
        """The links to the files of the bundle, by key."""
        return {file["key"]: file["url"] for file in self.ask("_get_ml_bundle_file_list", "detector").json()}

    def get_or_post(self, method: str, url: str, **options: object) -> requests.Response:
        """Another request, without authentication."""
        return requests.request(method, url, verify=self.session.verify, timeout=60, **options)


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    require(nginx_part)
    folder = tmp_path_factory.mktemp("site")
    given = compose()["services"]["server"]["environment"]
    settings = {name: value for name, value in given.items() if name.startswith("STICKYPI_")}
    settings["GUNICORN_CMD_ARGS"] = "--access-logfile=-"
    server = Server(folder / "server", settings)
    proxy = Nginx(folder / "proxy", f"127.0.0.1:{server.port}", server.data_dir / "files")
    with server, proxy:
        yield Site(server, proxy)


@pytest.fixture
def site(running_site: Site) -> Site:
    """A site without images and bundles."""
    running_site.server.reset()
    return running_site
