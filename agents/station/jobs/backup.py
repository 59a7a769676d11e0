"""Backing up a phone's shared storage; what was done stays on disk until the job has ended."""

import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from agents.phone.errors import NoAnswer
from agents.station.backup.bases import Bases
from agents.station.backup.errors import UploadLost
from agents.station.backup.flow import Flow
from agents.station.backup.manifest import Manifest
from agents.station.backup.run import Backup
from agents.station.disk import full_disk_named
from agents.station.errors import StationDiskFull
from agents.station.jobs.work import Work
from agents.station.stopping import PhoneAwaited
from api.client import Refused
from fleet.contracts.backups import BackupOutcome, BackupTask, ManifestSeal
from fleet.contracts.clock import now
from fleet.contracts.stations import JobDone
from fleet.contracts.words import _, say
from fleet.errors import FleetError

ABANDONED_AFTER = timedelta(days=30)
NAME = "job"  # the file in a backup's folder that says whose it is
TOLD = _("{stored} files stored, {changed} changed meanwhile, {missing} missing.")


def run(work: Work, task: BackupTask) -> JobDone:
    """Report a finished backup; one that a disk ended goes on with the next lease.

    One that a cable ended goes on when the phone is back, or is given back before, as soon as the
    server hears of it.
    """
    _keep_name(work, task)
    backup = Backup(
        phone=work.phone,
        task=task,
        folder=folder(work, task),
        store=work.server,
        flow=work.flow or Flow.at(work.backups),
        serial=work.lease.serial,
        build=work.build,
        names=bytes.fromhex(work.opened(task.sealed_names) or ""),
        signer=work.key.signer,
        stop=work.stop,
        pause=work.pause,
        tell=work.tell,
        read_whole=lambda made: work.read_whole(_done(work, task, *made)),
        bases=Bases.beside(work.backups),
    )
    try:
        written, seal = backup.run()
    except NoAnswer as error:
        raise PhoneAwaited(str(error)) from None
    except (UploadLost, StationDiskFull) as error:
        return JobDone(job=work.job, failure=str(error), again=True)
    except (FleetError, Refused) as error:
        return JobDone(job=work.job, backup=failed(task.backup, error))
    return _done(work, task, written, seal)


def _done(work: Work, task: BackupTask, written: Manifest, seal: ManifestSeal) -> JobDone:
    return JobDone(job=work.job, backup=finished(task, written, seal))


def tidy(work: Work, task: BackupTask) -> None:
    """Remove the backup's folder: its end is in the outbox, or it is another station's now."""
    forget(folder(work, task))


def _keep_name(work: Work, task: BackupTask) -> None:
    """Write down whose folder it is: what is paused is known to the server alone."""
    name = folder(work, task) / NAME
    with full_disk_named(name):
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text(work.job, "ascii")


def kept(backups: Path) -> dict[str, Path]:
    """Return the folders of backups that were begun and have not ended here, by their jobs."""
    found = {}
    for name in backups.glob(f"*/{NAME}"):
        with suppress(FileNotFoundError):  # it has just ended
            found[name.read_text("ascii", errors="replace")] = name.parent
    return found


def keep_manifest(backups: Path, serial: str, outcome: BackupOutcome) -> None:
    """Keep the manifest of a complete backup, from which the next one may go on."""
    if outcome.state == "complete" and outcome.manifest is not None:
        made = folder_of(backups, outcome.backup) / "manifest.zst"
        Bases.beside(backups).keep(serial, outcome.manifest, made)


def forget(left: Path) -> None:
    shutil.rmtree(left, ignore_errors=True)


def forget_old(backups: Path, waiting: Collection[str] = ()) -> None:
    """Remove what is left of backups that nobody has gone on with for a month.

    What waits for the server, by the jobs, does so for as long as it is away.
    """
    kept_on = {folder for job, folder in kept(backups).items() if job in waiting}
    oldest = (now() - ABANDONED_AFTER).timestamp()
    for left in backups.glob("*/*.db"):
        if left.exists() and left.parent not in kept_on and left.stat().st_mtime < oldest:
            forget(left.parent)


def folder(work: Work, task: BackupTask) -> Path:
    return folder_of(work.backups, task.backup)


def folder_of(backups: Path, backup: str) -> Path:
    return backups / sha256(backup.encode()).hexdigest()[:32]


def finished(task: BackupTask, written: Manifest, seal: ManifestSeal) -> BackupOutcome:
    return BackupOutcome(
        backup=task.backup,
        state="complete" if written.sure else "incomplete",
        manifest=written.digest,
        seal=seal,
        reason=None if written.sure else "listing_unsure",
        sentence=_told(written),
    )


def _told(written: Manifest) -> str:
    stored = written.stored + written.carried + written.taken
    return say(TOLD, stored=stored, changed=written.changed, missing=written.missing)


def failed(backup: str, error: FleetError | Refused) -> BackupOutcome:
    return BackupOutcome(backup=backup, state="failed", reason=error.code, sentence=str(error))
