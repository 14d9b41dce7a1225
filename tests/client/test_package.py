"""What users import."""

import subprocess
import sys

NAMES = {
    "client": ("BaseClient", "LocalClient", "RemoteClient", "RemoteAPIConnector", "RemoteAPIException"),
    "specifications": ("BaseAPISpec", "BaseAPI", "LocalAPI"),
    "image_parser": ("ImageParser",),
    "storage": ("BaseStorage", "DiskStorage"),
    "utils": ("string_to_datetime", "datetime_to_string", "md5", "multipart_etag", "chunker"),
    "types": ("InfoType", "MetadataType", "AnnotType"),
    "configuration": ("LocalAPIConf", "RemoteAPIConf"),
    "cli": ("main",),
}


def test_names_are_there_without_django_and_pandas() -> None:
    imports = [f"from sticky_pi_api.{module} import {', '.join(names)}" for module, names in NAMES.items()]
    script = "\n".join(["import sys", "sys.modules.update(django=None, pandas=None)", *imports])
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_both_clients_have_all_operations() -> None:
    from sticky_pi_api.client import LocalClient, RemoteClient
    from sticky_pi_api.core.operations import OPERATIONS
    from sticky_pi_api.specifications import BaseAPISpec

    assert BaseAPISpec.__abstractmethods__ == OPERATIONS.keys()
    assert not LocalClient.__abstractmethods__ and not RemoteClient.__abstractmethods__
