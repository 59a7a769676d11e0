"""One process of people and a station that all work on the same few things at once.

`python -m tests.fleet.hammer_process` with a `Task` as JSON on standard input; it prints a `Tally`.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

import fleet.wiring  # noqa: F401 — fills the table of work
from fleet.access.actor import Actor, ActorKind, HeldRole
from fleet.access.permissions import STATION
from fleet.accounts.models import Account
from fleet.audit.services import recorded
from fleet.contracts.clock import now
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.stations import JobDone, Lease, PhoneSeen, Report, SyncIn, WipeOutcome
from fleet.custody import services as custody
from fleet.custody.acceptance import accept
from fleet.custody.issuing import issue
from fleet.custody.wiping import restock_by_hand
from fleet.database import make_engine, make_sessions
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.keys.keyring import Keyring
from fleet.people.models import Employee
from fleet.rotation.services import plan_rotation
from fleet.settings import Settings
from fleet.sims.models import Sim
from fleet.stations.exchange import sync
from fleet.vault.tools import Tools
from tests.factories import FOUNDERS_ROLES
from tests.fleet.custody.proofs import pass_every_check
from tests.fleet.stations.desk import proven

MODELS = {"devices": Device, "sims": Sim, "accounts": Account, "people": Employee}
SENT_AT_ONCE = 3  # every message of the station, as if answers were lost


@dataclass(frozen=True)
class Task:
    """What a process is to do; ids as text, `facts` of each phone as JSON."""

    url: str
    home: str
    seed: int
    rounds: int
    people: int
    station: str
    ids: dict[str, list[str]]
    facts: list[str]


@dataclass
class Tally:
    """What came of it: events of verbs that were stored, refusals by code, and what must not be."""

    events: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    raw: list[str] = field(default_factory=list)
    reports: int = 0
    lock: Any = field(default_factory=Lock, repr=False)

    def run(self, sessions: sessionmaker[Session], verb: Callable[[Session], Any]) -> Any:
        """Do what a door does: one verb, one commit, and a refusal shown as such."""
        try:
            with sessions.begin() as session:
                answer = verb(session)
                happened = [event.name for event in recorded(session)]
        except FleetError as refusal:
            return self._note(refusals=Counter([refusal.code]))
        except Exception as failure:  # noqa: BLE001 — for the test to see
            return self._note(raw=[f"{type(failure).__name__}: {failure}"[:300]])
        self._note(events=Counter(happened))
        return answer

    def _note(self, **more: Any) -> None:
        with self.lock:
            for name, found in more.items():
                setattr(self, name, getattr(self, name) + found)

    def told(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "lock"}


class Person:
    """Somebody at a desk who does whatever comes to mind with things that others have in hand."""

    def __init__(self, task: Task, tools: Tools, number: int) -> None:
        self.dice = Random(task.seed * 100 + number)
        self.ids, self.tools = task.ids, tools
        roles = tuple(HeldRole(role) for role in FOUNDERS_ROLES)
        self.actor = Actor(id=uuid4(), name=f"P{task.seed}.{number}", roles=roles)

    def one(self, session: Session, kind: str) -> Any:
        return session.get_one(MODELS[kind], UUID(self.dice.choice(self.ids[kind])))

    def do_something(self, session: Session) -> None:
        verbs = (
            *[self.issue] * 3,
            self.return_phone,
            self.waive,
            self.waive,
            self.accept,
            self.restock,
            self.return_sim,
            self.return_account,
            self.reassign,
            self.rotate,
        )
        self.dice.choice(verbs)(session)

    def issue(self, session: Session) -> None:
        kinds = self.dice.sample(["devices", "sims", "accounts"], self.dice.randint(1, 3))
        things: Any = {kind: [self.one(session, kind)] for kind in kinds}
        to = self.one(session, "people")
        issue(session, to=to, **things, registrant_seen=True, exception="a test", actor=self.actor)

    def return_phone(self, session: Session) -> None:
        custody.start_return(session, self.one(session, "devices"), actor=self.actor)

    def waive(self, session: Session) -> None:
        device = self.one(session, "devices")
        pass_every_check(session, device, actor=self.actor)

    def accept(self, session: Session) -> None:
        accept(session, self.one(session, "devices"), actor=self.actor)

    def restock(self, session: Session) -> None:
        device = self.one(session, "devices")
        restock_by_hand(session, device, reason="a test", actor=self.actor)

    def return_sim(self, session: Session) -> None:
        custody.return_sim(session, self.one(session, "sims"), actor=self.actor)

    def return_account(self, session: Session) -> None:
        custody.return_account(session, self.one(session, "accounts"), actor=self.actor)

    def reassign(self, session: Session) -> None:
        account, to = self.one(session, "accounts"), self.one(session, "people")
        custody.reassign(session, account, to=to, actor=self.actor, exception="a test")

    def rotate(self, session: Session) -> None:
        kind = self.dice.choice(["devices", "accounts"])
        plan_rotation(
            session, self.tools, self.one(session, kind), reason="a test", actor=self.actor
        )


class Bench:
    """A station at which the phones come by; each of its messages is sent several times at once."""

    def __init__(self, task: Task, tools: Tools, sessions: sessionmaker[Session]) -> None:
        self.dice = Random(task.seed)
        self.facts = [PhoneFacts.model_validate_json(text) for text in task.facts]
        self.sessions, self.tools, self.sequence = sessions, tools, 0
        roles = (HeldRole(STATION),)
        name = f"bench-{task.seed}"
        self.actor = Actor(id=UUID(task.station), name=name, roles=roles, kind=ActorKind.STATION)

    def visit(self, tally: Tally) -> None:
        """Tell of a phone, take what work there is, and report it as done."""
        facts = self.dice.choice(self.facts)
        seen = PhoneSeen(facts=facts, transport="usb", digest="0" * 64)
        leases = self.send(tally, [self.report(seen)])
        if leases:
            self.send(tally, [self.report(self.done(lease)) for lease in leases])

    def send(self, tally: Tally, reports: list[Report]) -> list[Lease]:
        """Send one message until it is taken, `SENT_AT_ONCE` times at once."""
        present = [facts.identity.serial or "" for facts in self.facts]
        message = SyncIn(reports=reports, present=present)
        tally.reports += len(reports)
        with ThreadPoolExecutor(SENT_AT_ONCE) as pool:
            while True:
                answers = list(pool.map(lambda _n: self.exchange(tally, message), range(3)))
                taken = [answer for answer in answers if answer is not None]
                if taken or tally.raw:
                    return list({x.job: x for answer in taken for x in answer.leases}.values())

    def exchange(self, tally: Tally, message: SyncIn) -> Any:
        return tally.run(
            self.sessions, lambda session: sync(session, self.tools, message, actor=self.actor)
        )

    def report(self, body: Any) -> Report:
        self.sequence += 1
        return Report(sequence=self.sequence, at=now(), body=body)

    def done(self, lease: Lease) -> JobDone:
        kind = type(lease.task).__name__
        if kind == "RotatePinTask":
            return JobDone(job=lease.job, pin=proven())
        if kind == "WipeTask":
            return JobDone(job=lease.job, wipe=WipeOutcome(state="verified", method="testharness"))
        return JobDone(job=lease.job, failure="nothing_to_do")


def hammer(task: Task) -> Tally:
    tally = Tally()
    tools = Tools(Keyring.of(bytes(32)), Settings(home=Path(task.home), recipients=("age1test",)))
    sessions = make_sessions(make_engine(task.url, pool_size=task.people + SENT_AT_ONCE + 1))
    bench = Bench(task, tools, sessions)
    people = [Person(task, tools, number) for number in range(task.people)]

    def work(person: Person) -> None:
        for _ in range(task.rounds):
            tally.run(sessions, person.do_something)

    with ThreadPoolExecutor(task.people + 1) as pool:
        hands = [pool.submit(work, person) for person in people]
        for _ in range(task.rounds // 2):
            bench.visit(tally)
        for hand in hands:
            hand.result()
    return tally


def ids(session: Session) -> dict[str, list[str]]:
    return {
        kind: [str(key) for key in session.scalars(select(model.id))]
        for kind, model in MODELS.items()
    }


if __name__ == "__main__":
    print(json.dumps(hammer(Task(**json.load(sys.stdin))).told()))  # noqa: T201
