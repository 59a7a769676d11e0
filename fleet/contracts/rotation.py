"""Rotations on the wire."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from fleet.contracts.builds import BuildTrust
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.playbooks import StepId
from fleet.contracts.proof import Level
from fleet.contracts.wire import Day, Digest, Given, ListQuery, Mark, Moment, Reason, Shown


class RotationState(StrEnum):
    PLANNED = "planned"  # the new value is in the vault, nothing has touched the phone
    RUNNING = "running"
    PROVEN = "proven"
    VERIFIED = "verified"  # accepted, but no wrong value could be tried
    OBSERVED = "observed"  # the phone's screen said so (account passwords)
    DECLARED = "declared"  # a person said so (account passwords)
    UNPROVEN = "unproven"  # the phone's answers contradict each other: both values are kept
    REFUSED = "refused"  # nothing was changed, for a named reason
    IN_DOUBT = "in_doubt"  # the connection was lost; the next visit settles it
    CANCELLED = "cancelled"


class StepName(StrEnum):
    """What a visit to a lock consists of."""

    LOOK = "look"  # free questions only
    CHECK_OLD = "check_old"
    CANARY = "canary"  # a wrong value before anything is set, once for each build
    SET = "set"
    CHECK_NEW = "check_new"
    CONTROL = "control"  # a wrong value, counted by the phone
    CHECK_NEW_AGAIN = "check_new_again"
    CHECK_OLD_AGAIN = "check_old_again"
    WITNESS = "witness"  # the free questions once more
    CLEAR = "clear"


class AccountStep(StrEnum):
    """What a guided change of a password consists of, as far as it proves something."""

    TYPE_OLD = "type_old"
    TYPE_NEW = "type_new"
    TYPE_AGAIN = "type_again"
    TEST_NEW = "test_new"  # where it was left open which one is in use
    TEST_OLD = "test_old"
    OLD_REFUSED = "old_refused"  # the app said so
    NEW_REFUSED = "new_refused"
    SUCCESS = "success"
    PAGE = "page"  # of a binding: the verdict is the name of the page that was seen


class RotationStep(Shown):
    """One step on the phone; the answer's digest, never its text (it echoes the PIN)."""

    name: str
    at: Moment
    verdict: str
    digest: Digest | None = None


class PinOutcome(Given):
    """What a station reports of a PIN rotation."""

    state: RotationState
    reason: str | None = None  # a stable code, e.g. "says_yes_to_everything"
    sentence: str = ""
    steps: list[RotationStep] = []
    wrong_attempts: int = 0
    active: str | None = None  # "new", "old" or "no_lock": what opens the phone, where it is known
    build: str | None = None  # fingerprint of the build that answered


class AccountOutcome(Given):
    """What a station saw of a guided account password change."""

    state: RotationState
    reason: str | None = None
    sentence: str = ""
    screen_digest: Digest | None = None
    labels: list[str] = []
    steps: list[RotationStep] = []
    build: str | None = None


class RotateIn(Given):
    """Plan a rotation of a phone's PIN or an account's password."""

    kind: CredentialKind
    reason: Reason = "due"
    even_untrusted: bool = Field(
        default=False, description="Although the lock tool of the phone's build was found to lie."
    )


class ConfirmIn(Given):
    """A person says that he changed the password: level `declared`."""

    note: Reason


CHANGED: Final = "changed"  # by hand: the new password is in use


class DeclareIn(Given):
    """Say that something was done: `changed`, or a follow-up by its name."""

    what: StepId
    note: Reason


class AttendIn(Given):
    reason: Reason


class DeclarationOut(Shown):
    """What a person did and another one saw; nobody has said so where `said_by` is None."""

    what: str
    says: str
    note: str | None = None
    said_by: str | None = None
    said_at: Moment | None = None
    witnessed_by: str | None = None
    witnessed_at: Moment | None = None


class AttendedOut(Shown):
    """The new password, shown this once to whoever types it; a binding has none."""

    rotation: str
    subject: str
    value: str | None


class RotationOut(Shown):
    id: str
    kind: CredentialKind
    subject: str
    state: RotationState
    level: Level
    asked: str = ""  # why it was planned
    reason: str | None
    sentence: str
    planned_at: Moment
    ended_at: Moment | None
    station: str | None
    steps: list[RotationStep]
    guide: list[str] = []  # what the person does, step by step (account passwords)
    goes_on_at: Moment | None = None  # the phone makes callers wait; no visit is made before
    advice: str = ""  # what a person can do, where it ended otherwise than well
    even_untrusted: bool = False  # a person asked for it although the build is untrusted
    build: str | None = None  # of the phone that answered
    build_trust: BuildTrust | None = None
    build_phones: int | None = None  # how many phones have that build, this one included
    playbook: str | None = None  # its name and number
    warnings: list[str] = []  # why it may not fit the phone
    now: str | None = None  # what the person does next
    sees: str | None = None  # what the station sees instead of it
    declarations: list[DeclarationOut] = []  # afterwards, by people; also what is to be done yet


class RotationQuery(ListQuery):
    """`unproven`: what is not known to have come true, where no later change took its place."""

    subject: str | None = None
    state: RotationState | None = None
    kind: CredentialKind | None = None
    station: str | None = None
    live: bool | None = None  # under way, or ended
    ended_from: Moment | None = None
    unproven: bool = False


class Standing(StrEnum):
    """How near a value is to being too old."""

    WARNING = "warning"  # due within the warning days of its policy
    OVERDUE = "overdue"


class Narrowed(Given):
    """Which credentials are meant; a department with all beneath it."""

    kind: CredentialKind | None = None
    department: str | None = None
    station: str | None = None


class DueQuery(ListQuery):
    kind: CredentialKind | None = None
    department: str | None = None
    station: str | None = None
    standing: Standing | None = None


class DueOut(Shown):
    """A value that is due or will be soon; what is in the hand of a rotation is not among them."""

    subject: str
    kind: CredentialKind
    due_at: Moment
    standing: Standing
    level: Level
    changed_at: Moment | None
    department: str | None
    station: str | None
    by_station: bool  # False: a person changes it, no station can


class BatchBy(StrEnum):
    DEPARTMENT = "department"
    STATION = "station"


class PlanIn(Narrowed):
    """Plan what is due now, the longest overdue first; `after` goes on where a part ended.

    `at_once`: a person stands by the phones, and no visit waits for the end of quiet hours.
    """

    at_once: bool = False
    even_untrusted: bool = Field(
        default=False, description="Also where the lock tool of the build was found to lie."
    )
    by: BatchBy = BatchBy.DEPARTMENT
    most: int = Field(500, ge=1, le=1000)
    after: Mark | None = None
    dry_run: bool = False


class BatchOut(Shown):
    """`begins_at`: no visit is made before; None: at once."""

    name: str | None  # None: nobody's, or at no station
    planned: int
    begins_at: Moment | None = None


class EntropyOut(Shown):
    """How hard the values are to guess that were drawn, by the weakest policy among them."""

    kind: CredentialKind
    bits: float


class PlanOut(Shown):
    """`begun` are the ids of what was planned, `at` the server's time before any of it ended."""

    at: Moment
    planned: int
    begun: list[str] = []
    refused: dict[str, int]  # how many, by the code of the refusal
    batches: list[BatchOut]
    entropy: list[EntropyOut]
    dry_run: bool
    next: str | None


class CalendarQuery(Narrowed):
    weeks: int = Field(4, ge=1, le=53)


class DayOut(Shown):
    day: Day
    total: int
    by_kind: dict[CredentialKind, int]


class CalendarOut(Shown):
    """What falls due on each day; days on which nothing does are left out."""

    overdue: dict[CredentialKind, int]  # before today
    days: list[DayOut]


class ForecastQuery(Narrowed):
    days: int = Field(30, ge=1, le=366)


class VisitsOut(Shown):
    """`minutes` is the median of the `measured` newest visits; None where none was made yet."""

    kind: CredentialKind
    due: int
    minutes: float | None
    measured: int


class ForecastOut(Shown):
    """`station_hours`: one visit after the other; None while a kind that is due has no measure."""

    days: int
    until: Moment
    visits: list[VisitsOut]
    station_hours: float | None
