"""How far the things of cases have come, read from the proofs in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.cases.models import Case
from fleet.contracts.custody import CheckName, CheckOut
from fleet.contracts.proof import Level
from fleet.custody.checks import level_since
from fleet.custody.gate import gate_by
from fleet.custody.models import Holding
from fleet.custody.proofs import Proofs, proofs_of
from fleet.custody.queries import certificates, held_by_each
from fleet.requests.models import ChangeRequest
from fleet.requests.queries import to_hand_over
from fleet.vault.models import Credential


@dataclass(frozen=True)
class Standing:
    """Each by the id of its holding, but `held` and `waiting` by that of a person.

    `checks` are the gate's as they stand, or as they stood when the phone was accepted. `pins` go
    by the id of the phone. `waiting` have a value to be handed over.
    """

    checks: Mapping[UUID, Mapping[CheckName, CheckOut]]
    passwords: Mapping[UUID, Level]
    waived: Mapping[UUID, str]
    pins: Mapping[UUID, Level]
    held: Mapping[UUID, Sequence[Holding]]
    waiting: frozenset[UUID]

    def new(self, case: Case) -> list[Holding]:
        """Return what a case's person was handed since it was opened."""
        theirs = self.held.get(case.employee.id, ())
        return [one for one in theirs if one.issued_at >= case.begun_at]


def standing(session: Session, cases: Sequence[Case]) -> Standing:
    """Read how far these have come; a case that is not stored yet is read alike."""
    holdings = [holding for case in cases for holding in case.holdings]
    people = {case.employee.id for case in cases}
    receivers = {case.successor.id for case in cases if case.successor}
    held = held_by_each(session, people | receivers)
    accounts = {one.id: one.account for one in holdings if one.account is not None}
    known = [*holdings, *(one for some in held.values() for one in some)]
    out = {one.id: one.device for one in known if one.device and one.returned_at is None}
    proofs = proofs_of(session, out.values(), accounts.values())
    papers = certificates(session, [one for one in holdings if one.returned_at])
    stood = {key: map(CheckOut.model_validate, paper.stood) for key, paper in papers.items()}
    wanted = {one.id for one in holdings}
    stands = {key: gate_by(proofs, phone).checks for key, phone in out.items() if key in wanted}
    return Standing(
        checks={
            key: {check.check: check for check in checks}
            for key, checks in (*stood.items(), *stands.items())
        },
        passwords={
            key: level_since(proofs.credentials.get(account.id), account.returning_since)
            for key, account in accounts.items()
        },
        waived=_waived(proofs, holdings),
        pins={phone.id: _level(proofs.credentials.get(phone.id)) for phone in out.values()},
        held=held,
        waiting=_waiting(session, people),
    )


def _level(credential: Credential | None) -> Level:
    return credential.level if credential and credential.active else Level.NONE


def _waived(proofs: Proofs, holdings: Sequence[Holding]) -> dict[UUID, str]:
    """Return by whom a change of an account's password was waived, at the gate of its phone."""
    found = {}
    for one in holdings:
        phone = one.account.device_id if one.account else None
        papers = proofs.waived.get(phone, ()) if phone else ()
        of_accounts = (row for row in papers if row.check_name is CheckName.ACCOUNTS)
        by = next((row.decided_by for row in of_accounts if row.counts), None)
        if by:
            found[one.id] = by
    return found


def _waiting(session: Session, people: set[UUID]) -> frozenset[UUID]:
    theirs = select(ChangeRequest.holder_id).where(
        ChangeRequest.holder_id.in_(people), to_hand_over()
    )
    return frozenset(session.scalars(theirs.distinct()))
