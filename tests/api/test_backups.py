import io
from hashlib import sha256

import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.audit import AuditQuery
from fleet.contracts.backups import BackupQuery, BackupState
from tests.api.bench import DIGEST, INDEX, PACK, manifest_of, open_up, refused
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


def test_a_planned_backup_is_listed_shown_and_lent_to_the_station(bench):
    assert bench.backup.number.startswith("BK-")
    assert bench.lease.task.backup == bench.backup.id
    assert bench.lease.task.recipients
    shown = bench.operator.backup(bench.backup.number)
    assert bench.operator.backup(bench.backup.id) == shown
    assert bench.operator.backups(BackupQuery(device="WF-0001")).items == [shown]


def test_a_second_backup_of_the_same_phone_is_refused(bench):
    assert refused(bench.operator.back_up, "WF-0001").code == "backup_under_way"


def test_a_backup_that_is_not_there_is_not_found(bench):
    for ask in (bench.operator.backup, bench.station.put_manifest):
        given = () if ask == bench.operator.backup else (io.BytesIO(b""),)
        named = {} if ask == bench.operator.backup else {"size": 0, "digest": "0" * 64}
        assert refused(ask, "BK-2026-9999", *given, **named).code == "backup_not_found"


def test_a_pack_sent_again_has_the_effect_of_one(bench):
    first, again = bench.put(), bench.put()

    assert first == again
    assert (first.number, first.digest, first.size) == (1, DIGEST, len(PACK))
    assert bench.operator.backup(bench.backup.id).packs == [first]


@pytest.mark.parametrize(
    ("content", "claimed", "code"),
    [
        (PACK, {"digest": "0" * 64}, "pack_damaged"),
        (b"PK" + PACK, {}, "pack_not_encrypted"),
        (b"", {}, "pack_not_encrypted"),
    ],
)
def test_a_pack_that_is_not_what_it_says_is_not_kept(bench, settings, content, claimed, code):
    refusal = refused(bench.put, content, **claimed)

    assert (refusal.status, refusal.code) == (422, code)
    assert bench.operator.backup(bench.backup.id).packs == []
    assert not [path for path in (settings.home / "storage").rglob("*") if path.is_file()]
    assert list((settings.home / "spool").iterdir()) == []


def test_only_the_station_that_makes_the_backup_stores_its_packs(bench, enrol):
    bench.station = enrol("bench-10")

    refusal = refused(bench.put)

    assert (refusal.kind, refusal.code) == ("forbidden", "backup_not_yours")


def test_a_pack_without_a_digest_is_refused_unread(bench):
    answer = bench.station._http.put(
        f"/api/v1/station/backups/{bench.backup.id}/packs/1", content=PACK
    )

    assert (answer.status_code, set(answer.json()["details"]["fields"])) == (
        422,
        {"digest", "size"},
    )


def test_a_finished_backup_is_complete_and_comes_back_byte_for_byte(bench, client):
    digest = bench.finish()
    administrator = client(FOUNDER)
    open_up(client, bench.backup.number)

    done = administrator.backup(bench.backup.number)
    assert (done.state, done.manifest, done.reason) == (BackupState.COMPLETE, digest, None)
    with administrator.manifest(done.number) as pieces:
        assert sha256(b"".join(pieces)).hexdigest() == digest
    with administrator.pack(done.number, 1) as pieces:
        assert b"".join(pieces) == PACK
    with administrator.pack(done.number, 1, start=1_000_000) as pieces:
        assert b"".join(pieces) == PACK[1_000_000:]


def test_a_backup_that_ended_takes_no_more_packs(bench):
    bench.finish()

    assert refused(bench.put, number=2).code == "backup_ended"


def test_the_servers_own_word_counts_and_not_the_stations(bench):
    """The manifest names a pack that never arrived."""
    manifest = manifest_of(bench.lease)
    digest = bench.put_manifest(manifest).digest

    bench.end(digest)

    done = bench.operator.backup(bench.backup.id)
    assert (done.state, done.level) == (BackupState.INCOMPLETE, "none")
    assert "packs are not in storage" in (done.reason or "")


def opened(client) -> list[dict[str, object]]:
    found = client(Role.AUDITOR).audit(AuditQuery(event="backup.opened"))
    return [item.details for item in found.items]


def test_opening_a_persons_data_is_recorded_before_the_first_byte(bench, client):
    bench.finish()
    number = open_up(client, bench.backup.number)

    with client(FOUNDER).pack(bench.backup.number, 1):
        [entry] = opened(client)  # nothing was read yet
    assert (entry["part"], entry["opening"]) == ("1", number)
    assert client(FOUNDER).opening(number).fetched == 1


def test_a_part_that_is_fetched_is_recorded_as_well(bench, client):
    bench.finish()
    open_up(client, bench.backup.number)

    with client(FOUNDER).pack(bench.backup.number, 1, start=1_000_000):
        assert [entry["part"] for entry in opened(client)] == ["1 from 1000000"]


@pytest.mark.parametrize("part", ["manifest", "pack"])
def test_without_an_opening_nothing_is_handed_out_and_the_next_command_is_said(bench, client, part):
    bench.finish()
    founder, number = client(FOUNDER), bench.backup.number
    fetch = founder.manifest(number) if part == "manifest" else founder.pack(number, 1)

    with pytest.raises(Refused) as refusal, fetch:
        pass
    assert (refusal.value.kind, refusal.value.code) == ("forbidden", "opening_needed")
    assert f"workfleet opening request {number}" in refusal.value.advice
    assert opened(client) == []


def test_who_may_not_open_it_leaves_no_entry_and_gets_no_byte(bench, client):
    bench.finish()
    operator = client(Role.OPERATOR)

    for open_it in (operator.manifest(bench.backup.number), operator.pack(bench.backup.number, 1)):
        with pytest.raises(Refused) as refusal, open_it:
            pass
        assert refusal.value.kind == "forbidden"
    assert opened(client) == []


@pytest.mark.parametrize("number", [0, 2])
def test_a_pack_that_is_not_there_is_not_found(bench, client, number):
    bench.finish()
    open_up(client, bench.backup.number)

    with (
        pytest.raises(Refused) as refusal,
        client(FOUNDER).pack(bench.backup.number, number),
    ):
        pass
    assert refusal.value.kind == "not_found"


def test_a_part_beyond_the_end_is_refused(bench, client):
    bench.finish()
    open_up(client, bench.backup.number)

    with (
        pytest.raises(Refused) as refusal,
        client(FOUNDER).pack(bench.backup.number, 1, start=len(PACK)),
    ):
        pass
    assert refusal.value.code == "range_not_satisfiable"


@pytest.mark.parametrize("put", ["put_index", "put_manifest"])
def test_what_names_hundreds_of_thousands_of_files_is_longer_than_a_question(bench, put):
    content = INDEX + bytes(3 << 20)

    assert getattr(bench, put)(content).size == len(content)
