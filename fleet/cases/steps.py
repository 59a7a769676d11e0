"""What each kind of step means: who does it, by when, what it needs, what shows that it is done.

A step with a `truth` is read from that and never ticked; one without is done by a person's word.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from fleet.accounts.opening import is_bound
from fleet.cases.models import Case, Step
from fleet.cases.standing import Standing
from fleet.contracts.cases import CaseKind, CaseStepKind, Doer, Office, StepState, WaivedBy
from fleet.contracts.clock import day_of
from fleet.contracts.custody import CheckName, Thing
from fleet.contracts.incidents import MeasureState
from fleet.contracts.labels import label
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.models import Holding
from fleet.incidents.guides import guide


@dataclass(frozen=True)
class Found:
    """How a step stands: done or not, how well that is known, and who let it be."""

    done: bool
    level: Level = Level.NONE
    by: str | None = None
    asked: str | None = None  # number of a waiver of the gate that waits to be decided


Truth = Callable[[Step, Standing], Found]
EVERYTHING: Final = frozenset(CaseStepKind)


@dataclass(frozen=True)
class Spec:
    """`before`: so long before the last day it is due. `after`: kinds that come first.

    `minutes` at a station, about. `how`: what somebody does next.
    """

    what: str
    doer: Doer
    office: Office
    how: str
    needs: str = ""
    before: timedelta = timedelta()
    needed: Level = Level.DECLARED
    after: frozenset[CaseStepKind] = frozenset()
    minutes: int = 0
    waivable: WaivedBy | None = None
    check: CheckName | None = None  # of the gate, whose waiver lets the step be
    truth: Truth | None = None


def _returned(step: Step, _known: Standing) -> Found:
    ended = step.holding is not None and step.holding.returned_at is not None
    return Found(ended, Level.DECLARED if ended else Level.NONE)


def _password(step: Step, known: Standing) -> Found:
    holding = _holding(step)
    level, waived = known.passwords[holding.id], known.waived.get(holding.id)
    done = level.at_least(Level.OBSERVED) or holding.returned_at is not None
    return Found(done or waived is not None, level, None if done else waived)


def _checked(name: CheckName) -> Truth:
    def truth(step: Step, known: Standing) -> Found:
        holding = _holding(step)
        check = known.checks.get(holding.id, {}).get(name)
        if check is None:
            return Found(holding.returned_at is not None)
        return Found(check.ok, check.level, check.waived_by, check.asked_waiver)

    return truth


def _issued(thing: Thing) -> Truth:
    """Something of the kind was handed to the person since the case was opened."""

    def truth(step: Step, known: Standing) -> Found:
        new = [one for one in known.new(step.case) if one.thing is thing]
        fitting = [one for one in new if _fits(step, one)]
        return Found(bool(fitting), Level.DECLARED if fitting else Level.NONE)

    return truth


def _fits(step: Step, holding: Holding) -> bool:
    if step.about and holding.account is not None:
        return holding.account.kind.value == step.about
    if step.device is not None:
        return holding.device is not None and holding.device.id == step.device.id
    return True


def _sim_moved(step: Step, known: Standing) -> Found:
    """A visit has seen the card in the phone that takes the place of the other."""
    sim = _holding(step).sim
    phones = {one.device.id for one in known.new(step.case) if one.device is not None}
    moved = sim is not None and sim.device_id in phones
    return Found(moved, Level.OBSERVED if moved else Level.NONE)


def _with_receiver(step: Step, known: Standing) -> Found:
    """Somebody who takes over has it; without a successor it has come back into stock."""
    receiver, account = step.case.successor, _holding(step).account
    if receiver is None or account is None:
        return _returned(step, known)
    theirs = {one.account_id for one in known.held.get(receiver.id, ())}
    has = account.id in theirs
    return Found(has, Level.DECLARED if has else Level.NONE)


def _renamed(step: Step, _known: Standing) -> Found:
    account = _holding(step).account
    same = account is not None and account.nickname == step.about
    return Found(same, Level.DECLARED if same else Level.NONE)


def _moved(step: Step, _known: Standing) -> Found:
    case = step.case
    there = case.department is not None and case.employee.department_id == case.department.id
    return Found(there, Level.VERIFIED if there else Level.NONE)


def _measured(step: Step, _known: Standing) -> Found:
    measure = step.measure
    if measure is None or measure.state is MeasureState.OPEN:
        return Found(done=False)
    return Found(done=True, level=measure.level, by=measure.by)


def _pin_known(step: Step, known: Standing) -> Found:
    device = _holding(step).device
    level = known.pins.get(device.id, Level.NONE) if device else Level.NONE
    return Found(level.at_least(Level.VERIFIED), level)


def _handed_over(step: Step, known: Standing) -> Found:
    done = step.case.employee.id not in known.waiting and bool(known.new(step.case))
    return Found(done, Level.DECLARED if done else Level.NONE)


def _requests_closed(_step: Step, _known: Standing) -> Found:
    return Found(done=False)  # said by the row: closed as the case was opened


def _holding(step: Step) -> Holding:
    assert step.holding is not None  # noqa: S101 — its builder gives it one
    return step.holding


_by_person: Final = partial(Spec, doer=Doer.PERSON, office=Office.PERSON, waivable=WaivedBy.CASES)
_by_desk: Final = partial(Spec, doer=Doer.PERSON, office=Office.DESK)
_DO: Final = _("Say so: `workfleet case do {case} {step} --note TEXT`.")
_SIGN: Final = _(
    "Have the hand-over signed by all three: `workfleet paper make account_hand_over {handle} "
    "--to {receiver}`; or say so: `workfleet case do {case} {step} --note TEXT`."
)

SPECS: Final[Mapping[CaseStepKind, Spec]] = {
    CaseStepKind.REQUESTS: Spec(
        _("Close what {name} has asked for"),
        Doer.RULE,
        Office.SYSTEM,
        "",
        truth=_requests_closed,
    ),
    CaseStepKind.PASSWORD: Spec(
        _("Change the password of {handle}, guided"),
        Doer.JOB,
        Office.DESK,
        _("Change it at a station: `workfleet rotate {handle}`."),
        needs=_("the phone at a station, its SIM, {name}"),
        before=timedelta(days=2),
        needed=Level.OBSERVED,
        minutes=8,
        waivable=WaivedBy.GATE,
        check=CheckName.ACCOUNTS,
        truth=_password,
    ),
    CaseStepKind.CUSTOMERS: _by_person(
        _("Hand on the customers of {handle} in WeCom's admin console"),
        how=_DO,
        needs=_("the WeCom admin console, and {to}"),
        before=timedelta(days=7),
    ),
    CaseStepKind.GROUPS: _by_person(
        _("Change the work groups of {handle}: another owner where it is one, out of the others"),
        how=_DO,
        needs=_("the app of {handle}"),
    ),
    CaseStepKind.BACKUP: Spec(
        _("Back up {tag}, equal to the phone"),
        Doer.JOB,
        Office.STATION,
        _("Keep it plugged in at a station; start one with `workfleet backup run {tag}`."),
        needs=_("the phone at a station, unlocked once"),
        before=timedelta(days=1),
        needed=Level.OBSERVED,
        minutes=20,
        waivable=WaivedBy.GATE,
        check=CheckName.BACKUP,
        truth=_checked(CheckName.BACKUP),
    ),
    CaseStepKind.PIN: Spec(
        _("Rotate the PIN of {tag}, proven"),
        Doer.JOB,
        Office.STATION,
        _("Rotate it at a station: `workfleet rotate {tag}`."),
        needs=_("the phone at a station"),
        needed=Level.PROVEN,
        minutes=2,
        waivable=WaivedBy.GATE,
        check=CheckName.PIN,
        truth=_checked(CheckName.PIN),
    ),
    CaseStepKind.ACCEPT: _by_desk(
        _("Accept {tag} and wipe it"),
        how=_("`workfleet gate {tag}` says what is open, `workfleet accept {tag}` takes it back."),
        needs=_("every check of the gate"),
        after=frozenset(
            {
                CaseStepKind.BACKUP,
                CaseStepKind.PIN,
                CaseStepKind.MOVE_SIM,
                CaseStepKind.MOVE_ACCOUNT,
                CaseStepKind.CHATS_MOVED,
            }
        ),
        minutes=10,
        truth=_returned,
    ),
    CaseStepKind.SIM_BACK: _by_desk(
        _("Take back the SIM {number}"),
        how=_("Take the card: `workfleet sim return {number}`."),
        truth=_returned,
    ),
    CaseStepKind.HAND_ON: _by_desk(
        _("Hand {handle} on to {to}"),
        how=_(
            "`workfleet reassign {handle} --to {receiver}`, or `workfleet account return {handle}`."
        ),
        needs=_("its password changed"),
        after=frozenset(
            {
                CaseStepKind.PASSWORD,
                CaseStepKind.GIVER_SIGNS,
                CaseStepKind.RECEIVER_SIGNS,
                CaseStepKind.WITNESS_SIGNS,
            }
        ),
        truth=_returned,
    ),
    CaseStepKind.RENAME: _by_desk(
        _("Give {handle} the name {about}"),
        how=_("Change it in the app, and take it into the register."),
        waivable=WaivedBy.CASES,
        truth=_renamed,
    ),
    CaseStepKind.WECOM_DEPARTMENT: _by_desk(
        _("Move {handle} to {department} in WeCom's address book"),
        how=_DO,
        needs=_("the WeCom admin console"),
        waivable=WaivedBy.CASES,
    ),
    CaseStepKind.DEPARTMENT: Spec(
        _("Enter {name} under {department}"),
        Doer.RULE,
        Office.SYSTEM,
        _("It follows by itself, once the other steps are done and the day has come."),
        after=EVERYTHING,
        truth=_moved,
    ),
    CaseStepKind.ISSUE_PHONE: _by_desk(
        _("Hand {name} a phone ({phone})"),
        how=_("`workfleet issue --to {employee} --device TAG`."),
        minutes=10,
        waivable=WaivedBy.CASES,
        truth=_issued(Thing.DEVICE),
    ),
    CaseStepKind.ISSUE_SIM: _by_desk(
        _("Hand {name} a SIM"),
        how=_("`workfleet issue --to {employee} --sim NUMBER`."),
        waivable=WaivedBy.CASES,
        truth=_issued(Thing.SIM),
    ),
    CaseStepKind.ISSUE_ACCOUNT: _by_desk(
        _("Hand {name} an account ({about})"),
        how=_("`workfleet issue --to {employee} --account HANDLE`."),
        waivable=WaivedBy.CASES,
        truth=_issued(Thing.ACCOUNT),
    ),
    CaseStepKind.MOVE_SIM: _by_desk(
        _("Put the SIM {number} into the new phone"),
        how=_("Plug the new phone in at a station: the card is seen there."),
        after=frozenset({CaseStepKind.ISSUE_PHONE}),
        needed=Level.OBSERVED,
        waivable=WaivedBy.CASES,
        truth=_sim_moved,
    ),
    CaseStepKind.MOVE_ACCOUNT: _by_desk(
        _("Sign {handle} in on the new phone, and out on the old one"),
        how=_DO,
        needs=_("both phones, {name}"),
        after=frozenset({CaseStepKind.ISSUE_PHONE}),
        waivable=WaivedBy.CASES,
        minutes=10,
    ),
    CaseStepKind.CHATS_MOVED: _by_person(
        _("Say that the chats are on the new phone"),
        how=_DO,
        after=frozenset({CaseStepKind.ISSUE_PHONE, CaseStepKind.MOVE_ACCOUNT}),
    ),
    CaseStepKind.PIN_KNOWN: Spec(
        _("Set the PIN of {tag}, verified"),
        Doer.JOB,
        Office.STATION,
        _("Rotate it at a station: `workfleet rotate {tag}`."),
        needs=_("the phone at a station"),
        needed=Level.VERIFIED,
        minutes=2,
        waivable=WaivedBy.CASES,
        truth=_pin_known,
    ),
    CaseStepKind.VALUES: _by_desk(
        _("Hand {name} what opens the things"),
        how=_("`workfleet request list --to-hand-over` names them."),
        after=frozenset(
            {CaseStepKind.ISSUE_PHONE, CaseStepKind.ISSUE_ACCOUNT, CaseStepKind.PIN_KNOWN}
        ),
        waivable=WaivedBy.CASES,
        truth=_handed_over,
    ),
    CaseStepKind.RECEIPT: _by_person(
        _("Confirm what was received"),
        how=_DO,
        after=frozenset(
            {
                CaseStepKind.ISSUE_PHONE,
                CaseStepKind.ISSUE_SIM,
                CaseStepKind.ISSUE_ACCOUNT,
                CaseStepKind.VALUES,
            }
        ),
    ),
    CaseStepKind.MEASURE: _by_desk(
        "",  # the measure says it
        how="",
        truth=_measured,
    ),
    CaseStepKind.POLICE: _by_person(
        _("Report the theft to the police"),
        how=_DO,
    ),
    CaseStepKind.GIVER_SIGNS: _by_person(
        _("Say that {handle} is handed on, and what is open in it"),
        how=_SIGN,
        before=timedelta(days=1),
    ),
    CaseStepKind.RECEIVER_SIGNS: _by_person(
        _("Say that {handle} is taken over, whose it was first being known"),
        how=_SIGN,
        before=timedelta(days=1),
    ),
    CaseStepKind.WITNESS_SIGNS: _by_person(
        _("Say that both have handed {handle} on and taken it over"),
        how=_SIGN,
        after=frozenset({CaseStepKind.GIVER_SIGNS, CaseStepKind.RECEIVER_SIGNS}),
        before=timedelta(days=1),
    ),
}
# What each of three says of a hand-over, or signs.
SIGNED: Final = frozenset(
    {CaseStepKind.GIVER_SIGNS, CaseStepKind.RECEIVER_SIGNS, CaseStepKind.WITNESS_SIGNS}
)
BINDING: Final = _("Change the binding of {handle}, guided: it has no password")
# What a person says he has done; the others show themselves.
BY_WORD: Final = frozenset(kind for kind, spec in SPECS.items() if spec.truth is None)
# What is open as long as the thing is out: told by the row of the holding alone.
COMING_BACK: Final = frozenset({CaseStepKind.ACCEPT, CaseStepKind.SIM_BACK, CaseStepKind.HAND_ON})


def found(step: Step, known: Standing) -> Found:
    """Return how a step stands; what has ended says so itself."""
    truth = SPECS[step.kind].truth
    if step.case.kind in _TO_RECEIVER and step.kind is CaseStepKind.HAND_ON:
        truth = _with_receiver
    if step.state is not StepState.OPEN or truth is None:
        return Found(not step.is_open, step.level, step.by)
    return truth(step, known)


_TO_RECEIVER: Final = frozenset({CaseKind.REASSIGNMENT, CaseKind.TRANSFER})


def what(step: Step) -> str:
    """Say what is to be done."""
    if step.measure is not None:
        return say("{what}: {name}", what=label(step.measure.kind), name=step.measure.name)
    holding = step.holding
    if (
        step.kind is CaseStepKind.PASSWORD
        and holding
        and holding.account
        and is_bound(holding.account)
    ):
        return say(BINDING, **names(step))
    return say(SPECS[step.kind].what, **names(step))


def needs(step: Step) -> str:
    text = SPECS[step.kind].needs
    return say(text, **names(step)) if text else ""


def how(step: Step) -> str:
    """Say what somebody does next."""
    if step.measure is not None:
        return guide(step.measure.kind, step.measure.thing, step.measure.name)
    text = SPECS[step.kind].how
    return say(text, **names(step)) if text else ""


def who(step: Step) -> str:
    """Say by whom a step is done."""
    if step.who is not None:
        return step.who.name
    if step.kind is CaseStepKind.PASSWORD:
        return say(_("IT desk and {name}"), name=step.case.employee.name)
    return say(_OFFICES[step.office])


_OFFICES: Final = {
    Office.DESK: _("IT desk"),
    Office.STATION: _("station"),
    Office.SYSTEM: _("by itself"),
    Office.PERSON: _("IT desk"),  # nobody could be named
}


def names(step: Step) -> Mapping[str, Any]:
    """Return what fills the blanks of sentences about a step."""
    case, name = step.case, step.holding.name if step.holding else ""
    return {
        "case": case.number or "NUMBER",
        "step": step.number,
        "name": case.employee.name,
        "employee": case.employee.number,
        "to": case.successor.name if case.successor else say(_("stock")),
        "receiver": case.successor.number if case.successor else "NUMBER",
        "department": case.department.name if case.department else "",
        "phone": step.device.tag if step.device else say(_("any that is in stock")),
        "about": _about(step),
        "handle": name,
        "tag": name,
        "number": name,
    }


def _about(step: Step) -> str:
    return (step.about or "") if step.kind is CaseStepKind.RENAME else label(step.about or "")


def due(case: Case, before: timedelta) -> date:
    """Return when a step is due: never before the case was begun."""
    return max(case.by - before, day_of(case.begun_at))
