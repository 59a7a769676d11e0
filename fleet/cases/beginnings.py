"""What a case begins as it is opened, and what of that can be taken back."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.access.actor import Actor, ActorKind
from fleet.accounts import lifecycle as account_lifecycle
from fleet.accounts.errors import NoNumberToBind
from fleet.accounts.models import Account
from fleet.accounts.opening import key_of
from fleet.backups import flow
from fleet.backups.errors import BackupEnded, BackupUnderWay
from fleet.backups.queries import live_backup
from fleet.backups.services import Asked as BackupsAsked
from fleet.backups.services import plan_backups
from fleet.builds.errors import BuildUntrusted
from fleet.cases.drafting import stays_behind
from fleet.cases.models import Case
from fleet.contracts.cases import CaseKind, CaseStepKind
from fleet.contracts.custody import CheckName
from fleet.contracts.keeping import Purpose
from fleet.contracts.words import _, say
from fleet.custody.models import Holding
from fleet.custody.proofs import proofs_of
from fleet.custody.services import start_account_returns, start_returns
from fleet.custody.staying import stay
from fleet.devices import lifecycle as device_lifecycle
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.people.models import Status
from fleet.people.services import start_leaving, take_leaving_back
from fleet.requests.ending import close_of_leavers
from fleet.rotation import cancelling
from fleet.rotation.errors import LockWasChanged, RotationEnded, RotationUnderWay
from fleet.rotation.queries import live_rotation
from fleet.rotation.services import Asked, plan_rotations
from fleet.stations.errors import JobUnderWay
from fleet.vault.queries import known_credential, pin_of
from fleet.vault.tools import Tools

RETURNING: Final = "returning"  # of phones and accounts alike
BEGUN: Final = "begun"  # of the details: whose return this case began, by their names


Going = Sequence[tuple[Case, Sequence[Holding]]]  # what comes back, of each case


def nothing(_session: Session, _tools: Tools, _cases: Sequence[Case], _actor: Actor) -> None:
    """Begin nothing: its steps are done one by one."""


def leaving(session: Session, tools: Tools, cases: Sequence[Case], actor: Actor) -> None:
    people = [case.employee for case in cases]
    active = [(case.employee, case.by) for case in cases if case.employee.status is Status.ACTIVE]
    start_leaving(session, active, actor=actor)
    close_of_leavers(session, people, actor=actor)
    _come_back(session, tools, [(case, _out(case)) for case in cases], actor)


def transfer(session: Session, tools: Tools, cases: Sequence[Case], actor: Actor) -> None:
    """Begin the return of what stays with the department: its accounts, and phones to be swapped.

    A phone that he keeps is not touched.
    """
    going = [(case, [one for one in _out(case) if _is_left(case, one)]) for case in cases]
    _come_back(session, tools, going, actor)


def _is_left(case: Case, one: Holding) -> bool:
    return stays_behind(case, one) or (one.device is not None and bool(case.details.get("swap")))


def swap(session: Session, tools: Tools, cases: Sequence[Case], actor: Actor) -> None:
    going = [
        (case, [one for one in _out(case) if one.name == case.details.get("device")])
        for case in cases
    ]
    _come_back(session, tools, going, actor)


def handing_on(session: Session, tools: Tools, cases: Sequence[Case], actor: Actor) -> None:
    _come_back(session, tools, [(case, _out(case)) for case in cases], actor)


def _out(case: Case) -> list[Holding]:
    return [one for one in case.holdings if one.returned_at is None]


def _come_back(session: Session, tools: Tools, going: Going, actor: Actor) -> None:
    """Begin the returns of all of it together, then plan what stations are to do about it."""
    every = [one for _case, holdings in going for one in holdings]
    phones = [one for one in _phones(every) if one.state is device_lifecycle.State.ISSUED]
    accounts = [one for one in _accounts(every) if one.state is account_lifecycle.State.ISSUED]
    start_returns(session, phones, actor=actor)
    start_account_returns(session, accounts, actor=actor)
    started = {one.id for one in (*phones, *accounts)}
    for case, holdings in going:
        names = {one.name for one in holdings if {one.device_id, one.account_id} & started}
        case.details = {
            **case.details,
            BEGUN: sorted(names | set(case.details.get(BEGUN, ()))),
        }
    _plan_work(session, tools, going, actor)


def _plan_work(session: Session, tools: Tools, going: Going, actor: Actor) -> None:
    """Plan passwords first (they need the person), then backups, then PINs.

    A change or a backup that is under way already ends after the return began and counts for it.
    """
    every = [one for _case, holdings in going for one in holdings]
    reason = going[0][0].kind
    purpose = Purpose.LEAVING if reason is CaseKind.LEAVING else Purpose.RETURN
    whose = {one.device_id: one.employee for one in every if one.device_id}
    backups = BackupsAsked(reason.value, purpose, whose)
    changes = Asked(reason.value, quiet=actor.kind is not ActorKind.USER)
    accounts, phones = _accounts(every), _phones(every)
    _left(plan_rotations(session, tools, accounts, changes, actor=actor).refused)
    _left(plan_backups(session, tools, phones, backups, actor=actor).refused)
    _left(plan_rotations(session, tools, phones, changes, actor=actor).refused)


def _left(refused: Mapping[UUID, FleetError]) -> None:
    """Let a step be open that people see to; whatever else is refused, refuses the case."""
    for refusal in refused.values():
        if not isinstance(refusal, LEFT_TO_PEOPLE):
            raise refusal


# Each of them shows as a step that is not done; the case begins all the same.
LEFT_TO_PEOPLE: Final = (
    LockWasChanged,
    NoNumberToBind,
    BuildUntrusted,
    RotationUnderWay,
    BackupUnderWay,
)


def _phones(holdings: Sequence[Holding]) -> list[Device]:
    return [item.device for item in holdings if item.device is not None]


def _accounts(holdings: Sequence[Holding]) -> list[Account]:
    return [item.account for item in holdings if item.account is not None]


def taken_back(
    session: Session, tools: Tools, case: Case, actor: Actor
) -> tuple[list[str], list[str]]:
    """Take back what a case began; return what was taken back, and what cannot be, in words."""
    undone: list[str] = []
    left = _ended_already(case)
    begun = set(case.details.get(BEGUN, ()))
    for one in _out(case):
        thing = one.device or one.account
        if thing is None or one.name not in begun:
            continue
        told, kept = _work_taken_back(session, tools, case, thing, actor)
        undone += told
        left += kept
        if thing.state.value == RETURNING:
            left += _given_in(session, thing)
            stay(session, thing, actor=actor)
            undone.append(_stays(case, one))
    if case.kind is CaseKind.LEAVING and case.employee.status is Status.LEAVING:
        take_leaving_back(session, case.employee, actor=actor)
        undone.append(say(_("{name} stays."), name=_name(case)))
    case.details = {key: value for key, value in case.details.items() if key != BEGUN}
    return undone, left


def foreseen(session: Session, case: Case) -> tuple[list[str], list[str]]:
    """Return what would be taken back of what stays with its holder, and what would not."""
    left, undone = _ended_already(case), []
    begun = set(case.details.get(BEGUN, ()))
    for one in _out(case):
        thing = one.device or one.account
        if thing is not None and one.name in begun and thing.state.value == RETURNING:
            left += _given_in(session, thing)
            undone.append(_stays(case, one))
    if case.kind is CaseKind.LEAVING and case.employee.status is Status.LEAVING:
        undone.append(say(_("{name} stays."), name=_name(case)))
    return undone, left


def _stays(case: Case, one: Holding) -> str:
    return say(_("{thing} stays with {name}."), thing=one.name, name=_name(case))


def _name(case: Case) -> str:
    return case.employee.name


def _ended_already(case: Case) -> list[str]:
    """Name what has come back, and what was closed: that is not taken back by itself."""
    back = [one for one in case.holdings if one.returned_at is not None]
    text = _("{thing} has come back; hand it out again where {name} is to have it.")
    left = [say(text, thing=one.name, name=_name(case)) for one in back]
    if any(step.kind is CaseStepKind.REQUESTS for step in case.steps):
        left.append(say(_("What {name} had asked for was closed."), name=_name(case)))
    return left


def _given_in(session: Session, thing: Device | Account) -> list[str]:
    if not isinstance(thing, Device):
        return []
    said = proofs_of(session, [thing]).declared.get(thing.id, ())
    if not any(one.check_name is CheckName.HANDED_BACK for one in said):
        return []
    return [say(_("{thing} was given in: hand it back to its holder."), thing=thing.tag)]


def _work_taken_back(
    session: Session, tools: Tools, case: Case, thing: Device | Account, actor: Actor
) -> tuple[list[str], list[str]]:
    """Cancel the change and the backup that the case planned and no station is at."""
    name = thing.tag if isinstance(thing, Device) else thing.handle
    asked: list[tuple[bool | None, str, str]] = [
        (
            _change_cancelled(session, tools, case, thing, actor),
            say(_("The change of what opens {thing} is cancelled."), thing=name),
            say(_("A station is changing what opens {thing}: that goes on."), thing=name),
        )
    ]
    if isinstance(thing, Device):
        asked.append(
            (
                _backup_cancelled(session, tools, case, thing, actor),
                say(_("The backup of {thing} is cancelled."), thing=name),
                "",
            )
        )
    undone = [told for done, told, _kept in asked if done]
    left = [kept for done, _told, kept in asked if done is False]
    return undone, left


def _change_cancelled(
    session: Session, tools: Tools, case: Case, thing: Device | Account, actor: Actor
) -> bool | None:
    """Tell whether it was cancelled; None where there was nothing of this case to cancel."""
    subject = pin_of(thing) if isinstance(thing, Device) else key_of(thing)
    credential = known_credential(session, subject)
    rotation = live_rotation(session, credential) if credential else None
    if rotation is None or rotation.asked != case.kind.value:
        return None
    try:
        with session.begin_nested():
            cancelling.cancel(session, tools, rotation, actor=actor)
    except (JobUnderWay, RotationEnded):
        return False
    return True


def _backup_cancelled(
    session: Session, tools: Tools, case: Case, device: Device, actor: Actor
) -> bool | None:
    backup = live_backup(session, device)
    if backup is None or backup.asked != case.kind.value:
        return None
    with suppress(BackupEnded):
        flow.cancel(session, tools, backup, actor=actor)
        return True
    return None
