"""The steps of a leaving case: each is done when the proofs say so, none is ever ticked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from fleet.contracts.cases import StepOut
from fleet.contracts.custody import CheckName, CheckOut
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.checks import password_level
from fleet.custody.gate import gate
from fleet.custody.models import Holding
from fleet.custody.queries import certificate_since
from fleet.devices.models import Device
from fleet.people.models import Employee

# So many days before the person leaves, what needs them is to be done.
PASSWORDS_BEFORE = timedelta(days=2)
BACKUPS_BEFORE = timedelta(days=1)


@dataclass(frozen=True)
class Leaver:
    """Whose steps they are; no step is due before the case was begun."""

    employee: Employee
    successor: Employee | None
    by: date
    begun: date

    def due(self, before: timedelta = timedelta()) -> date:
        return max(self.by - before, self.begun)


@dataclass(frozen=True)
class Step:
    what: str
    who: str
    due_on: date
    level: Level
    done: bool
    needs: str = ""


def steps(session: Session, leaver: Leaver, holdings: Sequence[Holding]) -> list[StepOut]:
    """Return the steps for `holdings`, in the order in which they can be done."""
    found = [
        *_passwords(session, leaver, holdings),
        *_of_phones(session, leaver, holdings),
        *_sims(leaver, holdings),
        *_accounts(leaver, holdings),
    ]
    return [
        StepOut(
            number=number,
            what=step.what,
            who=step.who,
            due_on=step.due_on,
            done=step.done,
            level=step.level,
            needs=step.needs,
        )
        for number, step in enumerate(found, start=1)
    ]


def _passwords(session: Session, leaver: Leaver, holdings: Sequence[Holding]) -> Iterator[Step]:
    for holding in holdings:
        if holding.account is None:
            continue
        level = password_level(session, holding.account, holding.account.returning_since)
        yield Step(
            what=say(_("Change the password of {handle}, guided"), handle=holding.name),
            who=say(_("IT desk and {name}"), name=leaver.employee.name),
            due_on=leaver.due(PASSWORDS_BEFORE),
            level=level,
            done=level.at_least(Level.OBSERVED) or holding.returned_at is not None,
            needs=say(_("the phone at a station, its SIM, {name}"), name=leaver.employee.name),
        )


def _of_phones(session: Session, leaver: Leaver, holdings: Sequence[Holding]) -> Iterator[Step]:
    for holding in holdings:
        if holding.device is not None:
            checks = _checks(session, holding, holding.device)
            yield _backup(leaver, holding, checks)
            yield _pin(leaver, holding, checks)
            yield _accepted(leaver, holding)


def _checks(session: Session, holding: Holding, device: Device) -> dict[CheckName, CheckOut]:
    """Return the gate's checks as they stand, or as they stood when the phone was accepted."""
    if holding.returned_at is None:
        return {check.check: check for check in gate(session, device).checks}
    paper = certificate_since(session, device, holding.returned_at)
    stood = [CheckOut.model_validate(check) for check in paper.checks] if paper else []
    return {check.check: check for check in stood}


def _backup(leaver: Leaver, holding: Holding, checks: dict[CheckName, CheckOut]) -> Step:
    check = checks.get(CheckName.BACKUP)
    return Step(
        what=say(_("Back up {tag}, equal to the phone"), tag=holding.name),
        who=say(_("station")),
        due_on=leaver.due(BACKUPS_BEFORE),
        level=check.level if check else Level.NONE,
        done=check.ok if check else holding.returned_at is not None,
        needs=say(_("the phone at a station, unlocked once")),
    )


def _pin(leaver: Leaver, holding: Holding, checks: dict[CheckName, CheckOut]) -> Step:
    check = checks.get(CheckName.PIN)
    return Step(
        what=say(_("Rotate the PIN of {tag}, proven"), tag=holding.name),
        who=say(_("station")),
        due_on=leaver.due(),
        level=check.level if check else Level.NONE,
        done=check.ok if check else holding.returned_at is not None,
        needs=say(_("the phone at a station")),
    )


def _accepted(leaver: Leaver, holding: Holding) -> Step:
    returned = holding.returned_at is not None
    return Step(
        what=say(_("Accept {tag} and wipe it"), tag=holding.name),
        who=say(_("IT desk")),
        due_on=leaver.due(),
        level=Level.DECLARED if returned else Level.NONE,
        done=returned,
        needs=say(_("every check of the gate")),
    )


def _sims(leaver: Leaver, holdings: Sequence[Holding]) -> Iterator[Step]:
    for holding in holdings:
        if holding.sim is not None:
            returned = holding.returned_at is not None
            yield Step(
                what=say(_("Take back the SIM {number}"), number=holding.name),
                who=say(_("IT desk")),
                due_on=leaver.due(),
                level=Level.DECLARED if returned else Level.NONE,
                done=returned,
            )


def _accounts(leaver: Leaver, holdings: Sequence[Holding]) -> Iterator[Step]:
    to = leaver.successor.name if leaver.successor else say(_("stock"))
    for holding in holdings:
        if holding.account is not None:
            returned = holding.returned_at is not None
            yield Step(
                what=say(_("Hand {handle} on to {to}"), handle=holding.name, to=to),
                who=leaver.successor.name if leaver.successor else say(_("IT desk")),
                due_on=leaver.due(),
                level=Level.DECLARED if returned else Level.NONE,
                done=returned,
                needs=say(_("its password changed")),
            )
