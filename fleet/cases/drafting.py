"""Working out the steps of cases before anything is stored, for one person or for hundreds."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from fleet.accounts.models import Account
from fleet.cases.models import Case, Step
from fleet.cases.steps import SPECS, due
from fleet.contracts.accounts import AccountKind
from fleet.contracts.cases import CaseStepKind, Office, StepState
from fleet.contracts.clock import day_of
from fleet.contracts.incidents import IncidentKind
from fleet.contracts.proof import Level
from fleet.custody.models import Holding
from fleet.custody.queries import held_by_each
from fleet.devices.models import Device
from fleet.incidents.models import Measure
from fleet.people.models import Department, Employee, Status
from fleet.requests.models import ChangeRequest

# Rooms that know what an account is to be called in a department: nothing where none does.
# Filled by `fleet.wiring`.
NAMES: Final[list[Callable[[Session, Account, Employee, Department], str | None]]] = []


@dataclass(frozen=True)
class Background:
    """What drafts look at, read once for all of them; each by the id of a person."""

    held: Mapping[UUID, Sequence[Holding]]
    requests: Mapping[UUID, int]


@dataclass
class Draft:
    """A case with the steps that its builders have added so far."""

    session: Session
    case: Case
    holdings: Sequence[Holding]
    requests: int = 0
    new: list[Step] = field(default_factory=list)

    def add(
        self,
        kind: CaseStepKind,
        *,
        holding: Holding | None = None,
        who: Employee | None = None,
        device: Device | None = None,
        measure: Measure | None = None,
        about: str | None = None,
    ) -> Step:
        spec, case = SPECS[kind], self.case
        nobody = spec.office is Office.PERSON and (who is None or who.status is Status.LEFT)
        step = Step(
            id=uuid4(),
            number=len(case.steps) + 1,
            kind=kind,
            doer=spec.doer,
            office=Office.DESK if nobody else spec.office,
            who=None if nobody else who,
            due_on=due(case, spec.before),
            after=_first(case, kind, holding),
            needed=spec.needed,
            waivable=spec.waivable,
            holding=holding,
            device=device,
            measure=measure,
            about=about,
            state=StepState.OPEN,
            level=Level.NONE,
        )
        case.steps.append(step)
        self.new.append(step)
        return step

    def of(self, thing: str) -> list[Holding]:
        """Return the holdings of a kind of thing: device, sim or account."""
        return [one for one in self.holdings if getattr(one, thing) is not None]


def _first(case: Case, kind: CaseStepKind, holding: Holding | None) -> list[int]:
    """Return the numbers of the steps that come before one of this kind about the same thing."""
    first = SPECS[kind].after
    return [
        one.number
        for one in case.steps
        if one.kind in first and (_of_all(one) or holding is None or one.holding is holding)
    ]


def _of_all(step: Step) -> bool:
    """Tell what comes before a step whatever thing either is about."""
    return step.holding is None or step.kind in {CaseStepKind.MOVE_SIM, CaseStepKind.MOVE_ACCOUNT}


Builder = Callable[[Draft], None]


def background(session: Session, people: Sequence[Employee]) -> Background:
    ids = {one.id for one in people}
    return Background(held_by_each(session, ids), requests_of(session, ids))


def requests_of(session: Session, people: Collection[UUID]) -> dict[UUID, int]:
    """Return how many requests of each of these people are open."""
    asked = (
        select(ChangeRequest.holder_id, func.count())
        .where(ChangeRequest.holder_id.in_(people), ChangeRequest.ended_at.is_(None))
        .group_by(ChangeRequest.holder_id)
    )
    return dict(iter(session.execute(asked)))


def drafted(
    session: Session, case: Case, builders: Sequence[Builder], known: Background
) -> list[Step]:
    """Add the steps of a case that is not stored; return them."""
    key = case.employee.id
    draft = Draft(session, case, known.held.get(key, ()), known.requests.get(key, 0))
    for build in builders:
        build(draft)
    return draft.new


# What kinds of cases are made of.


def pending_requests(draft: Draft) -> None:
    if draft.requests:
        draft.add(CaseStepKind.REQUESTS)


def passwords(draft: Draft) -> None:
    for one in draft.of("account"):
        draft.add(CaseStepKind.PASSWORD, holding=one)


def customers(draft: Draft) -> None:
    """WeCom's customers belong to the member: they are handed on in its console, by a person."""
    for one in draft.of("account"):
        if one.account is not None and one.account.kind is AccountKind.WECOM:
            draft.add(CaseStepKind.CUSTOMERS, holding=one, who=draft.case.successor)


def groups(draft: Draft) -> None:
    """Who leaves or moves is out of his groups at once, and none stays without an owner (G7).

    An account that stays with its department stays in the department's groups.
    """
    for one in draft.of("account"):
        if not stays_behind(draft.case, one):
            draft.add(CaseStepKind.GROUPS, holding=one, who=draft.case.successor)


def phones_back(draft: Draft) -> None:
    for one in draft.of("device"):
        for kind in (CaseStepKind.BACKUP, CaseStepKind.PIN, CaseStepKind.ACCEPT):
            draft.add(kind, holding=one)


def sims_back(draft: Draft) -> None:
    for one in draft.of("sim"):
        draft.add(CaseStepKind.SIM_BACK, holding=one)


def accounts_on(draft: Draft) -> None:
    for one in draft.of("account"):
        draft.add(CaseStepKind.HAND_ON, holding=one)


def of_the_department(draft: Draft) -> None:
    """What was made for the department he comes from stays there, with another password."""
    staying = [one for one in draft.of("account") if stays_behind(draft.case, one)]
    for one in staying:
        draft.add(CaseStepKind.PASSWORD, holding=one)
    for one in staying:
        draft.add(CaseStepKind.HAND_ON, holding=one)


def stays_behind(case: Case, holding: Holding) -> bool:
    account, target = holding.account, case.department
    made_for = account.department if account else None
    return made_for is not None and target is not None and made_for.id != target.id


def renamed(draft: Draft) -> None:
    target = draft.case.department
    for one in draft.of("account"):
        if one.account is None or target is None or stays_behind(draft.case, one):
            continue
        if one.account.kind is AccountKind.WECOM:
            draft.add(CaseStepKind.WECOM_DEPARTMENT, holding=one)
        wanted = name_for(draft.session, one.account, draft.case.employee, target)
        if wanted and wanted != one.account.nickname:
            draft.add(CaseStepKind.RENAME, holding=one, about=wanted)


def name_for(
    session: Session, account: Account, holder: Employee, department: Department
) -> str | None:
    named = (find(session, account, holder, department) for find in NAMES)
    return next((name for name in named if name), None)


def phones_swapped(draft: Draft) -> None:
    """The phone stays with the department, and another takes its place."""
    if draft.case.details.get("swap"):
        for _one in draft.of("device"):
            draft.add(CaseStepKind.ISSUE_PHONE)
        phones_back(draft)


def department_changed(draft: Draft) -> None:
    draft.add(CaseStepKind.DEPARTMENT)


def swapped(draft: Draft) -> None:
    """One phone goes and another comes: what is used on it moves, then its gate opens."""
    old = old_phone(draft)
    if old is None or old.device is None:
        return
    draft.add(CaseStepKind.BACKUP, holding=old)
    draft.add(CaseStepKind.ISSUE_PHONE, device=replacement(draft))
    for one in draft.of("sim"):
        if one.sim is not None and one.sim.device_id == old.device.id:
            draft.add(CaseStepKind.MOVE_SIM, holding=one)
    for one in draft.of("account"):
        if one.account is not None and one.account.device_id in {old.device.id, None}:
            draft.add(CaseStepKind.MOVE_ACCOUNT, holding=one)
    draft.add(CaseStepKind.CHATS_MOVED, who=draft.case.employee)
    draft.add(CaseStepKind.PIN, holding=old)
    draft.add(CaseStepKind.ACCEPT, holding=old)


def old_phone(draft: Draft) -> Holding | None:
    tag = draft.case.details.get("device")
    return next((one for one in draft.of("device") if one.name == tag), None)


def replacement(draft: Draft) -> Device | None:
    tag = draft.case.details.get("replacement")
    return draft.session.scalar(select(Device).where(Device.tag == tag)) if tag else None


def measures(draft: Draft) -> None:
    """Show what an incident demands, as its own measures stand."""
    incident = draft.case.incident
    known = {one.measure.id for one in draft.case.steps if one.measure is not None}
    for one in incident.measures if incident else ():
        if one.id not in known:
            draft.add(CaseStepKind.MEASURE, measure=one).due_on = day_of(one.due_at)


def theft_reported(draft: Draft) -> None:
    incident = draft.case.incident
    if incident is not None and incident.kind is IncidentKind.STOLEN:
        draft.add(CaseStepKind.POLICE, who=draft.case.employee)


def another_phone(draft: Draft) -> None:
    """Whoever has lost his phone needs one: waived where he does not."""
    incident = draft.case.incident
    if incident is not None and any(one.device is not None for one in incident.things):
        draft.add(CaseStepKind.ISSUE_PHONE)


def things_to_hand(draft: Draft) -> None:
    details = draft.case.details
    if details.get("phone"):
        draft.add(CaseStepKind.ISSUE_PHONE)
    if details.get("sim"):
        draft.add(CaseStepKind.ISSUE_SIM)
    for kind in details.get("accounts", ()):
        draft.add(CaseStepKind.ISSUE_ACCOUNT, about=kind)
    draft.add(CaseStepKind.VALUES)
    draft.add(CaseStepKind.RECEIPT, who=draft.case.employee)


def account_handed_on(draft: Draft) -> None:
    """Three parties hand an account on: who gives, who takes, and a witness."""
    case, handle = draft.case, draft.case.details["account"]
    one = next((held for held in draft.of("account") if held.name == handle), None)
    if one is None:
        return
    witness = draft.session.scalar(
        select(Employee)
        .where(Employee.number == case.details.get("witness"))
        .options(joinedload(Employee.department))
    )
    draft.add(CaseStepKind.PASSWORD, holding=one)
    if one.account is not None and one.account.kind is AccountKind.WECOM:
        draft.add(CaseStepKind.CUSTOMERS, holding=one, who=case.successor)
    draft.add(CaseStepKind.GIVER_SIGNS, holding=one, who=case.employee)
    draft.add(CaseStepKind.RECEIVER_SIGNS, holding=one, who=case.successor)
    draft.add(CaseStepKind.WITNESS_SIGNS, holding=one, who=witness)
    draft.add(CaseStepKind.HAND_ON, holding=one)


def pin_known(draft: Draft) -> None:
    """A phone that was handed out while the case is open: its PIN is to be the company's."""
    for one in draft.of("device"):
        draft.add(CaseStepKind.PIN_KNOWN, holding=one)
