"""Backups by a station's own code, in a process whose memory can be measured."""

import json
import os
import re
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agents.phone.adb import AdbPhone
from agents.phone.probe import probe
from agents.phone.server import Adb
from agents.station.backup.flow import Flow
from agents.station.backup.manifest import Manifest
from agents.station.backup.run import Backup
from agents.station.home import Home, open_home
from agents.station.jobs.backup import finished
from api.client import Client
from cli.context import connect
from cli.profiles import chosen
from fleet.contracts.backups import ManifestSeal
from fleet.contracts.clock import now
from fleet.contracts.devices import DeviceQuery
from fleet.contracts.stations import JobDone, Lease, PhoneSeen, Report, SyncIn
from tests.bench.measure import Spent, seconds, spent


def main(home: str, adb_port: str, *addresses: str) -> None:
    """Back up one phone, or several at once, and say how long each took and what that needed."""
    adb, station = Adb(port=int(adb_port)), open_home(Path(home))
    phones = [AdbPhone(adb, address) for address in addresses]
    flow = Flow.at(station.backups)
    with Client(station.server, station.token) as client:
        leases = _leased(client, phones)
        backups = [
            _backup(client, station, phone, lease, flow)
            for phone, lease in zip(phones, leases, strict=True)
        ]
        ended: list[tuple[float, tuple[Manifest, ManifestSeal]]] = []
        taken = spent(lambda: ended.extend(_at_once(backups)), root=os.getppid())
        _report(client, [_done(lease, *one) for lease, (_, one) in zip(leases, ended, strict=True)])
        each = [spent for spent, _ in ended]
    _say(taken, each)


def _say(taken: Spent, each: list[float]) -> None:
    said = {"seconds": taken.seconds, "cpu": taken.cpu, "megabytes": _most_memory(), "each": each}
    json.dump(said, sys.stdout)


def _at_once(backups: list[Backup]) -> list[tuple[float, tuple[Manifest, ManifestSeal]]]:
    with ThreadPoolExecutor(len(backups)) as pool:
        return list(pool.map(_timed, backups))


def _timed(backup: Backup) -> tuple[float, tuple[Manifest, ManifestSeal]]:
    made = []
    spent = seconds(lambda: made.append(backup.run()))
    return spent, made[0]


def _done(lease: Lease, written: Manifest, seal: ManifestSeal) -> JobDone:
    assert lease.task.kind == "backup"
    return JobDone(job=lease.job, backup=finished(lease.task, written, seal))


def _report(client: Client, bodies: Sequence[PhoneSeen | JobDone], **given: Any) -> None:
    """Report after what this station has reported already."""
    last = client.sync(SyncIn(reports=[], present=[], free=0)).taken
    reports = [Report(sequence=last + n, at=now(), body=body) for n, body in enumerate(bodies, 1)]
    client.sync(SyncIn(reports=reports, free=0, **{"present": [], **given}))


def _backup(client: Client, station: Home, phone: AdbPhone, lease: Lease, flow: Flow) -> Backup:
    assert lease.task.kind == "backup"
    return Backup(
        phone=phone,
        task=lease.task,
        folder=station.backups / lease.task.backup,
        store=client,
        flow=flow,
        serial=lease.serial,
        build="",
        names=bytes.fromhex(station.key.open(lease.task.sealed_names, job=lease.job)),
        signer=station.key.signer,
        stop=threading.Event(),
        pause=threading.Event(),
        tell=lambda *_step: None,
    )


def _most_memory() -> float:
    """Return in MB what this process had at most; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def _leased(client: Client, phones: list[AdbPhone]) -> list[Lease]:
    """Report the phones, have an administrator ask for their backups, and take the jobs."""
    visits = [probe(phone) for phone in phones]
    serials = [visit.facts.identity.serial or "" for visit in visits]
    bodies = [
        PhoneSeen(facts=visit.facts, transport=phone.serial, digest=visit.digest)
        for visit, phone in zip(visits, phones, strict=True)
    ]
    _report(client, bodies, present=serials)
    with connect(chosen(None, None)) as administrator:
        for serial in serials:
            (device,) = administrator.devices(DeviceQuery(q=serial)).items
            administrator.back_up(device.tag)
    leases = client.sync(SyncIn(present=serials, free=len(serials))).leases
    return sorted(leases, key=lambda lease: serials.index(lease.serial))


if __name__ == "__main__":
    main(*sys.argv[1:])
