"""What browsers may load of the desk's folders."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import get_finder

from desk.staticfiles import SUFFIXES
from tests.services import ROOT


def test_scripts_and_styles_are_found_beside_their_page():
    assert Path(str(finders.find("desk/fleet/fleet.js"))) == ROOT / "desk/fleet/fleet.js"
    listed = {path for path, _ in get_finder("desk.staticfiles.PageFilesFinder").list([])}
    assert {"fleet/fleet.js", "common/desk.css"} <= listed
    assert {Path(path).suffix for path in listed} <= SUFFIXES


@pytest.mark.parametrize("path", ["fleet/views.py", "fleet/fleet.html", "urls.py", "fleet", "", "../manage.py"])
def test_nothing_else_is_served(path):
    assert not finders.find(f"desk/{path}")
