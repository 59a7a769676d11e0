"""The lives of phones, accounts, holdings, jobs and credentials, in any order, against a model.

The model is a few plain values; it says of every verb whether it is done or refused, and what is so
afterwards. After each step the tables are asked by SQL whether they say the same.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM
from fleet.accounts.lifecycle import Move as AccountMove
from fleet.accounts.lifecycle import State as AccountState
from fleet.accounts.services import move_account
from fleet.audit.queries import verify_trail
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobDone, JobKind, JobState, Lease, WipeOutcome
from fleet.custody.acceptance import accept, plan_wipe
from fleet.custody.issuing import issue
from fleet.custody.models import Certificate
from fleet.custody.quarantine import end_quarantines, undo_accept
from fleet.custody.services import reassign, return_account, start_return
from fleet.custody.wiping import restock_by_hand, say_wiped
from fleet.database import make_engine
from fleet.devices.lifecycle import Move, State
from fleet.devices.services import move_device
from fleet.errors import FleetError
from fleet.keys.keyring import Keyring
from fleet.settings import Settings
from fleet.stations import services as stations
from fleet.stations.jobs import cancel_job
from fleet.stations.models import Job, Station
from fleet.vault import services as vault
from fleet.vault.models import Credential, CredentialVersion
from fleet.vault.queries import known_credential, opened, password_of, pin_of
from fleet.vault.tools import Tools
from tests.conftest import DIALECTS
from tests.effort import effort
from tests.factories import Make
from tests.fleet.custody.proofs import change, look_at_empty, pass_every_check
from tests.fleet.stations.desk import Desk

TWO = some.integers(0, 1)
RETIRABLE = (
    *(State.IN_STOCK, State.IN_REPAIR, State.LOST),
    *(State.QUARANTINED, State.ACCEPTED, State.WIPED),
)
BY_HAND = {
    (State.IN_STOCK, Move.UNSTOCK): State.RETURNING,
    (State.IN_STOCK, Move.SEND_TO_REPAIR): State.IN_REPAIR,
    (State.IN_REPAIR, Move.REPAIRED): State.IN_STOCK,
    (State.LOST, Move.FIND): State.RETURNING,
    **{
        (state, Move.LOSE): State.LOST
        for state in State
        if state not in {State.LOST, State.RETIRED}
    },
    **{(state, Move.RETIRE): State.RETIRED for state in RETIRABLE},
}
NOBODYS = {
    *(State.IN_STOCK, State.QUARANTINED, State.ACCEPTED, State.WIPED, State.IN_REPAIR),
}
FREEZING = (AccountState.IN_STOCK, AccountState.ISSUED, AccountState.RETURNING)
ACCOUNTS_BY_HAND = {
    **{(state, AccountMove.FREEZE): AccountState.FROZEN for state in FREEZING},
    (AccountState.FROZEN, AccountMove.THAW): AccountState.RETURNING,
    (AccountState.FROZEN, AccountMove.DEREGISTER): AccountState.DEREGISTERED,
    (AccountState.IN_STOCK, AccountMove.DEREGISTER): AccountState.DEREGISTERED,
}


@dataclass
class Phone:
    """`wipe` is the state of its one live wipe, `value` what the vault says opens it.

    `may_open` are the values that the vault would try: handed in again, they are no new version.
    """

    state: State = State.IN_STOCK
    holder: int | None = None
    former: int | None = None  # who had it when it was accepted
    wipe: JobState | None = None
    value: str | None = None
    versions: int = 0
    may_open: set[str] = field(default_factory=set)


@dataclass
class Account:
    state: AccountState = AccountState.IN_STOCK
    holder: int | None = None
    changed: bool = False  # its password, since its return began
    on: int | None = None  # the phone it is used on


class AnyLife(RuleBasedStateMachine):
    """Two phones, two accounts of one kind, two people, one station at which everything lies."""

    def __init__(self, opening: Callable[[Path], Session]) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.session = opening(Path(self.folder.name))
        self.make = Make(self.session)
        self.tools = Tools(Keyring.of(bytes(32)), Settings(home=Path(self.folder.name)))
        self.desk = Desk(self.session, self.tools, self.make)
        self.people = [self.make.employee() for _ in range(2)]
        self.devices = [self.make.device() for _ in range(2)]
        self.accounts = [self.make.account() for _ in range(2)]
        self.phones, self.logins = [Phone(), Phone()], [Account(), Account()]
        self.session.commit()
        self.post = self.desk.post("front")
        self.enrolled = True
        self.leases: list[Lease] = []
        for device in self.devices:
            self.desk.plug_in(self.post, device)

    def teardown(self) -> None:
        assert verify_trail(self.session).whole
        bound = self.session.get_bind()
        self.session.close()
        if isinstance(bound, Connection):
            bound.close()  # what was done on it is undone
        else:
            bound.dispose()
        self.folder.cleanup()

    def tried(self, verb: Callable[..., Any], *given: Any, may: bool, **named: Any) -> bool:
        """Call a verb and say whether it was done: exactly where the model says that it may be."""
        try:
            verb(self.session, *given, actor=SYSTEM, **named)
            self.session.commit()
        except FleetError as refusal:
            self.session.rollback()
            assert not may, f"{verb.__name__} was refused: {refusal}"
        else:
            assert may, f"{verb.__name__} was done"
        return may

    # Holdings

    @rule(n=TWO, to=TWO)
    def hand_out_a_phone(self, n: int, to: int) -> None:
        phone = self.phones[n]
        may = phone.state is State.IN_STOCK
        if self.tried(issue, to=self.people[to], devices=[self.devices[n]], may=may):
            phone.state, phone.holder = State.ISSUED, to

    @rule(n=TWO, to=TWO)
    def hand_out_an_account(self, n: int, to: int) -> None:
        login = self.logins[n]
        free = all(other.holder != to for other in self.logins)
        may = login.state is AccountState.IN_STOCK and free
        if self.tried(issue, to=self.people[to], accounts=[self.accounts[n]], may=may):
            login.state, login.holder, login.on = AccountState.ISSUED, to, self.only_phone_of(to)

    def only_phone_of(self, to: int) -> int | None:
        held = [n for n, phone in enumerate(self.phones) if phone.holder == to]
        return held[0] if len(held) == 1 else None

    @rule(to=TWO)
    def hand_out_everything_or_nothing(self, to: int) -> None:
        phones = [phone.state is State.IN_STOCK for phone in self.phones]
        if self.tried(issue, to=self.people[to], devices=self.devices, may=all(phones)):
            for phone in self.phones:
                phone.state, phone.holder = State.ISSUED, to

    @rule(n=TWO)
    def begin_a_return(self, n: int) -> None:
        phone = self.phones[n]
        may = phone.state in {State.ISSUED, State.RETURNING}
        if self.tried(start_return, self.devices[n], may=may):
            phone.state = State.RETURNING

    @rule(n=TWO)
    def accept_without_proof(self, n: int) -> None:
        # A backup was never made: the gate cannot be closed.
        self.tried(accept, self.devices[n], may=False)

    @rule(n=TWO, days=some.sampled_from([0, 0, 3]))
    def accept_with_every_waiver(self, n: int, days: int) -> None:
        phone = self.phones[n]
        if phone.state is not State.RETURNING:
            return
        self.tried(pass_every_check, self.devices[n], may=True)
        with_it = [
            login
            for login in self.logins
            if login.on in {n, None} and login.holder is not None and login.holder == phone.holder
        ]
        # A frozen account is taken back by nobody until it is thawed, nor is one that is no more.
        gone = {AccountState.FROZEN, AccountState.DEREGISTERED}
        may = all(login.state not in gone for login in with_it)
        if self.tried(accept, self.devices[n], quarantine_days=days, may=may):
            kept = days > 0
            phone.former, phone.holder = phone.holder, None
            phone.wipe = None if kept else JobState.WAITING
            phone.state = State.QUARANTINED if kept else State.ACCEPTED
            for login in with_it:
                login.state, login.holder, login.on = AccountState.IN_STOCK, None, None

    @rule(n=TWO)
    def take_an_acceptance_back(self, n: int) -> None:
        phone = self.phones[n]
        lent = phone.wipe is JobState.LEASED
        may = phone.state in {State.QUARANTINED, State.ACCEPTED} and not lent
        if self.tried(undo_accept, self.devices[n], reason="too early", may=may):
            phone.state, phone.holder, phone.wipe = State.RETURNING, phone.former, None

    @rule(n=TWO)
    def a_quarantine_is_over(self, n: int) -> None:
        """Its days go by: the newest certificate says so."""
        papers = select(Certificate).where(Certificate.device_id == self.devices[n].id)
        newest = self.session.scalar(papers.order_by(Certificate.accepted_at.desc()).limit(1))
        if newest is not None:
            newest.quarantine_until = now()
        ended = end_quarantines(self.session)
        self.session.commit()
        assert ended == (self.phones[n].state is State.QUARANTINED)
        if ended:
            self.phones[n].state, self.phones[n].wipe = State.ACCEPTED, JobState.WAITING

    @rule(n=TWO)
    def look_at_it_empty(self, n: int) -> None:
        look_at_empty(self.session, self.tools, self.make, self.devices[n])
        self.session.commit()
        if self.phones[n].state is State.WIPED:
            self.is_stock(self.phones[n])

    @rule(n=TWO, move=some.sampled_from(Move))
    def move_by_hand(self, n: int, move: Move) -> None:
        phone = self.phones[n]
        to = BY_HAND.get((phone.state, move))
        if self.tried(move_device, self.devices[n], move=move, reason="test", may=to is not None):
            assert to is not None
            phone.state = to

    # Accounts

    @rule(n=TWO)
    def return_a_login(self, n: int) -> None:
        login = self.logins[n]
        begins = login.state is AccountState.ISSUED
        ends = login.state is AccountState.RETURNING and login.changed and login.holder is not None
        nobodys = login.state is AccountState.RETURNING and login.holder is None
        if not self.tried(return_account, self.accounts[n], may=begins or ends or nobodys):
            return
        if begins:
            login.state, login.changed = AccountState.RETURNING, False
        elif ends:
            login.state, login.holder, login.on = AccountState.IN_STOCK, None, None

    @rule(n=TWO, to=TWO)
    def pass_a_login_on(self, n: int, to: int) -> None:
        login = self.logins[n]
        shown = login.state is AccountState.IN_STOCK or (
            login.state is AccountState.RETURNING and login.changed
        )
        # Its holder may have it again: the holding ends before the next begins.
        free = all(other.holder != to for other in self.logins if other is not login)
        if self.tried(reassign, self.accounts[n], to=self.people[to], may=shown and free):
            login.state, login.holder, login.on = AccountState.ISSUED, to, None

    @rule(n=TWO, move=some.sampled_from(AccountMove))
    def move_a_login_by_hand(self, n: int, move: AccountMove) -> None:
        login = self.logins[n]
        to = ACCOUNTS_BY_HAND.get((login.state, move))
        if self.tried(move_account, self.accounts[n], move=move, reason="x", may=to is not None):
            assert to is not None
            login.state = to
            login.changed = login.changed and to is not AccountState.RETURNING

    @rule(n=TWO)
    def change_a_password(self, n: int) -> None:
        change(self.session, self.tools, password_of(self.accounts[n]), Level.OBSERVED)
        self.session.commit()
        self.logins[n].changed = self.logins[n].state is AccountState.RETURNING

    # Credentials

    @rule(n=TWO, value=some.sampled_from(["402917", "583146"]))
    def hand_a_pin_in(self, n: int, value: str) -> None:
        phone = self.phones[n]
        given = {"value": value, "reason": "known"}
        self.tried(vault.adopt, self.tools, pin_of(self.devices[n]), may=True, **given)
        phone.versions += value not in phone.may_open
        phone.may_open.add(value)
        phone.value = value

    @rule(n=TWO)
    def change_a_pin(self, n: int) -> None:
        phone = self.phones[n]
        change(self.session, self.tools, pin_of(self.devices[n]), Level.PROVEN)
        self.session.commit()
        credential = self.credential(n)
        assert credential is not None
        assert credential.active is not None
        phone.value = opened(self.tools.keyring, credential.active)
        assert phone.value not in phone.may_open
        phone.may_open, phone.versions = {phone.value}, phone.versions + 1

    @rule(n=TWO)
    def look_at_a_pin(self, n: int) -> None:
        credential = self.credential(n)
        if credential is None:
            return
        value = self.phones[n].value
        may = value is not None
        if self.tried(vault.disclose, self.tools, credential, reason="look", may=may):
            shown = vault.disclose(
                self.session, self.tools, credential, reason="look", actor=SYSTEM
            )
            assert shown.value == value

    # Jobs

    @rule(n=TWO)
    def wipe_again(self, n: int) -> None:
        phone = self.phones[n]
        may = phone.state in {State.ACCEPTED, State.WIPED} and phone.wipe is None
        if self.tried(plan_wipe, self.devices[n], may=may):
            phone.state, phone.wipe = State.ACCEPTED, JobState.WAITING

    @rule(n=TWO)
    def cancel_a_wipe(self, n: int) -> None:
        for job in self.wipes(n):
            self.tried(cancel_job, self.tools, job, may=self.phones[n].wipe is JobState.WAITING)
        if self.phones[n].wipe is JobState.WAITING:
            self.phones[n].wipe = None

    @rule(n=TWO)
    def restock(self, n: int) -> None:
        phone = self.phones[n]
        right = phone.state in {State.ACCEPTED, State.WIPED}
        may = right and phone.wipe is not JobState.LEASED
        if self.tried(restock_by_hand, self.devices[n], reason="erased", may=may):
            phone.wipe = None
            self.is_stock(phone)

    @rule(n=TWO)
    def say_that_it_was_erased(self, n: int) -> None:
        phone = self.phones[n]
        may = phone.state is State.ACCEPTED and phone.wipe is not JobState.LEASED
        if self.tried(say_wiped, self.devices[n], way="settings", note="first screen", may=may):
            phone.state, phone.wipe = State.WIPED, None

    @rule()
    @precondition(lambda self: self.enrolled)
    def lend(self) -> None:
        """The station takes what is there, does the looks at once, and keeps the wipes."""
        running = [lease.job for lease in self.leases]
        answer = self.desk.sync(self.post, running=running, free=8)
        assert answer.rejected == []
        for lease in answer.leases:
            if lease.task.kind is JobKind.PROBE:
                self.report(lease, probe=self.desk.seen(self.devices[self.number(lease)]))
            else:
                assert lease.task.kind is JobKind.WIPE
                self.leases.append(lease)
                self.phones[self.number(lease)].wipe = JobState.LEASED
        for n, phone in enumerate(self.phones):
            self.forget_needless(n, phone)

    def forget_needless(self, n: int, phone: Phone) -> None:
        """A wipe of what is accepted no more is never lent: it fails where it would have been."""
        needless = phone.wipe is JobState.WAITING and phone.state is not State.ACCEPTED
        if needless and not self.wipes(n):
            phone.wipe = None

    @rule(outcome=some.sampled_from(["verified", "observed", "guided", "refused", "in_doubt"]))
    @precondition(lambda self: self.enrolled and self.leases)
    def tell_a_wipe(self, outcome: str) -> None:
        lease = self.leases.pop(0)
        phone = self.phones[self.number(lease)]
        self.report(lease, wipe=WipeOutcome(state=outcome, method="testharness"))
        ours = phone.wipe is JobState.LEASED
        phone.wipe = None if ours else phone.wipe
        if outcome in {"verified", "observed"} and phone.state is State.ACCEPTED:
            phone.state = State.WIPED
        live = self.wipes(self.number(lease))
        if outcome == "in_doubt" and phone.state is State.ACCEPTED and live:
            phone.wipe = JobState.WAITING  # it is tried again, up to three times

    def is_stock(self, phone: Phone) -> None:
        phone.state, phone.value, phone.may_open = State.IN_STOCK, None, set()

    def report(self, lease: Lease, **outcome: Any) -> None:
        done = self.post.report(JobDone(job=lease.job, **outcome))
        assert self.desk.sync(self.post, done, free=0).rejected == []

    @rule()
    @precondition(lambda self: self.enrolled)
    def shut_the_station_out(self) -> None:
        station = self.session.get_one(Station, self.post.actor.id)
        self.tried(stations.revoke, station, may=True)
        self.enrolled, self.leases = False, []
        for phone in self.phones:
            phone.wipe = phone.wipe and JobState.WAITING

    @rule()
    @precondition(lambda self: not self.enrolled)
    def let_the_station_in(self) -> None:
        self.post = self.desk.post("front")
        self.enrolled = True

    # What is so after every step

    @invariant()
    def phones_are_where_the_model_says(self) -> None:
        found = dict(self.session.execute(text("SELECT tag, state FROM device")).all())
        assert found == {
            device.tag: phone.state.value
            for device, phone in zip(self.devices, self.phones, strict=True)
        }

    @invariant()
    def logins_are_where_the_model_says(self) -> None:
        found = dict(self.session.execute(text("SELECT handle, state FROM account")).all())
        assert found == {
            account.handle: login.state.value
            for account, login in zip(self.accounts, self.logins, strict=True)
        }

    @invariant()
    def everything_has_one_holder_at_most(self) -> None:
        asked = (
            "SELECT coalesce(device.tag, account.handle), employee.number FROM holding"
            " JOIN employee ON employee.id = holding.employee_id"
            " LEFT JOIN device ON device.id = holding.device_id"
            " LEFT JOIN account ON account.id = holding.account_id WHERE returned_at IS NULL"
        )
        things = zip(
            [*(device.tag for device in self.devices), *(one.handle for one in self.accounts)],
            [*self.phones, *self.logins],
            strict=True,
        )
        modelled = [
            (name, self.people[thing.holder].number)
            for name, thing in things
            if thing.holder is not None
        ]
        assert sorted(map(tuple, self.session.execute(text(asked)))) == sorted(modelled)

    @invariant()
    def what_is_issued_is_held_and_what_is_in_stock_is_not(self) -> None:
        for thing in (*self.phones, *self.logins):
            if thing.state in {State.ISSUED, AccountState.ISSUED}:
                assert thing.holder is not None
            if thing.state in {*NOBODYS, AccountState.IN_STOCK}:
                assert thing.holder is None

    @invariant()
    def wipes_are_as_the_model_says(self) -> None:
        for n, phone in enumerate(self.phones):
            assert [job.state for job in self.wipes(n)] == ([phone.wipe] if phone.wipe else [])

    @invariant()
    def the_vault_opens_what_it_says(self) -> None:
        for n, phone in enumerate(self.phones):
            credential = self.credential(n)
            if credential is None:
                assert phone.versions == 0
                continue
            active = credential.active and opened(self.tools.keyring, credential.active)
            assert active == phone.value
            mine = CredentialVersion.credential_id == credential.id
            numbers = select(CredentialVersion.number).where(mine).order_by("number")
            assert [*self.session.scalars(numbers)] == [*range(1, phone.versions + 1)]

    def credential(self, n: int) -> Credential | None:
        self.session.expire_all()
        return known_credential(self.session, pin_of(self.devices[n]))

    def wipes(self, n: int) -> list[Job]:
        live = Job.state.in_([JobState.WAITING, JobState.LEASED])
        mine = Job.kind == JobKind.WIPE, Job.device_id == self.devices[n].id, live
        return [*self.session.scalars(select(Job).where(*mine))]

    def number(self, lease: Lease) -> int:
        return next(n for n, one in enumerate(self.devices) if one.tag == lease.device)


@pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
@pytest.mark.timeout(900)
def test_any_life_is_the_one_that_the_model_foresees(dialect, request):
    opening, examples = {
        "sqlite": (_on_a_file, 10),
        "postgres": (_undone, 3),
    }[dialect]
    given = opening(request)

    run_state_machine_as_test(
        lambda: AnyLife(given), settings=effort(examples, stateful_step_count=30)
    )


def _on_a_file(request: pytest.FixtureRequest) -> Callable[[Path], Session]:
    template = request.getfixturevalue("sqlite_template")

    def opened_in(folder: Path) -> Session:
        shutil.copyfile(template, folder / "workfleet.db")
        return Session(make_engine(f"sqlite:///{folder}/workfleet.db"), expire_on_commit=False)

    return opened_in


def _undone(request: pytest.FixtureRequest) -> Callable[[Path], Session]:
    engine: Engine = request.getfixturevalue("shared_postgres")

    def opened_in(_folder: Path) -> Session:
        connection = engine.connect()
        connection.begin()
        return Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")

    return opened_in
