"""Every class of the package, once: on a machine that has a server's environment (its own database and bucket).

STICKYPI_HOST=... STICKYPI_USERNAME=... STICKYPI_PASSWORD=... python docs/surface.py FOLDER IMAGE
"""

import sys
from datetime import timedelta
from pathlib import Path

from sticky_pi_api.client import BaseClient, LocalClient, RemoteAPIConnector, RemoteClient
from sticky_pi_api.configuration import LocalAPIConf, RemoteAPIConf, RemoteClientConf
from sticky_pi_api.image_parser import ImageParser
from sticky_pi_api.specifications import BaseAPI, BaseAPISpec, LocalAPI, RemoteAPI
from sticky_pi_api.storage import BaseStorage, DiskStorage, S3Storage

if len(sys.argv) != 3:
    sys.exit(__doc__)
folder, image = (Path(argument) for argument in sys.argv[1:])
server, in_folder, here = RemoteClientConf.from_environment(), LocalAPIConf(folder / "local"), RemoteAPIConf()
address = (server.HOST, server.USERNAME, server.PASSWORD, server.PROTOCOL, server.PORT)
parsed = ImageParser(image)  # its fields: device, datetime, md5, the sensors
taken = parsed["datetime"]
parsed.thumbnail.save(folder / "thumbnail.jpg")

# Clients: everything, a folder's and a server's alike.
local = LocalClient(in_folder.LOCAL_DIR, n_threads=2)
remote = RemoteClient(folder / "remote", *address, n_threads=2, skip_on_error=True)
for client in (local, remote):
    client.put_images([image])  # skipped if it is there
    (row,) = client.get_images_with_uid_annotations_series(
        [{"device": parsed["device"], "start_datetime": taken, "end_datetime": taken + timedelta(seconds=1)}],
        what_image="image",
    )
    client.fetch(row["url"], client.local_dir / "copy.jpg")
    print(isinstance(client, BaseClient), type(client).__name__, row["md5"] == parsed["md5"])

# The operations only: of a server over HTTP, of a folder, of a server in this process.
connector = RemoteAPIConnector(*address)
for api in (connector, LocalAPI(in_folder), RemoteAPI(here)):
    (row,) = api.get_images([parsed], what="thumbnail", client_info=None)
    print(isinstance(api, BaseAPISpec), isinstance(api, BaseAPI), type(api).__name__, row["url"].partition("?")[0])

# The files only: of a folder, of a bucket.
for storage in (DiskStorage(in_folder), S3Storage(here)):
    print(isinstance(storage, BaseStorage), storage.get_url_for_image(parsed, what="thumbnail").partition("?")[0])
