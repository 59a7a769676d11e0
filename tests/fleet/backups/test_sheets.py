"""What the sheet says can be checked by whoever has it in hand, and is what was so then."""

from dataclasses import replace

import pytest

from fleet.backups import services
from fleet.backups.models import Backup
from fleet.backups.sheets import sheet
from fleet.backups.storage import seal_name, storage_of
from fleet.contracts.backups import BackupState, ManifestSeal
from fleet.contracts.sheets import SheetOut
from fleet.openings.sealed import parts_called
from tests.fleet.backups.test_backups import INDEX_DIGEST, manifest, report, upload
from tests.fleet.backups.test_completeness import carried, stored
from tests.fleet.stations.desk import Desk, Post


@pytest.fixture
def post(desk: Desk) -> Post:
    return desk.post()


@pytest.fixture
def make_one(desk, post, session, tools, make):
    """Return what makes a complete backup of the one phone."""
    device = make.device()
    desk.plug_in(post, device)

    def make_one(*files, **given) -> Backup:
        backup = services.plan_backup(session, tools, device, reason="asked", actor=make.actor())
        session.commit()
        lease = desk.lease(post)
        if not given:
            upload(session, tools, backup, post.actor)
        desk.sync(post, report(post, lease, backup, manifest(tools, backup, [*files], **given)))
        session.refresh(backup)
        assert backup.state is BackupState.COMPLETE, backup.reasons
        return backup

    return make_one


@pytest.fixture
def shown(session, tools, make):
    def shown(backup: Backup) -> SheetOut:
        return sheet(session, tools.settings, backup, actor=make.actor())

    return shown


def test_it_names_all_that_the_signatures_are_of(make_one, shown, tools):
    backup = make_one(stored("a"))
    [kept] = storage_of(tools.settings).read(seal_name(backup.seal_digest or ""))
    seal = ManifestSeal.model_validate_json(kept)

    said = shown(backup)

    assert (said.serial, said.manifest, said.index) == (seal.serial, seal.manifest, seal.index)
    assert [one.signature for one in said.signatures] == [
        seal.station_signature,
        seal.server_signature,
    ]


def test_an_index_that_was_sealed_anew_is_called_as_it_was_signed(session, make_one, shown):
    backup = make_one(stored("a"))
    [part] = parts_called(session, INDEX_DIGEST)
    part.name_anew("f" * 64, 1, "others")

    said = shown(backup)

    assert said.index == INDEX_DIGEST
    assert len(said.signatures) == 2


@pytest.mark.parametrize(
    "altered",
    [
        lambda _seal: "no seal",
        lambda seal: seal.model_copy(update={"server_signature": ""}).model_dump_json(),
        lambda seal: seal.model_copy(update={"station": "another"}).model_dump_json(),
    ],
)
def test_of_a_seal_that_was_altered_no_signature_is_shown(make_one, shown, tmp_path, altered):
    backup = make_one(stored("a"))
    path = tmp_path / "storage" / seal_name(backup.seal_digest or "")
    path.write_text(altered(ManifestSeal.model_validate_json(path.read_bytes())))

    assert shown(backup).signatures == []


def test_the_seal_of_another_backup_is_none_of_this_one(make_one, shown):
    first = make_one(stored("a"))
    second = make_one(stored("b"), base=first.manifest_digest, carried=1)
    second.seal_digest = first.seal_digest

    assert shown(second).signatures == []


def test_how_much_was_compared_again_is_what_was_asked_then(desk, make_one, shown, tools):
    first = make_one(stored("a"))
    desk.tools = replace(tools, settings=replace(tools.settings, backup_compare_percent=10))
    second = make_one(carried("a"), base=first.manifest_digest, carried=1)

    assert shown(first).sampled is None
    assert "10 %" in (shown(second).sampled or "")
