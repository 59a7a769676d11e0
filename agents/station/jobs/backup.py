"""Backing up a phone's shared storage; what was done stays on disk until the job has ended."""

import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from agents.phone.errors import NoAnswer
from agents.station.backup.errors import UploadLost
from agents.station.backup.flow import Flow
from agents.station.backup.manifest import Manifest
from agents.station.backup.run import Backup
from agents.station.jobs.work import Work
from api.client import Refused
from fleet.contracts.backups import BackupOutcome, BackupTask, ManifestSeal
from fleet.contracts.clock import now
from fleet.contracts.stations import JobDone
from fleet.contracts.words import _, say
from fleet.errors import FleetError

ABANDONED_AFTER = timedelta(days=30)
TOLD = _("{stored} files stored, {changed} changed meanwhile, {missing} missing.")


def run(work: Work, task: BackupTask) -> JobDone:
    """Report a finished backup; one that a pulled cable ended goes on with the next lease."""
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
    )
    try:
        written, seal = backup.run()
    except (NoAnswer, UploadLost) as error:
        return JobDone(job=work.job, failure=str(error), again=True)
    except (FleetError, Refused) as error:
        return JobDone(job=work.job, backup=_failed(task, error))
    return JobDone(job=work.job, backup=finished(task, written, seal))


def tidy(work: Work, task: BackupTask) -> None:
    """Remove the backup's folder: its end is in the outbox, or it is another station's now."""
    shutil.rmtree(folder(work, task), ignore_errors=True)


def forget_old(backups: Path) -> None:
    """Remove what is left of backups that nobody has gone on with for a month."""
    oldest = (now() - ABANDONED_AFTER).timestamp()
    for left in backups.glob("*/backup.db"):
        if left.stat().st_mtime < oldest:
            shutil.rmtree(left.parent, ignore_errors=True)


def folder(work: Work, task: BackupTask) -> Path:
    return work.backups / sha256(task.backup.encode()).hexdigest()[:32]


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


def _failed(task: BackupTask, error: FleetError | Refused) -> BackupOutcome:
    return BackupOutcome(backup=task.backup, state="failed", reason=error.code, sentence=str(error))
