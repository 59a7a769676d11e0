"""One backup by a station's own code, in a process whose memory can be measured."""

import json
import re
import sys
import threading
from pathlib import Path

from agents.phone.adb import AdbPhone
from agents.phone.probe import probe
from agents.phone.server import Adb
from agents.station.backup.flow import Flow
from agents.station.backup.run import Backup
from agents.station.home import open_home
from api.client import Client
from cli.context import connect
from cli.profiles import chosen
from fleet.contracts.clock import now
from fleet.contracts.devices import DeviceQuery
from fleet.contracts.stations import Lease, PhoneSeen, Report, SyncIn
from tests.bench.measure import seconds


def main(home: str, adb_port: str, address: str) -> None:
    phone = AdbPhone(Adb(port=int(adb_port)), address)
    station = open_home(Path(home))
    with Client(station.server, station.token) as client:
        lease = _leased(client, phone)
        assert lease.task.kind == "backup"
        backup = Backup(
            phone=phone,
            task=lease.task,
            folder=station.backups / "bench",
            store=client,
            serial=lease.serial,
            build="",
            names=bytes.fromhex(station.key.open(lease.task.sealed_names, job=lease.job)),
            signer=station.key.signer,
            stop=threading.Event(),
            pause=threading.Event(),
            flow=Flow.at(station.backups),
            tell=lambda *_step: None,
        )
        taken = seconds(backup.run)
    json.dump({"seconds": taken, "megabytes": _most_memory()}, sys.stdout)


def _most_memory() -> float:
    """Return in MB what this process had at most; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def _leased(client: Client, phone: AdbPhone) -> Lease:
    """Report the phone, have an administrator ask for its backup, and take the job."""
    visit = probe(phone)
    serial = visit.facts.identity.serial or ""
    seen = PhoneSeen(facts=visit.facts, transport=phone.serial, digest=visit.digest)
    client.sync(SyncIn(reports=[Report(sequence=1, at=now(), body=seen)], present=[serial], free=0))
    with connect(chosen(None, None)) as administrator:
        (device,) = administrator.devices(DeviceQuery(q=serial)).items
        administrator.back_up(device.tag)
    (lease,) = client.sync(SyncIn(present=[serial], free=1)).leases
    return lease


if __name__ == "__main__":
    main(*sys.argv[1:])
