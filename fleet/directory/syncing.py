"""Comparing a list with the register: it makes proposals, and changes nobody.

A list is a full picture: who is not in it is said to leave. What it does not say any more is
withdrawn, what was dismissed is not proposed again, and the same list twice says nothing twice.
"""

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import chain_early, record
from fleet.contracts.clock import now
from fleet.contracts.directory import ProposalKind, ProposalState, SyncOut, SyncQuery
from fleet.contracts.permissions import Permission
from fleet.counting import next_numbers
from fleet.database import in_turn, write
from fleet.directory.drafting import AT_ONCE, Draft, Register
from fleet.directory.errors import TooManyLeavers
from fleet.directory.events import DIRECTORY, DirectorySynced, Proposed, Withdrawn
from fleet.directory.models import Proposal
from fleet.people.models import Employee, Status
from fleet.registers.errors import RowsRefused
from fleet.registers.importing import EVENTS_AT_ONCE, TOLD_AT_ONCE, Seen, Sheet
from fleet.registers.reading import CellWrong, Entry, Table
from fleet.registers.report import Report
from fleet.settings import Settings

FEW: Final = 3  # people may leave a small company, whatever part of it they are


def compared(session: Session, sheet: Sheet, settings: Settings, *, actor: Actor) -> SyncOut:
    """Say what a list would propose; nothing is stored."""
    actor.require(Permission.DIRECTORY_SYNC)
    run = _Run(session, sheet.table, actor, store=False)
    run.walk()
    return run.shown(sheet, settings, dry_run=True)


def sync(
    session: Session, sheet: Sheet, query: SyncQuery, settings: Settings, *, actor: Actor
) -> SyncOut:
    """Propose what a list says; refused where a row is wrong, or a crowd would leave."""
    actor.require(Permission.DIRECTORY_SYNC)
    in_turn(session, "directory")
    run = _Run(session, sheet.table, actor, store=True)
    run.walk()
    _refuse_unless_well(run, query, settings, actor)
    event = DirectorySynced(
        subject_id=DIRECTORY,
        subject_name="directory",
        digest=sheet.digest,
        rows=sheet.table.rows,
        proposed=sum(run.proposed.values()),
        withdrawn=run.withdrawn,
        leavers=run.leavers,
        allowed=query.allow_leavers,
    )
    record(session, actor, event)
    write(session)
    return run.shown(sheet, settings, dry_run=False)


def _refuse_unless_well(run: "_Run", query: SyncQuery, settings: Settings, actor: Actor) -> None:
    report = run.report
    if report.refused:
        told = [one.model_dump() for one in report.remarks if one.refused][:TOLD_AT_ONCE]
        raise RowsRefused(rows=report.table.rows, refused=report.refused, remarks=told)
    most = most_leavers(run.people, settings)
    if run.leavers <= most:
        return
    if query.allow_leavers is None or run.leavers > query.allow_leavers:
        raise TooManyLeavers(leavers=run.leavers, people=run.people, most=most)
    actor.require(Permission.DIRECTORY_FORCE)


def most_leavers(people: int, settings: Settings) -> int:
    return max(FEW, people * settings.directory_leavers_percent // 100)


def active_people(session: Session) -> int:
    active = select(func.count(Employee.id)).where(Employee.status == Status.ACTIVE)
    return session.scalar(active) or 0


class _Run:
    """One walk through a list. Memory: a number for each row, an id for each proposal."""

    def __init__(self, session: Session, table: Table, actor: Actor, *, store: bool) -> None:
        self.session, self.actor, self.store = session, actor, store
        self.report = Report(table)
        self.proposed = dict.fromkeys(ProposalKind, 0)
        self.known = self.dismissed = self.withdrawn = self.leavers = 0
        self.people = active_people(session)
        self._settled: set[UUID] = set()

    def walk(self) -> None:
        register, seen = Register(self.session), Seen()
        lines: dict[str, int] = {}
        entries = self.report.table.entries()
        while batch := list(islice(entries, AT_ONCE)):
            register.look(batch)
            drafts = [draft for one in batch for draft in self._read(register, one, seen, lines)]
            self._settle(drafts)
        if self.report.refused:
            return
        for leavers in register.absent(lines):
            self._settle(leavers)
        self._withdraw_what_is_not_said()

    def _read(
        self, register: Register, entry: Entry, seen: Seen, lines: dict[str, int]
    ) -> Sequence[Draft]:
        if entry.wrong:
            self.report.refuse_cells(entry)
            return ()
        try:
            drafts = register.drafts(entry)
            seen.refuse_twice(entry, [("number", entry.values["number"])])
        except CellWrong as wrong:
            self.report.refuse(entry, wrong)
            return ()
        lines[entry.values["number"]] = entry.line
        return drafts

    def _settle(self, drafts: Sequence[Draft]) -> None:
        """Propose what stands nowhere yet; what stood otherwise is withdrawn."""
        if not drafts or self.report.refused:
            return
        standing = self._standing([one.employee for one in drafts])
        fresh = []
        for draft in drafts:
            before = standing.get((draft.employee, draft.kind))
            if before is not None and before.digest == draft.digest:
                self._count(before)
                continue
            self._withdraw([before] if before else [])
            fresh.append(draft)
            self.leavers += draft.kind is ProposalKind.LEAVER
        self._propose(fresh)

    def _count(self, before: Proposal) -> None:
        self._settled.add(before.id)
        if before.state is ProposalState.DISMISSED:
            self.dismissed += 1
            return
        self.known += 1
        self.leavers += before.kind is ProposalKind.LEAVER

    def _standing(self, numbers: Collection[str]) -> dict[tuple[str, ProposalKind], Proposal]:
        found = select(Proposal).where(Proposal.stands, Proposal.employee.in_(numbers))
        return {(one.employee, one.kind): one for one in self.session.scalars(found)}

    def _propose(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self.proposed[draft.kind] += 1
        if not self.store or not drafts:
            return
        moment = now()
        self.session.flush()  # what stood otherwise makes room
        numbers = next_numbers(self.session, f"directory.{moment.year}", len(drafts))
        for number, draft in zip(numbers, drafts, strict=True):
            made = Proposal(
                id=uuid4(),
                number=f"DP-{moment.year}-{number:05d}",
                kind=draft.kind,
                employee=draft.employee,
                name=draft.name,
                department=draft.department,
                said={name: list(both) for name, both in draft.said.items()},
                digest=draft.digest,
                proposed_at=moment,
                proposed_by=self.actor.name,
            )
            self.session.add(made)
            self._settled.add(made.id)
            record(self.session, self.actor, Proposed(**about(made)))  # type: ignore[arg-type]
        write(self.session)
        chain_early(self.session, beyond=EVENTS_AT_ONCE)

    def _withdraw(self, proposals: Sequence[Proposal]) -> None:
        for one in proposals:
            self._settled.add(one.id)
            self.withdrawn += one.state is ProposalState.PROPOSED
            if self.store:
                _withdraw(self.session, one, self.actor)

    def _withdraw_what_is_not_said(self) -> None:
        after = UUID(int=0)
        while True:
            page = select(Proposal).where(Proposal.stands, Proposal.id > after)
            rows = self.session.scalars(page.order_by(Proposal.id).limit(AT_ONCE)).all()
            if not rows:
                return
            after = rows[-1].id
            self._withdraw([one for one in rows if one.id not in self._settled])
            self.session.flush()

    def shown(self, sheet: Sheet, settings: Settings, *, dry_run: bool) -> SyncOut:
        headers = self.report.table.headers
        return SyncOut(
            dry_run=dry_run,
            done=not dry_run,
            digest=sheet.digest,
            rows=sheet.table.rows,
            refused=self.report.refused,
            people=self.people,
            proposed={kind: count for kind, count in self.proposed.items() if count},
            known=self.known,
            dismissed=self.dismissed,
            withdrawn=self.withdrawn,
            leavers=self.leavers,
            most_leavers=most_leavers(self.people, settings),
            remarks=self.report.remarks,
            left_off=self.report.left_off,
            not_kept=[*headers.not_kept, *headers.shown_only],
            unknown=headers.unknown,
        )


def about(proposal: Proposal) -> dict[str, object]:
    return {
        "subject_id": proposal.id,
        "subject_name": proposal.number,
        "kind": proposal.kind,
        "employee": proposal.employee,
    }


def _withdraw(session: Session, proposal: Proposal, actor: Actor) -> None:
    """End what the list does not say any more; what was dismissed may be proposed again."""
    proposal.stands = False
    if proposal.state is ProposalState.PROPOSED:
        proposal.state, proposal.decided_at = ProposalState.WITHDRAWN, now()
        record(session, actor, Withdrawn(**about(proposal)))  # type: ignore[arg-type]
