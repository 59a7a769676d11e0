"""Between a station and the server: enrolment, the sync exchange, jobs and their leases."""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fleet.contracts.backups import BackupOutcome, BackupTask
from fleet.contracts.builds import BuildTrust
from fleet.contracts.facts import PhoneFacts, Quick
from fleet.contracts.findings import CheckOutcome
from fleet.contracts.offline import MOST_BEGUN, Begun, BegunRefused, Kit
from fleet.contracts.playbooks import Playbook
from fleet.contracts.policies import Clock
from fleet.contracts.ports import MOST_PORTS, PortNow
from fleet.contracts.remedies import RemedyOutcome, RemedyTask
from fleet.contracts.rotation import AccountOutcome, PinOutcome
from fleet.contracts.wire import Digest, Given, Handle, ListQuery, Moment, Short, Shown

SLOWEST_RATE: Final = 64 * 1024  # bytes per second: slower than that no pack ever ends


class EnrolmentCodeIn(Given):
    station: Handle
    minutes: int = Field(60, ge=1, le=7 * 24 * 60)


class EnrolmentCodeOut(Shown):
    station: str
    code: str  # shown once; the server keeps a digest
    expires_at: Moment


class EnrolIn(Given):
    code: Short
    public_key: str  # X25519, 32 bytes, base64: secrets of jobs are sealed to it (HPKE, RFC 9180)
    signing_key: str | None = None  # Ed25519, 32 bytes, base64: it signs what it has made
    software: Short


class EnrolOut(Shown):
    station: str
    token: str  # shown once; the server keeps a digest


class StationOut(Shown):
    name: str
    state: str  # enrolled, revoked
    software: str | None
    enrolled_at: Moment
    last_seen_at: Moment | None
    phones: int  # phones present now
    backup_rate: int | None = None  # bytes per second, None where nothing is bounded
    rate_from: str | None = None  # by the server's clock; None: always
    rate_until: str | None = None
    # Phones of which it could begin backups while the server is away, and the first end of that;
    # None: it does not say. `begun` are under way there, and the server knows nothing of them yet.
    kits: int | None = None
    kits_until: Moment | None = None
    begun: int = 0


class StationLimitIn(Given):
    """Bytes per second for all backups of a station together; None lets them go.

    With `rate_from` and `rate_until` it holds in these hours alone, by the server's clock.
    """

    backup_rate: int | None = Field(None, ge=SLOWEST_RATE, lt=2**53)
    rate_from: Clock | None = None
    rate_until: Clock | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.rate_from is None) != (self.rate_until is None):
            raise PydanticCustomError("hours_unclear", "hours have a beginning and an end")
        return self


class StationQuery(ListQuery):
    state: str | None = None


class JobKind(StrEnum):
    ROTATE_PIN = "rotate_pin"
    GUIDE_ACCOUNT = "guide_account"
    BACKUP = "backup"
    CHECK_PIN = "check_pin"
    WIPE = "wipe"
    PROBE = "probe"
    REMEDY = "remedy"


class JobState(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RotatePinTask(Shown):
    """`sealed_new` and `sealed_old` open with the station's key alone; info is the job's id.

    `settle`: an earlier visit ended in doubt, so ask which of the two opens the phone first.
    `sealed_old` is None where the vault has never known a PIN: the first one is set.
    `trust` is what the lock tool of `build` is believed; a phone of another build is not known.
    """

    kind: Literal[JobKind.ROTATE_PIN] = JobKind.ROTATE_PIN
    rotation: str
    sealed_new: str
    sealed_old: str | None
    settle: bool = False
    build: str | None = None
    trust: BuildTrust = BuildTrust.UNKNOWN
    even_untrusted: bool = False  # a person asked for it although the build is untrusted


class CheckPinTask(Shown):
    """Ask whether the PIN still opens the phone; without one, ask the free questions alone."""

    kind: Literal[JobKind.CHECK_PIN] = JobKind.CHECK_PIN
    check: str
    sealed_pin: str | None


class GuideAccountTask(Shown):
    """A person changes the account's password on the phone; the station looks, and types.

    Both values open with the station's key alone; info is the job's id. `settle`: an earlier visit
    ended in doubt, so try first which of the two is in use. `by_hand`: the new value was shown to a
    person, who types it. The binding of an account has no values at all.
    """

    kind: Literal[JobKind.GUIDE_ACCOUNT] = JobKind.GUIDE_ACCOUNT
    rotation: str
    handle: str
    playbook: Playbook
    sealed_new: str | None
    sealed_old: str | None
    settle: bool = False
    by_hand: bool = False
    seconds: int = 900


class WipeTask(Shown):
    """The PIN is needed to take the lock off first; None where no PIN is set."""

    kind: Literal[JobKind.WIPE] = JobKind.WIPE
    sealed_pin: str | None


class Planted(Given):
    """Marks left on a phone before it is erased, and how it was then: what is looked for later.

    `boots` tells one start of the phone from another; `packages` are apps that a person installed.
    """

    token: str = Field(pattern=r"^wf_[0-9a-f]{24}$")
    serialno: str = Field(max_length=200)
    boots: str = Field(max_length=200)
    marks: tuple[Literal["data", "settings", "storage"], ...]
    files: int | None = Field(ge=0)
    packages: tuple[Annotated[str, Field(max_length=255)], ...] = Field(max_length=5000)


class WipeStep(StrEnum):
    """What changes a phone on the way to its being erased."""

    PLANT = "plant"
    CLEAR_PIN = "clear_pin"
    ERASE = "erase"


class WipeStepIn(Given):
    """A station is about to change the phone; `planted` is said before it is erased."""

    step: WipeStep
    planted: Planted | None = None

    @model_validator(mode="after")
    def _marked(self) -> Self:
        if (self.step is WipeStep.ERASE) != (self.planted is not None):
            raise PydanticCustomError("marks_unclear", "marks belong to the step that erases")
        return self


class WipeUnderWayOut(Shown):
    """`planted`: the phone may have been erased since these marks were left, and nobody knows."""

    planted: Planted | None


class ProbeTask(Shown):
    """Look at the phone again: something was done to it by hand."""

    kind: Literal[JobKind.PROBE] = JobKind.PROBE


Task = Annotated[
    RotatePinTask
    | GuideAccountTask
    | BackupTask
    | CheckPinTask
    | WipeTask
    | ProbeTask
    | RemedyTask,
    Field(discriminator="kind"),
]


class WipeOutcome(Given):
    state: Literal["verified", "observed", "guided", "refused", "in_doubt"]
    method: str  # testharness, settings
    reason: str | None = None
    sentence: str = ""
    files_before: int | None = None
    files_after: int | None = None
    digest: Digest | None = None


class Lease(Shown):
    """A job that the station may run until `until`; renewed by naming it in `running`."""

    job: str
    device: str  # tag
    serial: str  # the phone's own serial number (ro.serialno)
    attempt: int
    until: Moment
    task: Task


class PhoneSeen(Given):
    """A phone was probed."""

    kind: Literal["phone_seen"] = "phone_seen"
    facts: PhoneFacts
    transport: str  # adb's name for it
    digest: Digest  # of the scrubbed transcript


class PhoneUnchanged(Given):
    """A phone was probed and is as the server knows it, but for what is quick.

    `facts` is the digest that the server gave for what it has of the phone: where it has another
    one by now, it asks for all of it (`SyncOut.anew`). `cards` are the ICCIDs of its SIMs.
    """

    kind: Literal["phone_unchanged"] = "phone_unchanged"
    serial: str
    facts: Digest
    quick: Quick
    cards: list[str] = Field([], max_length=16)
    transport: str
    digest: Digest  # of the scrubbed transcript


class PhoneLeft(Given):
    kind: Literal["phone_left"] = "phone_left"
    serial: str


class PhoneUnreadable(Given):
    """A transport is there and no facts can be had of it (unauthorized, offline, …)."""

    kind: Literal["phone_unreadable"] = "phone_unreadable"
    transport: str
    state: str
    reason: str


class JobProgress(Given):
    kind: Literal["job_progress"] = "job_progress"
    job: str
    step: str
    done: int | None = None  # e.g. bytes
    total: int | None = None
    files: int | None = None
    files_total: int | None = None
    rate: int | None = None  # bytes per second of late; None while that cannot be told


class JobDone(Given):
    """`outcome` by the job's kind; a station's own failure is `failure` instead."""

    kind: Literal["job_done"] = "job_done"
    job: str
    pin: PinOutcome | None = None
    account: AccountOutcome | None = None
    backup: BackupOutcome | None = None
    check: CheckOutcome | None = None
    wipe: WipeOutcome | None = None
    remedy: RemedyOutcome | None = None
    probe: PhoneSeen | None = None
    failure: str | None = None  # a sentence; the job may be tried again
    again: bool = False


Body = Annotated[
    PhoneSeen | PhoneUnchanged | PhoneLeft | PhoneUnreadable | JobProgress | JobDone,
    Field(discriminator="kind"),
]


class Report(Given):
    """One thing that happened at a station; (station, sequence) is its identity for ever."""

    sequence: int = Field(ge=1)
    at: Moment
    body: Body


class SyncIn(Given):
    reports: list[Report] = Field([], max_length=500)
    present: list[str] = []  # serial numbers of the phones that are there now
    # Jobs under way, and those that ended with a report not yet taken: their leases are renewed.
    running: list[str] = []
    kept: list[str] = []  # jobs that nobody is at here, and of which there is work on the disk
    whole: list[str] = []  # of `running`: what is left of them is here, and needs no phone
    free: int = Field(4, ge=0, le=64)  # how many more jobs the station would take
    # The lowest sequence the station still has, or the next it will give: what lies before it and
    # was never stored is lost for good, and is not waited for.
    oldest: int | None = Field(None, ge=1)
    sent_at: Moment | None = None  # by the station's clock, which may be wrong
    # All that is at the ports now; left out while the server has this picture already.
    ports: list[PortNow] | None = Field(None, max_length=MOST_PORTS)
    # Serial number -> when the kit that is here was made; left out by a station that takes none.
    kits: dict[str, Moment] | None = None
    begun: list[Begun] = Field([], max_length=MOST_BEGUN)  # without the server, and not ended


class Rejected(Shown):
    """A report that can never be taken; the station keeps it aside and says so."""

    sequence: int
    code: str
    message: str


class SyncOut(Shown):
    taken: int  # every report up to this sequence is stored
    rejected: list[Rejected] = []
    # Serial number -> digest of the facts that the server has of each phone that was told in full:
    # while they are the same, a visit may be reported as unchanged.
    known: dict[str, str] = {}
    anew: list[str] = []  # serial numbers of phones that it knows otherwise: tell all of them
    # A visit may be told at once, and again when slow questions are answered: what was awaited
    # (`facts.Gap`) is then filled in, and no change of the phone.
    fills_gaps: bool = False
    leases: list[Lease] = []
    lost: list[str] = []  # of `running`: no longer this station's
    paused: list[str] = []  # of `lost`: what was done is kept for whoever goes on
    over: list[str] = []  # of `kept` and `whole`: ended, here or elsewhere; needed no more
    backup_rate: int | None = None  # bytes per second that all backups may read, and send, now
    tags: dict[str, str] = {}  # serial number -> tag, of the phones that are present
    work_apps: list[str] = []  # packages the company looks at closely, besides the usual ones
    ports: str | None = None  # digest of the picture of the ports that the server has
    kits: list[Kit] = []  # each takes the place of the one that the station has
    kits_over: list[str] = []  # serial numbers: nothing is to be begun with what the station has
    adopted: list[str] = []  # jobs of `begun` that are backups of the server's now
    refused: list[BegunRefused] = []
    next_sync_seconds: float = 5.0
    server_time: Moment


class JobOut(Shown):
    id: str
    kind: JobKind
    device: str
    state: JobState
    station: str | None
    attempts: int
    step: str | None
    done: int | None
    total: int | None
    files: int | None
    files_total: int | None
    rate: int | None  # bytes per second of late, None where that is not known
    seconds_left: int | None  # None where nothing moves, or nobody has said how fast
    created_at: Moment
    ended_at: Moment | None
    failure: str | None


class JobQuery(ListQuery):
    device: str | None = None
    state: JobState | None = None
    kind: JobKind | None = None
    station: str | None = None
