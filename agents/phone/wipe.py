"""Erasing a phone, and showing that it is erased: marks left before must be gone afterwards.

A reset can report done and erase nothing, so nobody's word counts: a mark is left in each place
that must go, seen there, and looked for again when the phone has come back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Event

from agents.phone.errors import CommandFailed, NoAnswer
from agents.phone.lock_visit import Opens, Outcome, Step
from agents.phone.lockscreen import clear_pin
from agents.phone.phone import Phone
from agents.phone.traces import Traces, look, plant
from agents.phone.wire import Deadline
from fleet.contracts.proof import Level
from fleet.contracts.stations import Planted, WipeStep
from fleet.contracts.words import _

ENABLE_SECONDS = 60.0
BACK_SECONDS = 900.0  # a large phone erases, encrypts and starts again
BETWEEN_LOOKS = 1.0
# A phone that was told to erase itself is gone by then: its eSIMs come first, for which Android
# gives itself 60 s at most (RecoverySystem.MAX_EUICC_FACTORY_RESET_TIMEOUT_MILLIS).
GOES_DOWN_SECONDS = 120.0
FIRST_SDK_WITH_TEST_HARNESS = 29

REFUSED_BY_PHONE = ("cannot be enabled", "Can't find service", "SecurityException", "not supported")


class Method(StrEnum):
    TEST_HARNESS = "testharness"
    GUIDED = "guided"  # a person resets it in Settings


# Told before each step that changes the phone, and before the last one by which marks to know it.
Progress = Callable[[WipeStep, Planted | None], None]


@dataclass(frozen=True)
class WipePlan:
    """`reasons` say why it is guided; `warnings` name what an erased phone may still hold."""

    method: Method
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so on an erased phone."""

    name: str
    ok: bool
    before: str
    after: str


@dataclass(frozen=True)
class WipeProof:
    """`level` is VERIFIED only when every check was read back and holds."""

    level: Level
    method: Method
    reason: str | None = None
    checks: tuple[Check, ...] = ()
    lock: Outcome | None = None
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        own = REASONS.get(self.reason or "", "")
        return own or (self.lock.sentence if self.lock else "")


def plan(phone: Phone) -> WipePlan:
    """Say how this phone can be erased, without changing anything."""
    now = look(phone, token="")
    reasons = []
    if now.sdk is None or now.sdk < FIRST_SDK_WITH_TEST_HARNESS:
        reasons.append("too_old")
    if not now.has_test_harness:
        reasons.append("no_test_harness")
    if reasons:
        return WipePlan(Method.GUIDED, tuple(reasons), now.warnings)
    return WipePlan(Method.TEST_HARNESS, (), (*now.warnings, "trusts_station"))


def wipe(
    phone: Phone,
    *,
    pin: str | None,
    reconnect: Callable[[], None],
    before: Planted | None = None,
    stop: Event | None = None,
    progress: Progress = lambda _step, _planted: None,
    back_within: float = BACK_SECONDS,
) -> WipeProof:
    """Erase the phone and read back that it is; `reconnect` is called while it stays away.

    `before` are the marks of a wipe of which nobody heard the end: where the phone shows that it
    was erased since, it is not erased again. The phone keeps its trust in this station: it is reset
    once more by hand before it leaves the company, which the warnings say.
    """
    stop = stop or Event()
    if before is not None:
        proof = _erased_since(phone, before, reconnect, stop)
        if proof is not None:
            return proof
    chosen = plan(phone)
    if chosen.method is Method.GUIDED:
        return _not_wiped(chosen, chosen.reasons[0])
    progress(WipeStep.PLANT, None)
    planted = plant(phone)
    lock = _unlocked(phone, pin, progress)
    if lock.opens is not Opens.NO_LOCK:
        return _not_wiped(chosen, lock.reason, lock)
    progress(WipeStep.ERASE, planted)
    away = _erase(phone)
    if away is None:
        return _not_wiped(chosen, "refused_by_phone", lock)
    after, away = _back(phone, planted, reconnect, stop, back_within, away=away)
    return _proof(chosen, planted, after, lock, away=away)


def _erased_since(
    phone: Phone, planted: Planted, reconnect: Callable[[], None], stop: Event
) -> WipeProof | None:
    """Return the proof that the phone was erased since it was marked; None where it has none.

    One on which anything was installed meanwhile is no erased phone any more.
    """
    after, _away = _back(phone, planted, reconnect, stop, GOES_DOWN_SECONDS, away=True)
    if after is None or after.packages:
        return None
    chosen = WipePlan(Method.TEST_HARNESS, (), (*after.warnings, "trusts_station"))
    proof = _proof(chosen, planted, after, None, away=False)
    return proof if proof.level is Level.VERIFIED else None


def confirm_reset(phone: Phone, planted: Planted) -> WipeProof:
    """Look at a phone that a person has reset and on which debugging was allowed again."""
    after = look(phone, planted.token)
    guided = WipePlan(Method.GUIDED, (), after.warnings)
    proof = _proof(guided, planted, after, None, away=False)
    untouched = after.marks or not _same(planted, after)
    if proof.level is Level.NONE and after.in_setup and not untouched:
        return WipeProof(Level.OBSERVED, Method.GUIDED, "in_setup", proof.checks)
    return proof


def _unlocked(phone: Phone, pin: str | None, progress: Progress) -> Outcome:
    """Take the lock away, which the phone wants first."""

    def told(step: Step) -> None:
        if step is Step.CLEAR:
            progress(WipeStep.CLEAR_PIN, None)

    # An empty value is the same as none for the tool: it is refused and not counted.
    return clear_pin(phone, old=pin or "", progress=told)


def _erase(phone: Phone) -> bool | None:
    """Tell the phone to erase itself; True when it went away at once, None when it refused."""
    try:
        answer = phone.script("cmd testharness enable 2>&1", deadline=ENABLE_SECONDS)
    except NoAnswer:
        return True
    refused = any(words in answer.text for words in REFUSED_BY_PHONE)
    return None if refused else False


def _back(
    phone: Phone,
    planted: Planted,
    reconnect: Callable[[], None],
    stop: Event,
    seconds: float,
    *,
    away: bool,
) -> tuple[Traces | None, bool]:
    """Wait until the phone has started anew and its marks are gone, or the time is over.

    One that stays up as it was has not been told: the cable was pulled before the command.
    """
    limit, seen = Deadline(seconds), None
    stays_up: Deadline | None = None
    while not stop.is_set():
        try:
            seen = look(phone, planted.token)
            if seen.started and (_restarted(planted, seen) or (away and not seen.marks)):
                return seen, True
            stays_up = stays_up or Deadline(GOES_DOWN_SECONDS)
        except NoAnswer:
            away = True
            reconnect()
        except CommandFailed:
            pass  # half of a starting phone answers already
        try:
            stop.wait(min(BETWEEN_LOOKS, *(one.left() for one in (limit, stays_up) if one)))
        except TimeoutError:
            break
    return seen, away


def _proof(
    chosen: WipePlan, planted: Planted, after: Traces | None, lock: Outcome | None, *, away: bool
) -> WipeProof:
    if after is None:
        return _not_wiped(chosen, "did_not_come_back", lock)
    checks = _checks(planted, after, away=away)
    failed = next((check.name for check in checks if not check.ok), None)
    level = Level.NONE if failed else Level.VERIFIED
    reason = f"still_there_{failed}" if failed else None
    return WipeProof(level, chosen.method, reason, checks, lock, chosen.warnings)


def _checks(planted: Planted, after: Traces, *, away: bool) -> tuple[Check, ...]:
    left = [name for name in planted.packages if name in after.packages]
    return (
        Check("same_phone", _same(planted, after), planted.serialno, after.serialno),
        Check("restart", away or _restarted(planted, after), planted.boots, after.boots),
        *(Check(mark, mark not in after.marks, "there", _there(mark, after))
          for mark in planted.marks),
        Check("files", after.files == 0, str(planted.files), str(after.files)),
        Check("apps", not left, str(len(planted.packages)), " ".join(left) or "0"),
    )  # fmt: skip


def _there(mark: str, after: Traces) -> str:
    return "there" if mark in after.marks else "gone"


def _same(planted: Planted, after: Traces) -> bool:
    return planted.serialno == after.serialno


def _restarted(planted: Planted, after: Traces) -> bool:
    return planted.boots != after.boots


def _not_wiped(chosen: WipePlan, reason: str | None, lock: Outcome | None = None) -> WipeProof:
    return WipeProof(Level.NONE, chosen.method, reason, (), lock, chosen.warnings)


REASONS = {
    "too_old": _("This Android cannot erase itself by cable; reset it in Settings."),
    "no_test_harness": _("This phone cannot erase itself by cable; reset it in Settings."),
    "refused_by_phone": _("The phone refused to erase itself; reset it in Settings."),
    "did_not_come_back": _("The phone has not come back after it was told to erase itself."),
    "in_setup": _("The phone shows that it was not set up yet."),
    "still_there_same_phone": _("Another phone has come back than the one that was erased."),
    "still_there_restart": _("The phone has not started anew: it was not erased."),
    "still_there_data": _("A mark left in the phone's data is still there: it was not erased."),
    "still_there_storage": _("A mark left in shared storage is still there: it was not erased."),
    "still_there_settings": _("A mark left in the settings is still there: it was not erased."),
    "still_there_files": _("Files are left in shared storage."),
    "still_there_apps": _("Apps that were installed before are still there."),
}
WARNINGS = {
    "sd_card": _("An SD card is inserted; erasing the phone does not touch it."),
    "accounts": _("Accounts are signed in; the maker's activation lock may come up afterwards."),
    "more_users": _("Further users or cloned apps exist on this phone."),
    "trusts_station": _(
        "An erased phone still trusts this station; reset it by hand before it leaves."
    ),
}
