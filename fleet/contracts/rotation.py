"""Rotations on the wire."""

from enum import StrEnum

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.wire import Digest, Given, ListQuery, Moment, Reason, Shown


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
    SET = "set"
    CHECK_NEW = "check_new"
    CONTROL = "control"  # a wrong value, counted by the phone
    CHECK_NEW_AGAIN = "check_new_again"
    CHECK_OLD_AGAIN = "check_old_again"
    WITNESS = "witness"  # the free questions once more
    CLEAR = "clear"


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


class RotateIn(Given):
    """Plan a rotation of a phone's PIN or an account's password."""

    kind: CredentialKind
    reason: Reason = "due"


class ConfirmIn(Given):
    """A person says that he changed the password: level `declared`."""

    note: Reason


class RotationOut(Shown):
    id: str
    kind: CredentialKind
    subject: str
    state: RotationState
    level: Level
    reason: str | None
    sentence: str
    planned_at: Moment
    ended_at: Moment | None
    station: str | None
    steps: list[RotationStep]
    guide: list[str] = []  # what the person does, step by step (account passwords)


class RotationQuery(ListQuery):
    subject: str | None = None
    state: RotationState | None = None
    kind: CredentialKind | None = None
