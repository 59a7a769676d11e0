"""The steps of a leaving case: each is done when the proofs say so, none is ever ticked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.accounts.opening import is_bound
from fleet.contracts.cases import StepOut
from fleet.contracts.custody import CheckName, CheckOut
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.checks import level_since
from fleet.custody.gate import gate_by
from fleet.custody.models import Holding
from fleet.custody.proofs import proofs_of
from fleet.custody.queries import certificates
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


@dataclass(frozen=True)
class Standing:
    """How far the things of leaving cases have come back, each by the id of its holding.

    `checks` are the gate's as they stand, or as they stood when the phone was accepted.
    """

    checks: Mapping[UUID, Mapping[CheckName, CheckOut]]
    passwords: Mapping[UUID, Level]


def standing(session: Session, holdings: Sequence[Holding]) -> Standing:
    """Read how far these have come back, in a fixed number of queries."""
    accounts = {one.id: one.account for one in holdings if one.account is not None}
    out = {one.id: one.device for one in holdings if one.device and one.returned_at is None}
    proofs = proofs_of(session, out.values(), accounts.values())
    papers = certificates(session, [one for one in holdings if one.returned_at])
    stood = {key: map(CheckOut.model_validate, paper.checks) for key, paper in papers.items()}
    stands = {key: gate_by(proofs, device).checks for key, device in out.items()}
    return Standing(
        checks={
            key: {check.check: check for check in checks}
            for key, checks in (*stood.items(), *stands.items())
        },
        passwords={
            key: level_since(proofs.credentials.get(account.id), account.returning_since)
            for key, account in accounts.items()
        },
    )


def steps(leaver: Leaver, holdings: Sequence[Holding], known: Standing) -> list[StepOut]:
    """Return the steps for `holdings`, in the order in which they can be done."""
    found = [
        *_passwords(leaver, holdings, known),
        *_of_phones(leaver, holdings, known),
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


def _passwords(leaver: Leaver, holdings: Sequence[Holding], known: Standing) -> Iterator[Step]:
    for holding in holdings:
        if holding.account is None:
            continue
        level = known.passwords[holding.id]
        yield Step(
            what=say(_how(holding), handle=holding.name),
            who=say(_("IT desk and {name}"), name=leaver.employee.name),
            due_on=leaver.due(PASSWORDS_BEFORE),
            level=level,
            done=level.at_least(Level.OBSERVED) or holding.returned_at is not None,
            needs=say(_("the phone at a station, its SIM, {name}"), name=leaver.employee.name),
        )


def _how(holding: Holding) -> str:
    if holding.account is not None and is_bound(holding.account):
        return _("Change the binding of {handle}, guided: it has no password")
    return _("Change the password of {handle}, guided")


def _of_phones(leaver: Leaver, holdings: Sequence[Holding], known: Standing) -> Iterator[Step]:
    for holding in holdings:
        if holding.device is not None:
            checks = known.checks.get(holding.id, {})
            yield _backup(leaver, holding, checks)
            yield _pin(leaver, holding, checks)
            yield _accepted(leaver, holding)


def _backup(leaver: Leaver, holding: Holding, checks: Mapping[CheckName, CheckOut]) -> Step:
    check = checks.get(CheckName.BACKUP)
    return Step(
        what=say(_("Back up {tag}, equal to the phone"), tag=holding.name),
        who=say(_("station")),
        due_on=leaver.due(BACKUPS_BEFORE),
        level=check.level if check else Level.NONE,
        done=check.ok if check else holding.returned_at is not None,
        needs=say(_("the phone at a station, unlocked once")),
    )


def _pin(leaver: Leaver, holding: Holding, checks: Mapping[CheckName, CheckOut]) -> Step:
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
