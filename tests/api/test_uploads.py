"""Packs in pieces over HTTP: a server that is killed, two that share no folder, a stranger."""

import os
from hashlib import sha256

import pytest

from api.client import Client
from fleet.contracts.backups import BackupIn
from fleet.contracts.clock import now
from fleet.contracts.stations import EnrolIn, EnrolmentCodeIn, PhoneSeen, Report, SyncIn
from fleet.contracts.uploads import LARGEST_PIECE, MARKED_BYTES, PieceQuery, UploadQuery
from tests.api.bench import refused
from tests.api.conftest import public_key
from tests.factories import FOUNDER

POSTGRES = pytest.mark.parametrize(
    "dialect", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
PACK = b"age-encryption.org/v1\n" + os.urandom(20_000_000)
DIGEST = sha256(PACK).hexdigest()
MARK = sha256(PACK[:MARKED_BYTES]).hexdigest()
STEP = LARGEST_PIECE
ASKED = UploadQuery(mark=MARK, digest=DIGEST)


def put(station, backup, start, *, number=1):
    end = min(start + STEP, len(PACK))
    query = PieceQuery(
        mark=MARK,
        offset=start,
        before=sha256(PACK[:start]).hexdigest(),
        digest=sha256(PACK[:end]).hexdigest(),
        last=end == len(PACK),
    )
    return station.put_piece(backup, number, [PACK[start:end]], end - start, query)


def go_on(station, backup):
    """Send what lacks, as a station does; return where it began."""
    began = at = station.upload(backup, 1, ASKED).offset
    while not (answer := put(station, backup, at)).stored:
        at = answer.offset
    return began


def token(client):
    return client._http.headers["Authorization"].removeprefix("Bearer ")


def test_pieces_become_a_pack_of_the_backup_and_are_asked_for_no_more(bench):
    assert go_on(bench.station, bench.backup.id) == 0

    [pack] = bench.operator.backup(bench.backup.number).packs
    assert (pack.number, pack.digest, pack.size) == (1, DIGEST, len(PACK))
    assert bench.station.upload(bench.backup.id, 1, ASKED).stored


def test_a_station_that_has_not_got_the_job_adds_nothing(bench, enrol):
    other = enrol("bench-7")

    assert refused(put, other, bench.backup.id, 0).code == "backup_not_yours"
    assert refused(other.upload, bench.backup.id, 1, ASKED).code == "backup_not_yours"


def test_nothing_is_added_while_a_backup_is_paused(bench):
    put(bench.station, bench.backup.id, 0)
    bench.operator.pause_backup(bench.backup.number)
    assert refused(put, bench.station, bench.backup.id, STEP).code == "backup_paused"

    bench.operator.resume_backup(bench.backup.number)
    bench.station.sync(SyncIn(present=[bench.serial]))

    assert go_on(bench.station, bench.backup.id) == STEP


def test_a_piece_that_is_too_large_is_refused(bench):
    query = PieceQuery(mark=MARK, offset=0, before=DIGEST, digest=DIGEST)

    size = LARGEST_PIECE + 2

    refusal = refused(bench.station.put_piece, bench.backup.id, 1, [bytes(size)], size, query)

    assert refusal.status == 413


def test_a_server_killed_between_two_pieces_goes_on_where_it_was(bench, start_server):
    first = start_server()
    with Client(first.serving.url, token(bench.station)) as station:
        put(station, bench.backup.id, 0)
    first.kill()

    with Client(start_server().serving.url, token(bench.station)) as station:
        assert go_on(station, bench.backup.id) == STEP

    assert bench.operator.backup(bench.backup.number).packs[0].digest == DIGEST


@POSTGRES
def test_of_two_servers_that_share_no_folder_the_other_has_nothing_and_takes_it_whole(
    settings, tmp_path_factory, start_server, stored, token_of
):
    home = tmp_path_factory.mktemp("second")
    text = (settings.home / "settings.toml").read_text()
    shared = f'key_file = "{settings.key_path}"\nstorage_url = "{settings.storage}"'
    (home / "settings.toml").write_text(f"{text}\n{shared}")
    one, other = (start_server(home=each).serving.url for each in (settings.home, home))
    backup, shown = lent(one, token_of(FOUNDER), stored)

    with Client(one, shown) as here, Client(other, shown) as there:
        assert put(here, backup, 0).offset == STEP
        assert there.upload(backup, 1, ASKED).offset == 0
        assert put(there, backup, STEP).offset == 0
        there.put_pack(backup, 1, [PACK], size=len(PACK), digest=DIGEST)
        assert here.upload(backup, 1, ASKED).stored


def lent(url, founder, stored):
    """Enrol a station with one phone, ask for its backup, and give that and the token."""
    with Client(url, founder) as known:
        code = known.invite_station(EnrolmentCodeIn(station="bench-5")).code
        given = EnrolIn(code=code, public_key=public_key(), software="test 1")
        shown = known.enrol(given).token
        with stored() as make:
            phone = make.device(tag="WF-0007")
            seen = PhoneSeen(facts=make.facts(phone), transport="usb:1", digest="0" * 64)
        with Client(url, shown) as station:
            report = Report(sequence=1, at=now(), body=seen)
            station.sync(SyncIn(present=[phone.serial], reports=[report]))
            backup = known.back_up("WF-0007", BackupIn(reason="monthly"))
            station.sync(SyncIn(present=[phone.serial]))
    return backup.id, shown
