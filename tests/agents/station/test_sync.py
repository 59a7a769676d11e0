"""The exchange: all arrives once, what can never arrive is set aside, and trouble is told once."""

from threading import Event

import pytest

from agents.phone.devices import Transport
from agents.station.answers import Answers
from agents.station.journal import Journal
from agents.station.outbox import Outbox
from agents.station.phones import Phones
from agents.station.store import Store
from agents.station.sync import Syncer
from api.client import Refused, ServerUnreachable
from fleet.contracts.clock import now
from fleet.contracts.ports import picture_digest
from fleet.contracts.stations import PhoneLeft, Rejected, SyncIn, SyncOut


class NoJobs:
    """A runner with nothing to do."""

    def held(self):
        return []

    def kept(self):
        return []

    def whole(self):
        return []

    def heard(self, **_said):
        pass

    def over(self, _jobs):
        pass

    def progress(self):
        return []

    def lost(self, _jobs):
        pass

    def refused(self, _jobs):
        pass

    def pause(self, _jobs):
        pass

    def limit(self, _rate):
        pass

    def look(self):
        pass


class Server:
    """Takes what it is told to take, and remembers every message."""

    def __init__(self) -> None:
        self.heard: list[SyncIn] = []
        self.trouble: list[Exception] = []
        self.poison: set[int] = set()
        self.rejects: set[int] = set()
        self.taken = 0
        self.work_apps: list[str] = []
        self.picture: str | None = None

    def sync(self, body: SyncIn) -> SyncOut:
        self.heard.append(body)
        if self.trouble:
            raise self.trouble.pop()
        numbers = [report.sequence for report in body.reports]
        if self.poison & set(numbers):
            raise Refused("invalid", "not_valid", "Field x is not right.", status=422)
        if body.ports is not None:
            self.picture = picture_digest(body.ports)
        self.taken = max(self.taken, body.oldest - 1)
        for number in sorted(numbers):
            self.taken += number == self.taken + 1
        rejected = [
            Rejected(sequence=n, code="job_unknown", message="No such job.")
            for n in numbers
            if n in self.rejects
        ]
        return SyncOut(
            taken=self.taken,
            rejected=rejected,
            work_apps=self.work_apps,
            ports=self.picture,
            next_sync_seconds=3,
            server_time=now(),
        )


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def syncer(tmp_path, server, said):
    store = Store(tmp_path / "outbox.db")
    yield Syncer(
        server=server,
        outbox=Outbox(store),
        journal=Journal(store),
        phones=Phones(),
        runner=NoJobs(),
        stop=Event(),
        say=said.append,
    )
    store.close()


def with_reports(syncer, count):
    for number in range(count):
        syncer.outbox.put(PhoneLeft(serial=f"S{number}"))
    return [report.sequence for report in syncer.outbox.batch().reports]


def test_what_is_taken_is_let_go(syncer, server):
    with_reports(syncer, 3)
    assert syncer.once() == 3
    assert syncer.outbox.waiting() == 0


def test_the_apps_a_company_works_in_are_asked_about_from_then_on(syncer, server):
    syncer.answers = Answers(None)
    server.work_apps = ["com.example.crm", "com.x;reboot"]
    syncer.once()

    commands = " ".join(part.command for part in syncer.answers.parts)
    assert "com.tencent.mobileqq" in commands
    assert "com.example.crm" in commands
    assert "reboot" not in commands


def test_a_server_that_is_down_keeps_every_report_and_is_spoken_of_once(syncer, server, said):
    with_reports(syncer, 3)
    server.trouble = [ServerUnreachable(server="x", reason="refused") for _ in range(5)]
    waits = [syncer.once() for _ in range(5)]

    assert syncer.outbox.waiting() == 3
    assert waits[-1] > waits[0]
    assert len(said) == 1

    syncer.once()
    assert syncer.outbox.waiting() == 0
    assert len(said) == 2


def test_an_answer_that_is_lost_sends_the_same_reports_again(syncer, server):
    numbers = with_reports(syncer, 2)
    server.trouble = [ServerUnreachable(server="x", reason="cut off")]
    syncer.once()
    syncer.once()
    assert [[r.sequence for r in one.reports] for one in server.heard] == [numbers, numbers]


def test_a_rejected_report_is_shown_and_not_sent_again(syncer, server, said):
    numbers = with_reports(syncer, 3)
    server.rejects = {numbers[1]}
    syncer.once()

    assert syncer.outbox.waiting() == 0
    assert [one.sequence for one in syncer.outbox.rejected()] == [numbers[1]]
    assert any("job_unknown" in line for line in said)


def test_one_report_that_cannot_be_read_does_not_hold_up_the_others(syncer, server, said):
    numbers = with_reports(syncer, 20)
    server.poison = {numbers[7]}
    for _ in range(40):
        syncer.once()

    assert syncer.outbox.waiting() == 0
    assert [one.sequence for one in syncer.outbox.rejected()] == [numbers[7]]
    assert server.taken == numbers[-1]


@pytest.mark.parametrize("kind", ["unauthorized", "conflict", "unavailable", "refused"])
def test_no_other_refusal_costs_a_report(syncer, server, said, kind):
    with_reports(syncer, 2)
    server.trouble = [Refused(kind, "x", "No.", status=400) for _ in range(4)]
    for _ in range(4):
        syncer.once()
    assert syncer.outbox.waiting() == 2
    assert len(said) == 1


def pictures(server) -> list[list[str] | None]:
    return [
        None if body.ports is None else [one.transport for one in body.ports]
        for body in server.heard
    ]


def test_the_picture_of_the_ports_is_sent_when_it_has_changed(syncer, server):
    syncer.once()
    syncer.once()
    syncer.ports.came(Transport("A1", "device", port="usb:1-4"))
    syncer.once()
    syncer.once()
    syncer.ports.left("A1")
    syncer.once()

    assert pictures(server) == [[], None, ["A1"], None, []]


def test_a_picture_that_the_server_did_not_take_is_sent_again(syncer, server):
    syncer.ports.came(Transport("A1", "device"))
    server.trouble.append(ServerUnreachable(server="x", reason="gone"))
    syncer.once()
    syncer.once()
    syncer.once()

    assert pictures(server) == [["A1"], ["A1"], None]


def test_a_server_that_was_restored_gets_the_picture_again(syncer, server):
    syncer.ports.came(Transport("A1", "device"))
    syncer.once()
    server.picture = "of the day before"
    syncer.once()
    syncer.once()
    syncer.once()

    assert pictures(server) == [["A1"], None, ["A1"], None]
