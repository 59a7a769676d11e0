"""What stations are refused."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class StationNotFound(NotFound):
    name: str
    code = "station_not_found"
    message = _("There is no station {name}.")
    advice = _("See which there are with `workfleet station list`.")


@dataclass(eq=False)
class StationRevoked(Forbidden):
    name: str
    code = "station_revoked"
    message = _("The station {name} was shut out.")
    advice = _("Enrol it again with a new code.")


@dataclass(eq=False)
class TrayNotNamed(NotFound):
    station: str
    port: str
    code = "tray_not_named"
    message = _("No tray of the station {station} is named at the port {port}.")
    advice = _("See the ports with `workfleet station map {station}`.")


@dataclass(eq=False)
class TrayNamedAlready(Conflict):
    station: str
    label: str
    port: str
    code = "tray_named_already"
    message = _("The tray {label} of the station {station} is at the port {port}.")
    advice = _("Take its name away first: `workfleet station tray {station} {port} --remove`.")


class EnrolmentCodeWrong(Forbidden):
    code = "enrolment_code_wrong"
    message = _("This enrolment code is not one that was given out.")
    advice = _("Check how it was typed, or ask for a new one.")


@dataclass(eq=False)
class EnrolmentCodeUsed(Forbidden):
    station: str
    code = "enrolment_code_used"
    message = _("This enrolment code of the station {station} was used already.")
    advice = _("Ask for a new one. If it was not you who used it, shut the station out.")


@dataclass(eq=False)
class EnrolmentCodeExpired(Forbidden):
    station: str
    expired_at: str
    code = "enrolment_code_expired"
    message = _("This enrolment code of the station {station} ran out at {expired_at}.")
    advice = _("Ask for a new one.")


class PublicKeyUnusable(Invalid):
    code = "public_key_unusable"
    message = _("The station's public key is not an X25519 key in base64.")
    advice = _("Remove the station's home folder and enrol again.")


@dataclass(eq=False)
class JobNotFound(NotFound):
    job: str
    code = "job_not_found"
    message = _("There is no job {job}.")
    advice = _("See which there are with `workfleet job list`.")


@dataclass(eq=False)
class JobNotYours(Forbidden):
    job: str
    station: str
    code = "job_not_yours"
    message = _("The job {job} was never lent to the station {station}.")
    advice = _("What was reported of it is kept for the administrator and changed nothing.")


@dataclass(eq=False)
class JobMoveNotAllowed(Conflict):
    move: str
    state: str
    code = "job_move_not_allowed"
    message = _("A job that is {state} cannot {move}.")
    advice = _("See what became of it with `workfleet job list`.")


@dataclass(eq=False)
class JobUnderWay(Conflict):
    job: str
    station: str
    code = "job_under_way"
    message = _("The station {station} is running the job {job} now.")
    advice = _("Wait for it to end; a station that went away loses it within minutes.")


@dataclass(eq=False)
class OutcomeMissing(Invalid):
    job: str
    kind: str
    code = "outcome_missing"
    message = _("The report on the job {job} has no outcome of the kind {kind}.")
    advice = _("Update the station's software.")


@dataclass(eq=False)
class SequenceReused(Conflict):
    sequence: int
    code = "sequence_reused"
    message = _("Another report with the number {sequence} is stored already.")
    advice = _("The station's outbox was lost or copied: enrol it again with a new code.")


class ReportNotUnderstood(Invalid):
    code = "report_not_understood"
    message = _("The server could not make sense of this report; it kept it as it is.")
    advice = _("The administrator finds the reason in the server's log.")


@dataclass(eq=False)
class NoWorkOfThisKind(Unavailable):
    kind: str
    code = "no_work_of_this_kind"
    message = _("This server does not know what to do with jobs of the kind {kind}.")
    advice = _("Start it with all its rooms: `workfleet server serve` does.")
