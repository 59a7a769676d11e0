"""Findings on the wire: what a phone showed that it should not, and until when."""

from enum import StrEnum

from pydantic import Field

from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationStep
from fleet.contracts.wire import Digest, Given, ListQuery, Moment, Shown


class Rule(StrEnum):
    """What was found; each is open once at most for a phone."""

    PIN_REFUSED = "pin_refused"  # the phone does not take the PIN of the vault any more
    LOCK_REMOVED = "lock_removed"  # no lock is set
    LOCK_REPLACED = "lock_replaced"  # a pattern or a password stands where a PIN was


class CheckResult(StrEnum):
    """What became of asking a phone whether the vault still opens it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LOCK_REMOVED = "lock_removed"
    LOCK_REPLACED = "lock_replaced"
    NOT_TRIED = "not_tried"  # looked at by free questions alone, which found nothing
    UNCLEAR = "unclear"  # asked, and no answer that means anything
    FAILED = "failed"  # no station came to it


class LockSeen(Given):
    """What the free questions said of the lock; None is not known."""

    secure: bool | None = None
    credential_type: str | None = None
    wipe_limit: int | None = None
    sdk: int | None = None
    contradicts: bool = False


class CheckOutcome(Given):
    """What a station reports of a check; the server judges by the lock and the steps."""

    lock: LockSeen | None = None
    reason: str | None = None  # why no value was tried
    steps: list[RotationStep] = []
    wrong_attempts: int = 0
    build: str | None = None


class PinCheckIn(Given):
    """Ask a phone now; `dry_run` says what that would cost.

    `number` is that of a former value, where the phone has refused the one it should have.
    """

    number: int | None = Field(None, ge=1)
    dry_run: bool = False


class PinCheckOut(Shown):
    """A check that waits for a station, or what came of it.

    `tries_value`: one attempt is made, counted by the phone where the value is wrong.
    """

    id: str | None
    device: str
    planned_at: Moment | None
    ended_at: Moment | None
    result: CheckResult | None
    reason: str | None
    tries_value: bool
    wrong_attempts: int


class CandidateOut(Shown):
    """A value of the vault that may open the phone; never the value itself."""

    number: int
    state: VersionState
    made_at: Moment
    ended_at: Moment | None
    refused_at: Moment | None  # when the phone refused it since something was found


class RecoveryOut(Shown):
    """What is left to open a phone, in the order in which it is tried, and what each costs.

    `spent` are wrong attempts of ours that the phone has counted since it last took a value;
    `left` how many it allows before it erases itself, None where it never does or that is not
    known. `why_not` says why no value is tried now.
    """

    device: str
    level: Level
    findings: list[str]
    candidates: list[CandidateOut]
    spent: int
    left: int | None
    why_not: str | None
    steps: list[str]
    backup: str | None
    backup_at: Moment | None
    activation_lock: list[str]  # kinds of accounts signed in that lock a phone after a reset
    activation_seen: bool  # False: it is not known


class FindingOut(Shown):
    number: str  # FD-2026-001
    rule: Rule
    device: str
    sentence: str
    opened_at: Moment
    since: Moment | None  # when the phone last showed that all was well
    closed_at: Moment | None
    closed_because: str | None
    by_a_station: bool  # a station that was never heard of may have done it
    digest: Digest | None  # of the steps that showed it


class FindingQuery(ListQuery):
    rule: Rule | None = None
    device: str | None = None
    state: str | None = None
