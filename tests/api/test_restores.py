"""A restore that was done is recorded, and believed as far as the manifest says the same."""

import pytest

from fleet.contracts.access import Role
from fleet.contracts.audit import AuditQuery
from fleet.contracts.restores import Contents, Place, RestoreIn
from tests.api.bench import refused
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


def contents(*, size: int = 1) -> str:
    """Return the digest of what the bench's manifest has."""
    found = Contents()
    found.add(bytes.fromhex("a" * 32), "0" * 64, size)
    return found.digest


def told(**changes) -> RestoreIn:
    given = {"to": Place.FOLDER, "files": 1, "bytes": 1, "missing": 0, "contents": contents()}
    return RestoreIn(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "verified"),
        ({"contents": contents(size=2)}, "none"),
        ({"contents": None}, "none"),
        ({"missing": 1}, "none"),
        ({"partly": True}, "none"),
    ],
)
def test_a_restore_proves_what_the_servers_own_manifest_says_too(bench, client, changes, level):
    bench.finish()

    done = client(FOUNDER).record_restore(bench.backup.number, told(**changes))

    assert (done.backup, done.device, done.level) == (bench.backup.number, "WF-0001", level)
    [entry] = client(Role.AUDITOR).audit(AuditQuery(event="backup.restored")).items
    assert (entry.details["level"], entry.details["files"]) == (level, 1)


def test_where_the_manifest_is_lost_a_restore_is_what_a_person_says(bench, client, settings):
    digest = bench.finish()
    (settings.home / "storage" / "manifests" / digest[:2] / digest).unlink()

    assert client(FOUNDER).record_restore(bench.backup.number, told()).level == "declared"


def test_who_may_not_open_a_backup_has_not_restored_it(bench, client):
    bench.finish()
    refusal = refused(client(Role.OPERATOR).record_restore, bench.backup.number, told())
    assert refusal.kind == "forbidden"


def test_a_backup_that_is_under_way_was_not_restored(bench, client):
    refusal = refused(client(FOUNDER).record_restore, bench.backup.number, told())
    assert refusal.code == "backup_under_way"


def test_contents_are_the_same_in_any_order_and_others_are_not(dialect):
    one, other, third = Contents(), Contents(), Contents()
    files = [(bytes([n]) * 16, f"{n:064x}", n) for n in range(5)]
    for key, sha256, size in files:
        one.add(key, sha256, size)
    for key, sha256, size in reversed(files):
        other.add(key, sha256, size)
    for key, _sha256, size in files:
        third.add(key, "0" * 64, size)
    assert one.digest == other.digest != third.digest
