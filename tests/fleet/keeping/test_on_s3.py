"""Deleting and looking where the store is a real S3 server: what is gone, lost, altered, away."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fleet.backups.errors import StorageUnavailable
from fleet.contracts.backups import BackupState
from fleet.contracts.keeping import Depth
from fleet.keeping import checking, deleting
from fleet.keeping.models import StorageCheck
from fleet.settings import Settings
from tests import s3_server
from tests.fleet.keeping.shelf import Shelf, name_of, pack_of
from tests.s3_server import BUCKET, S3Server


@pytest.fixture
def server(tmp_path, monkeypatch) -> Iterator[S3Server]:
    with s3_server.running(tmp_path / "log") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def settings(server, tools) -> Settings:
    return replace(tools.settings, storage_url=f"s3://{BUCKET}/here")


@pytest.fixture
def shelf(session, settings, make) -> Shelf:
    return Shelf(session, settings, make)


@pytest.fixture
def look(session, sessions, settings, make):
    def look(depth: Depth = Depth.QUICK) -> int:
        session.commit()
        with sessions.begin() as other:
            check = checking.begin(other, depth, actor=make.actor())
        assert checking.go_on(sessions, settings, check.id)
        session.expire_all()
        with sessions() as other:
            return other.get_one(StorageCheck, check.id).found

    return look


def test_what_is_deleted_is_gone_and_what_others_name_is_not(
    shelf, server, session, sessions, settings, make
):
    going, kept = shelf.backup("a", "b", "shared"), shelf.backup("shared")
    deleting.delete_backup(session, going, reason="test", actor=make.actor())
    session.commit()

    assert deleting.carry_out(sessions, settings) == 1

    left = server.client().list_objects_v2(Bucket=BUCKET)["Contents"]
    manifest = f"here/manifests/{kept.manifest_digest[:2]}/{kept.manifest_digest}"
    assert sorted(one["Key"] for one in left) == [manifest, f"here/{name_of('shared')}"]


def test_what_is_lost_or_altered_is_found_and_good_again_later(shelf, server, look, session):
    backup = shelf.backup("lost", "altered", "good")
    client, key = server.client(), {text: f"here/{name_of(text)}" for text in ("lost", "altered")}
    client.delete_object(Bucket=BUCKET, Key=key["lost"])
    other = pack_of("altered")[:-1] + b"x"
    client.put_object(Bucket=BUCKET, Key=key["altered"], Body=other)

    assert (look(), look(Depth.DEEP)) == (1, 1)
    assert backup.state is BackupState.DAMAGED

    for text, name in key.items():
        client.put_object(Bucket=BUCKET, Key=name, Body=pack_of(text))
    look()
    assert backup.state is BackupState.COMPLETE


def test_a_server_that_is_away_loses_nothing(shelf, server, session, sessions, settings, make):
    backup, going = shelf.backup("a"), shelf.backup("b")
    deleting.delete_backup(session, going, reason="test", actor=make.actor())
    session.commit()
    with sessions.begin() as other:
        check = checking.begin(other, Depth.QUICK, actor=make.actor())
    server.kill()

    with pytest.raises(StorageUnavailable):
        checking.go_on(sessions, settings, check.id)
    with pytest.raises(StorageUnavailable):
        deleting.carry_out(sessions, settings)

    session.expire_all()
    assert (backup.state, going.state) == (BackupState.COMPLETE, BackupState.DELETING)


def test_a_list_of_many_pages_is_compared_in_order(shelf, server, look, session):
    backup = shelf.backup(*(f"{n}" for n in range(40)))
    client = server.client()
    for n in range(1010):
        client.put_object(Bucket=BUCKET, Key=f"here/packs/{n % 256:02x}/{n:064x}", Body=b"x")

    assert look() == 0
    assert backup.state is BackupState.COMPLETE
