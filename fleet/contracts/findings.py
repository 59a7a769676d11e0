"""Findings on the wire: what a phone showed that it should not, and until when."""

from enum import StrEnum

from pydantic import Field

from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.rotation import RotationStep
from fleet.contracts.wire import Digest, EmployeeRef, Given, ListQuery, Moment, Reason, Shown


class Rule(StrEnum):
    """What can be found; each is open once at most for a phone."""

    # of the PIN, found by asking the phone
    PIN_REFUSED = "pin_refused"  # the phone does not take the PIN of the vault any more
    LOCK_REMOVED = "lock_removed"  # no lock is set
    LOCK_REPLACED = "lock_replaced"  # a pattern or a password stands where a PIN was
    # lock
    LOCK_NOT_SET = "lock_not_set"
    PIN_NOT_HELD = "pin_not_held"
    PIN_OVERDUE = "pin_overdue"
    SCREEN_STAYS_ON = "screen_stays_on"
    # integrity
    BOOTLOADER_UNLOCKED = "bootloader_unlocked"
    BOOT_NOT_VERIFIED = "boot_not_verified"
    ROOTED = "rooted"
    SELINUX_OFF = "selinux_off"
    NOT_ENCRYPTED = "not_encrypted"
    CONTAINER = "container"
    # updates
    PATCH_OLD = "patch_old"
    ANDROID_OLD = "android_old"
    # the apps of work
    WECHAT_MISSING = "wechat_missing"
    WECHAT_OFF = "wechat_off"
    WECHAT_OLD = "wechat_old"
    WECHAT_RESIGNED = "wechat_resigned"
    WECHAT_CLONED = "wechat_cloned"
    WECHAT_UNREGISTERED = "wechat_unregistered"
    WECOM_MISSING = "wecom_missing"
    WECOM_OFF = "wecom_off"
    WECOM_OLD = "wecom_old"
    WECOM_RESIGNED = "wecom_resigned"
    WECOM_CLONED = "wecom_cloned"
    WECOM_UNREGISTERED = "wecom_unregistered"
    # other apps
    APP_FORBIDDEN = "app_forbidden"
    APP_NOT_IN_CATALOGUE = "app_not_in_catalogue"
    APP_OLD = "app_old"
    # doors
    UNKNOWN_SOURCES = "unknown_sources"
    INSTALLS_UNVERIFIED = "installs_unverified"
    WIRELESS_DEBUGGING = "wireless_debugging"
    HOSTS_TRUSTED = "hosts_trusted"
    DEVELOPER_OPTIONS = "developer_options"
    # who else is in charge of the phone, or reads along
    OWNER_FOREIGN = "owner_foreign"
    ADMIN_FOREIGN = "admin_foreign"
    ACCESSIBILITY_FOREIGN = "accessibility_foreign"
    LISTENER_FOREIGN = "listener_foreign"
    VPN_FOREIGN = "vpn_foreign"
    INPUT_METHOD_FOREIGN = "input_method_foreign"
    SECOND_SPACE = "second_space"
    # clock
    CLOCK_WRONG = "clock_wrong"
    CLOCK_BY_HAND = "clock_by_hand"
    # cards
    SIM_ABSENT = "sim_absent"
    SIM_DIFFERS = "sim_differs"
    SIM_UNREGISTERED = "sim_unregistered"
    # condition
    STORAGE_FULL = "storage_full"
    BATTERY_WORN = "battery_worn"
    BATTERY_HOT = "battery_hot"
    # custody and backups
    PHONE_SILENT = "phone_silent"
    HOLDER_LEFT = "holder_left"
    RETURN_OVERDUE = "return_overdue"
    BACKUP_OLD = "backup_old"
    # stock
    STOCK_NOT_EMPTY = "stock_not_empty"
    WIPE_NOT_SEEN = "wipe_not_seen"


class Severity(StrEnum):
    """How much harm it may do while it is open, the least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


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


class FindingState(StrEnum):
    OPEN = "open"
    WAIVED = "waived"
    CLOSED = "closed"


class FindingOut(Shown):
    """What was found; `overdue`: it is open, due and not waived.

    `owner` is to see to it; None: the desk. `actions` are what a station can do against it.
    """

    number: str  # FD-2026-001
    rule: Rule
    title: str
    severity: Severity
    device: str
    department: str | None  # of its holder
    sentence: str
    remedy: str
    actions: list[RemedyAction] = []
    state: FindingState
    owner: EmployeeRef | None
    opened_at: Moment
    due_at: Moment
    overdue: bool
    since: Moment | None  # when the phone last showed that all was well
    waived_until: Moment | None
    waived_by: str | None
    waived_because: str | None
    closed_at: Moment | None
    closed_because: str | None
    by_a_station: bool  # a station that was never heard of may have done it
    digest: Digest | None  # of what was seen
    closed_digest: Digest | None


class FindingQuery(ListQuery):
    rule: Rule | None = None
    device: str | None = None
    state: FindingState | None = None
    severity: Severity | None = None
    department: str | None = None
    overdue: bool = Field(default=False, description="Those alone that are due and not waived.")


class WaiverIn(Given):
    """Let a finding be, until a day, for a reason."""

    until: Moment
    reason: Reason


class UnwaiveIn(Given):
    reason: Reason
