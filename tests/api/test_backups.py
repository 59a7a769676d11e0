import io
import json
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard

from api.client import Client, Refused
from fleet.contracts.access import Role
from fleet.contracts.backups import (
    BackupIn,
    BackupOut,
    BackupOutcome,
    BackupQuery,
    BackupState,
    ManifestHead,
)
from fleet.contracts.clock import now
from fleet.contracts.stations import (
    JobDone,
    Lease,
    PhoneSeen,
    Report,
    SyncIn,
)
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

PACK = b"age-encryption.org/v1\n" + bytes(range(256)) * 5000  # more than one piece
DIGEST = sha256(PACK).hexdigest()


@dataclass
class Bench:
    """A station with one phone that it has been asked to back up."""

    station: Client
    operator: Client
    backup: BackupOut
    lease: Lease
    serial: str
    sequence: int = 1

    def put(self, content: bytes = PACK, *, number: int = 1, **claimed: object):
        given = {"size": len(content), "digest": sha256(content).hexdigest(), **claimed}
        return self.station.put_pack(self.backup.id, number, io.BytesIO(content), **given)

    def put_manifest(self, content: bytes):
        digest = sha256(content).hexdigest()
        stored = io.BytesIO(content)
        return self.station.put_manifest(self.backup.id, stored, size=len(content), digest=digest)

    def report(self, outcome: BackupOutcome):
        self.sequence += 1
        done = JobDone(job=self.lease.job, backup=outcome)
        report = Report(sequence=self.sequence, at=now(), body=done)
        return self.station.sync(SyncIn(reports=[report], present=[self.serial]))

    def finish(self, pack: str | None = None) -> str:
        """Store a pack (or name one that is) and a manifest, report the end, give its digest."""
        manifest = manifest_of(self.lease, pack or self.put().digest)
        digest = self.put_manifest(manifest).digest
        self.report(BackupOutcome(backup=self.backup.id, state="complete", manifest=digest))
        return digest


def manifest_of(lease: Lease, pack: str = DIGEST) -> bytes:
    head = ManifestHead(
        backup=lease.task.backup,
        serial=lease.serial,
        build="b",
        roots=lease.task.roots,
        excludes=lease.task.excludes,
        started_at=now(),
        ended_at=now(),
        listed=1,
        relisted=1,
        packs=[pack],
    )
    file = {"path": "a", "size": 1, "mtime": 0, "state": "stored", "pack": 1}
    file |= dict.fromkeys(("sha256", "phone_sha256"), "0" * 64)
    return zstandard.compress(f"{head.model_dump_json()}\n{json.dumps(file)}\n".encode())


@pytest.fixture
def bench(station, client, stored) -> Bench:
    with stored() as make:
        phone = make.device(tag="WF-0001")
        seen = PhoneSeen(facts=make.facts(phone), transport="usb:1", digest="0" * 64)
    report = Report(sequence=1, at=now(), body=seen)
    here = SyncIn(present=[phone.serial])
    station.sync(here.model_copy(update={"reports": [report]}))
    backup = client(Role.OPERATOR).back_up("WF-0001", BackupIn(reason="monthly"))
    [lease] = station.sync(here).leases
    return Bench(station, client(Role.OPERATOR), backup, lease, phone.serial)


def refused(call, *given, **named) -> Refused:
    with pytest.raises(Refused) as refusal:
        call(*given, **named)
    return refusal.value


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
    administrator = client(Role.ADMINISTRATOR)

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

    bench.report(BackupOutcome(backup=bench.backup.id, state="complete", manifest=digest))

    done = bench.operator.backup(bench.backup.id)
    assert (done.state, done.level) == (BackupState.INCOMPLETE, "none")
    assert "packs are not in storage" in (done.reason or "")


def opened(client) -> list[dict[str, object]]:
    from fleet.contracts.audit import AuditQuery

    found = client(Role.AUDITOR).audit(AuditQuery(event="backup.opened"))
    return [item.details for item in found.items]


def test_opening_a_persons_data_is_recorded_before_the_first_byte(bench, client):
    bench.finish()

    with client(Role.ADMINISTRATOR).pack(bench.backup.number, 1):
        assert [item["part"] for item in opened(client)] == ["1"]  # nothing was read yet


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

    with (
        pytest.raises(Refused) as refusal,
        client(Role.ADMINISTRATOR).pack(bench.backup.number, number),
    ):
        pass
    assert refusal.value.kind == "not_found"


def test_a_part_beyond_the_end_is_refused(bench, client):
    bench.finish()

    with (
        pytest.raises(Refused) as refusal,
        client(Role.ADMINISTRATOR).pack(bench.backup.number, 1, start=len(PACK)),
    ):
        pass
    assert refusal.value.code == "range_not_satisfiable"


MEBIBYTE = 1024 * 1024
BIG = 256 * MEBIBYTE


def big_pack() -> Iterator[bytes]:
    yield b"age-encryption.org/v1\n".ljust(MEBIBYTE, b"x")
    for number in range(1, BIG // MEBIBYTE):
        yield number.to_bytes(4, "big") * (MEBIBYTE // 4)


def peak_bytes(group: int) -> int:
    """Return the most memory that one process of a group has ever held (Linux: VmHWM)."""
    peaks = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int((process / "stat").read_text().rpartition(")")[2].split()[2]) == group:
                status = (process / "status").read_text()
                peaks.append(int(status.split("VmHWM:")[1].split()[0]) * 1024)
        except (OSError, IndexError):
            continue
    return max(peaks)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_large_pack_goes_through_a_real_server_in_little_memory(
    bench, start_server, token_of, client
):
    running = start_server()
    digest = sha256()
    for piece in big_pack():
        digest.update(piece)
    before = peak_bytes(running.process.pid)
    own_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    token = bench.station._http.headers["Authorization"].removeprefix("Bearer ")

    with Client(running.serving.url, token) as station:
        named = {"size": BIG, "digest": digest.hexdigest()}
        station.put_pack(bench.backup.id, 1, big_pack(), **named)
    bench.finish(digest.hexdigest())
    back = sha256()
    with (
        Client(running.serving.url, token_of(Role.ADMINISTRATOR)) as administrator,
        administrator.pack(bench.backup.number, 1) as pieces,
    ):
        for piece in pieces:
            back.update(piece)

    assert peak_bytes(running.process.pid) - before < 96 * MEBIBYTE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - own_before < 64 * MEBIBYTE
    assert back.hexdigest() == digest.hexdigest()
