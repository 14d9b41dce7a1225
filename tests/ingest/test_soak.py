"""The short form of `bin/soak`: a site at work loses nothing, whatever fails."""

from pathlib import Path

import pytest

from tests.conftest import require
from tests.services import mariadb, nginx, object_store
from tests.soak import Findings, Site, Soak

LONGEST, LONGEST_STATIC = 30, 10  # seconds that a request may take, and one that needs neither database nor store


@pytest.mark.slow
def test_a_site_under_attack_loses_nothing(tmp_path: Path) -> None:
    for part in (mariadb, object_store, nginx):
        require(part)
    with Site(tmp_path) as site:
        soak = Soak(site)
        attacks = soak.run(seconds=60, every=7)
        findings = Findings(soak, site)
    assert len(attacks) >= 6 and len(soak.stored) > 50 and soak.deleted and soak.annotated
    assert findings.faults() == {}
    assert findings.longest < LONGEST and findings.longest_static < LONGEST_STATIC
