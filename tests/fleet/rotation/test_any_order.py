"""I2 and I3 at every moment: whoever dies and whatever is lost, the vault can open the phone.

A phone that answers honestly, two stations that crash, go offline, lose their disks and report
late, people who plan, cancel and wait: after each step some value the vault would try opens the
phone, and where it says `proven` it is the active one that does.
"""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import StaticPool, select, update
from sqlalchemy.orm import Session

from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.rotation import PinOutcome, RotationState, RotationStep
from fleet.contracts.stations import JobDone, JobState, Lease, Report
from fleet.database import make_engine
from fleet.devices.models import Device
from fleet.errors import Conflict
from fleet.keys.keyring import Keyring
from fleet.rotation.services import plan_rotation
from fleet.settings import Settings
from fleet.stations.jobs import cancel_job
from fleet.stations.models import Job
from fleet.tables import metadata
from fleet.vault import services as vault
from fleet.vault.models import Credential, CredentialVersion
from fleet.vault.queries import known_credential, opened, pin_of
from fleet.vault.tools import Tools
from tests.effort import effort
from tests.factories import Make, luhn
from tests.fleet.stations.desk import Desk, Post, steps

FIRST = "402917"
CUTS = st.sampled_from(["no", "no", "before", "after_set", "after_set_and_told"])


@dataclass
class Phone:
    """A lock that says the truth, and where the phone is; `wrong` counts wrong attempts."""

    pin: str | None
    at: str | None = None
    wrong: int = 0

    def try_out(self, name: str, value: str) -> str:
        right = value == self.pin
        self.wrong += not right
        return f"{name} {'accepted' if right else 'refused'}"


@dataclass
class Entry:
    """A station's journal of one job."""

    lease: Lease
    new: str
    old: str | None
    touched: bool = False
    steps: list[RotationStep] = field(default_factory=list)
    done: Report | None = None


@dataclass
class Agent:
    """A station: what is here survives a crash, and is gone when its disk is lost."""

    post: Post
    entries: dict[str, Entry] = field(default_factory=dict)
    waiting: list[Report] = field(default_factory=list)


class AnyOrder(RuleBasedStateMachine):
    @initialize(known=st.booleans())
    def begin(self, *, known: bool) -> None:
        self.folder = TemporaryDirectory()
        engine = make_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(engine)
        self.engine = engine
        self.session = Session(engine, expire_on_commit=False)
        self.make = Make(self.session)
        self.tools = Tools(Keyring.of(bytes(32)), Settings(home=Path(self.folder.name)))
        self.desk = Desk(self.session, self.tools, self.make)
        self.device: Device = self.make.device(imei=[luhn("86000000000001")])
        self.phone = Phone(FIRST if known else None)
        if known:
            given = {"value": FIRST, "reason": "known", "actor": self.make.actor()}
            vault.adopt(self.session, self.tools, pin_of(self.device), **given)
        self.session.commit()
        self.agents = {name: Agent(self.desk.post(name)) for name in ("front", "back")}

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.engine.dispose()
            self.folder.cleanup()

    @rule()
    def plan(self) -> None:
        try:
            actor = self.make.actor()
            plan_rotation(self.session, self.tools, self.device, reason="asked", actor=actor)
            self.session.commit()
        except Conflict:
            self.session.rollback()

    @rule(name=st.sampled_from(["front", "back"]))
    def carry(self, name: str) -> None:
        """The phone is unplugged and taken to a station."""
        if self.phone.at != name:
            self.phone.at = name
            agent = self.agents[name]
            agent.waiting.append(agent.post.report(self.desk.seen(self.device)))

    @rule(name=st.sampled_from(["front", "back"]), answered=st.booleans())
    def exchange(self, name: str, *, answered: bool) -> None:
        """Sync; where the answer is lost the station knows nothing of what was stored."""
        agent = self.agents[name]
        here = [self.device.serial] if self.phone.at == name else []
        running = [job for job, entry in agent.entries.items() if not self._is_told(agent, entry)]
        answer = self.desk.sync(agent.post, *agent.waiting, present=here, running=running)
        assert answer.rejected == []
        if not answered:
            return
        agent.waiting = [item for item in agent.waiting if item.sequence > answer.taken]
        for job in answer.lost:
            if agent.entries[job].done is None and not agent.entries[job].touched:
                del agent.entries[job]
        for lease in answer.leases:
            self._keep(agent, lease)

    def _is_told(self, agent: Agent, entry: Entry) -> bool:
        return entry.done is not None and entry.done not in agent.waiting

    def _keep(self, agent: Agent, lease: Lease) -> None:
        new = agent.post.opened(lease, lease.task.sealed_new)
        old = agent.post.opened(lease, lease.task.sealed_old)
        assert new is not None
        before = agent.entries.get(lease.job)
        touched = before is not None and before.touched
        agent.entries[lease.job] = Entry(lease, new, old, touched=touched)

    @rule(name=st.sampled_from(["front", "back"]), cut=CUTS, told=st.booleans())
    def visit(self, name: str, cut: str, *, told: bool) -> None:
        """The usual way: planned, plugged in, given to the station, begun, and perhaps told."""
        self.plan()
        self.carry(name)
        self.exchange(name, answered=True)
        self.work(cut)
        if told:
            self.exchange(name, answered=True)

    @rule(name=st.sampled_from(["front", "back"]), cut=CUTS)
    def take_over(self, name: str, cut: str) -> None:
        """The lease of a station that says nothing runs out, and the phone turns up at another."""
        self.wait()
        self.visit(name, cut, told=True)

    @rule(cut=CUTS)
    def work(self, cut: str) -> None:
        """A station that has a job for the phone in front of it does it, as far as it gets."""
        agent = self.agents.get(self.phone.at or "")
        entries = agent.entries.values() if agent else ()
        entry = next((entry for entry in entries if entry.done is None), None)
        if agent is None or entry is None:
            return
        outcome = self._visit(entry, cut)
        if outcome is not None:
            body = JobDone(job=entry.lease.job, **outcome)
            entry.done = agent.post.report(body)
            agent.waiting.append(entry.done)

    def _visit(self, entry: Entry, cut: str) -> dict[str, object] | None:
        may_be_set = entry.touched or entry.lease.task.settle
        if cut == "before":
            return None if may_be_set else {"failure": "unplugged", "again": True}
        if may_be_set:
            found = self._ask(entry)
            if found is not None:
                return {"pin": found}
        return self._rotate(entry, cut)

    def _ask(self, entry: Entry) -> PinOutcome | None:
        """Find out which value opens it; None where the new one is not on it."""
        if self.phone.pin is None:
            return None
        entry.steps += steps(self.phone.try_out("check_new", entry.new))
        if self.phone.pin == entry.new:
            return self._proven(entry)
        if entry.old is None:
            return self._ended(entry, RotationState.UNPROVEN, "neither_opens")
        entry.steps += steps(self.phone.try_out("check_old_again", entry.old))
        if self.phone.pin != entry.old:
            return self._ended(entry, RotationState.UNPROVEN, "neither_opens")
        return None

    def _rotate(self, entry: Entry, cut: str) -> dict[str, object] | None:
        if self.phone.pin is not None:
            if entry.old is None:
                return {"pin": self._ended(entry, RotationState.REFUSED, "old_unknown")}
            entry.steps += steps(self.phone.try_out("check_old", entry.old))
            if self.phone.pin != entry.old:
                return {"pin": self._ended(entry, RotationState.REFUSED, "old_refused")}
        entry.touched, self.phone.pin = True, entry.new
        if cut == "after_set":
            entry.steps += steps("set begun")
            return None  # the agent was killed; its journal says that it was about to set
        if cut == "after_set_and_told":
            entry.steps += steps("set begun")
            return {"pin": self._ended(entry, RotationState.IN_DOUBT, "connection_lost")}
        entry.steps += steps("set done", self.phone.try_out("check_new", entry.new))
        return {"pin": self._proven(entry)}

    def _proven(self, entry: Entry) -> PinOutcome:
        entry.steps += steps("control refused", "check_new_again accepted")
        return PinOutcome(state=RotationState.PROVEN, steps=entry.steps, active="new")

    def _ended(self, entry: Entry, state: RotationState, reason: str) -> PinOutcome:
        return PinOutcome(state=state, reason=reason, steps=entry.steps)

    @rule(name=st.sampled_from(["front", "back"]))
    def lose_a_disk(self, name: str) -> None:
        """A machine burns with everything that it has not told; another enrols in its place."""
        self.agents[name] = Agent(self.desk.post(name))
        if self.phone.at == name:
            self.phone.at = None

    @rule()
    def wait(self) -> None:
        """Every lease runs out, and every pause is over."""
        past = now().replace(year=2020)
        self.session.execute(update(Job).values(not_before=None))
        leased = update(Job).where(Job.state == JobState.LEASED)
        self.session.execute(leased.values(leased_until=past))
        self.session.commit()

    @rule()
    def cancel(self) -> None:
        for job in self.session.scalars(select(Job)).all():
            try:
                cancel_job(self.session, self.tools, job, actor=self.make.actor())
                self.session.commit()
            except Conflict:
                self.session.rollback()

    @rule()
    @precondition(lambda self: self.phone.pin is not None)
    def hand_in(self) -> None:
        """A person who knows what opens the phone tells the vault."""
        given = {"value": self.phone.pin, "reason": "tried by hand", "actor": self.make.actor()}
        try:
            vault.adopt(self.session, self.tools, pin_of(self.device), **given)
            self.session.commit()
        except Conflict:
            self.session.rollback()

    @invariant()
    def the_vault_opens_the_phone(self) -> None:
        if not hasattr(self, "phone") or self.phone.pin is None:
            return
        assert self.phone.pin in self._candidates()

    @invariant()
    def what_is_proven_is_so(self) -> None:
        credential = self._credential() if hasattr(self, "phone") else None
        if credential and credential.level is Level.PROVEN:
            # While a visit is out, what it has just set is the pending one.
            known = [credential.active, credential.pending or credential.active]
            assert self.phone.pin in {opened(self.tools.keyring, v) for v in known if v}

    @invariant()
    def no_version_was_deleted(self) -> None:
        if hasattr(self, "session"):
            numbers = [*self.session.scalars(select(CredentialVersion.number).order_by("number"))]
            assert numbers == list(range(1, len(numbers) + 1))

    def _credential(self) -> Credential | None:
        self.session.expire_all()
        return known_credential(self.session, pin_of(self.device))

    def _candidates(self) -> set[str]:
        credential = self._credential()
        assert credential is not None
        mine = [credential.active, credential.pending, *credential.doubtful]
        return {opened(self.tools.keyring, version) for version in mine if version}


AnyOrder.TestCase.settings = effort(20, stateful_step_count=30)
TestAnyOrder = AnyOrder.TestCase
