"""Taking what a station reports: each report once, in its order, whatever is sent again.

(station, life, sequence) is a report's identity. What comes after a gap is left for the next
exchange, so that a later report is never acted on before an earlier one.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.stations import JobDone, PhoneSeen, PhoneUnchanged, Rejected, Report, SyncIn
from fleet.contracts.words import speaking
from fleet.database import ChangedMeanwhile
from fleet.devices.unchanged import digests_of
from fleet.errors import FleetError, Unavailable
from fleet.stations import events
from fleet.stations.errors import ReportNotUnderstood, SequenceReused
from fleet.stations.handlers import handle, handle_visits, visited
from fleet.stations.models import Station, StationReport
from fleet.vault.tools import Tools

# A report is sent again for as long as its station has not heard that it was taken.
FORGOTTEN_AFTER: Final = timedelta(days=30)

log = logging.getLogger(__name__)

# What a report with impossible content can make our own code or the database say.
SENSELESS: Final = (ValueError, TypeError, LookupError, DataError)
PASSING: Final = (ChangedMeanwhile, Unavailable)  # refused now, perhaps not the next time


def take_reports(
    session: Session, tools: Tools, station: Station, given: SyncIn, *, actor: Actor
) -> list[Rejected]:
    """Take every report that is due and return those that are refused for good."""
    reports = sorted(given.reports, key=lambda report: report.sequence)
    slow = now() - given.sent_at if given.sent_at else timedelta()
    rejected = _known(session, station, reports)
    _accept_loss(session, station, given, actor)
    for group in _groups(_due(station, reports)):
        rejected += _take_group(session, tools, station, group, slow, actor)
        station.taken = group[-1].sequence
    return rejected


def what_is_known(
    session: Session, station: Station, given: SyncIn
) -> tuple[dict[str, str], list[str]]:
    """Return the digests of the phones that were told in full, and who is to be told in full anew.

    Both are true of this moment, so that an answer that was lost may be given again.
    """
    last = {
        serial: report.body
        for report in sorted(given.reports, key=lambda report: report.sequence)
        if report.sequence <= station.taken and (serial := visited(report)) is not None
    }
    digests = digests_of(session, list(last))
    known, anew = {}, []
    for serial, body in last.items():
        digest = digests.get(serial)
        if isinstance(body, PhoneUnchanged) and body.facts != digest:
            anew.append(serial)
        elif isinstance(body, PhoneSeen) and digest is not None:
            known[serial] = digest
    return known, anew


def _due(station: Station, reports: Iterable[Report]) -> Iterator[Report]:
    """Give the reports that follow the last one without a gap."""
    last = station.taken
    for report in reports:
        if report.sequence == last + 1:
            last = report.sequence
            yield report


def _groups(reports: Iterable[Report]) -> Iterator[list[Report]]:
    """Give visits that follow one another together, each phone once; everything else by itself."""
    group: dict[str, Report] = {}
    for report in reports:
        serial = visited(report)
        if group and (serial is None or serial in group):
            yield list(group.values())
            group = {}
        if serial is None:
            yield [report]
        else:
            group[serial] = report
    if group:
        yield list(group.values())


def _take_group(
    session: Session,
    tools: Tools,
    station: Station,
    group: Sequence[Report],
    slow: timedelta,
    actor: Actor,
) -> list[Rejected]:
    """Take reports at once, and one by one what cannot be taken so."""
    left = {report.sequence for report in group}
    if len(group) > 1:
        left = _left_over(
            session, tools, station, [_by_our_clock(one, slow) for one in group], actor
        )
        _store_all(session, station, [one for one in group if one.sequence not in left])
    taken = (
        _take(session, tools, station, one, slow, actor) for one in group if one.sequence in left
    )
    return [rejected for rejected in taken if rejected]


def _left_over(
    session: Session, tools: Tools, station: Station, reports: Sequence[Report], actor: Actor
) -> set[int]:
    """Act on visits at once and return the numbers of those that are still to be acted on."""
    try:
        with session.begin_nested():
            left = handle_visits(session, tools, station, reports, actor=actor)
    except PASSING:
        raise
    except (FleetError, *SENSELESS):
        return {report.sequence for report in reports}  # each by itself shows which one it was
    return {report.sequence for report in left}


def _known(session: Session, station: Station, reports: list[Report]) -> list[Rejected]:
    """Answer for reports that were taken before: the answer of that time may have been lost."""
    sent = {item.sequence: item for item in reports if item.sequence <= station.taken}
    stored = session.scalars(
        select(StationReport).where(
            StationReport.station_id == station.id,
            StationReport.life == station.life,
            StationReport.sequence.in_(sent),
        )
    )
    answers = [_answer_again(row, sent[row.sequence]) for row in stored]
    return sorted(filter(None, answers), key=lambda item: item.sequence)


def _answer_again(row: StationReport, report: Report) -> Rejected | None:
    if row.digest != digest_of(report) and row.digest != _digest_of_all(report):
        return _rejected(report, SequenceReused(sequence=report.sequence))
    if row.refusal is None:
        return None
    return Rejected(sequence=row.sequence, code=row.refusal, message=row.refusal_text or "")


def _accept_loss(session: Session, station: Station, given: SyncIn, actor: Actor) -> None:
    """Go on behind a gap that the station itself can no longer fill."""
    if given.oldest is None or given.oldest <= station.taken + 1:
        return
    lost = events.ReportsLost(
        subject_id=station.id,
        subject_name=station.name,
        first=station.taken + 1,
        last=given.oldest - 1,
    )
    record(session, actor, lost)
    station.taken = given.oldest - 1


def _take(
    session: Session,
    tools: Tools,
    station: Station,
    report: Report,
    slow: timedelta,
    actor: Actor,
) -> Rejected | None:
    refusal = _tried(session, tools, station, _by_our_clock(report, slow), actor)
    rejected = _rejected(report, refusal) if refusal else None
    _store(session, station, report, rejected)
    if rejected:
        refused = events.ReportRejected(
            subject_id=station.id,
            subject_name=station.name,
            sequence=report.sequence,
            kind=report.body.kind,
            code=rejected.code,
        )
        record(session, actor, refused)
    session.flush()
    return rejected


def _by_our_clock(report: Report, slow: timedelta) -> Report:
    """Return the report with its times as this server's clock had them.

    What counts for a return is what was seen since it began, and that moment is the server's: a
    station whose clock is minutes off must neither keep a gate shut nor open it with an old look.
    """
    body = report.body
    if isinstance(body, JobDone) and body.probe and (seen := body.probe.facts.probed_at):
        facts = body.probe.facts.model_copy(update={"probed_at": seen + slow})
        probe = body.probe.model_copy(update={"facts": facts})
        body = body.model_copy(update={"probe": probe})
    return report.model_copy(update={"at": report.at + slow, "body": body})


def _tried(
    session: Session, tools: Tools, station: Station, report: Report, actor: Actor
) -> FleetError | None:
    """Act on a report, or return why it cannot be taken, ever; then nothing of it was changed."""
    try:
        with session.begin_nested():
            handle(session, tools, station, report, actor=actor)
    except PASSING:
        raise
    except FleetError as refusal:
        return refusal
    except SENSELESS:
        log.exception("report %s of station %s", report.sequence, station.name)
        return ReportNotUnderstood()
    return None


def _rejected(report: Report, refusal: FleetError) -> Rejected:
    with speaking("en"):  # a station's own log has one language
        return Rejected(sequence=report.sequence, code=refusal.code, message=str(refusal))


def _store(session: Session, station: Station, report: Report, rejected: Rejected | None) -> None:
    keep = rejected is not None or isinstance(report.body, JobDone)
    row = StationReport(
        **_row(station, report),
        refusal=rejected.code if rejected else None,
        refusal_text=rejected.message if rejected else None,
        body=report.body.model_dump(mode="json", exclude_none=True) if keep else None,
    )
    session.add(row)


def _store_all(session: Session, station: Station, reports: Sequence[Report]) -> None:
    if reports:
        session.execute(insert(StationReport), [_row(station, report) for report in reports])


def _row(station: Station, report: Report) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "station_id": station.id,
        "life": station.life,
        "sequence": report.sequence,
        "kind": report.body.kind,
        "at": report.at,
        "taken_at": now(),
        "digest": digest_of(report),
    }


def digest_of(report: Report) -> str:
    """Return what tells a report sent again from another one with the same number.

    A visit is told from others by its moment and by the digest of what the phone said at it.
    """
    body = report.body
    if not isinstance(body, PhoneSeen | PhoneUnchanged):
        return _digest_of_all(report)
    told = (visited(report), body.kind, body.transport, body.digest, report.at.isoformat())
    return sha256("\n".join(map(str, (report.sequence, *told))).encode()).hexdigest()


def _digest_of_all(report: Report) -> str:
    """Return what `digest_of` said of visits too before servers took them many at once."""
    return sha256(report.model_dump_json(exclude_unset=True).encode()).hexdigest()


def forget_reports(session: Session, *, at_most: int) -> int:
    """Remove what is known of reports that were taken a month ago and of which nothing is kept.

    A station that sent one again would still hear that it is taken: `Station.taken` says so.
    """
    old = StationReport.taken_at < now() - FORGOTTEN_AFTER
    empty = StationReport.body.is_(None), StationReport.refusal.is_(None)
    some = select(StationReport.id).where(old, *empty).limit(at_most)
    gone = session.execute(delete(StationReport).where(StationReport.id.in_(some)))
    return gone.rowcount if isinstance(gone, CursorResult) else 0
