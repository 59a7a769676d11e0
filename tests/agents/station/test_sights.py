"""A station tells an unchanged phone in few words once the server has said that it has the rest."""

from datetime import timedelta

import pytest
import time_machine

from agents.station.outbox import Outbox
from agents.station.sights import TOLD_ANYWAY_AFTER
from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.facts import Battery, Identity, Os, PhoneFacts, Sim
from fleet.contracts.stations import PhoneSeen, PhoneUnchanged, Rejected, Report, SyncOut

SERIAL = "S1"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "outbox.db")
    yield store
    store.close()


@pytest.fixture
def outbox(store):
    return Outbox(store)


def seen(android: str = "15", level: int = 80) -> PhoneSeen:
    facts = PhoneFacts(
        identity=Identity(serial=SERIAL),
        os=Os(android=android),
        battery=Battery(level=level),
        sims=(Sim(slot=0, iccid="8986"),),
    )
    return PhoneSeen(facts=facts, transport=SERIAL, digest="0" * 64)


def waiting(outbox: Outbox) -> list[Report]:
    return list(outbox.batch().reports)


def kinds(outbox: Outbox) -> list[str]:
    return [report.body.kind for report in waiting(outbox)]


def taken(outbox: Outbox, **answer) -> None:
    """Have the server take what waits; `answer` is what it says beside that."""
    last = max((report.sequence for report in waiting(outbox)), default=0)
    outbox.settle(taken=last, **answer)


def known(outbox: Outbox, told: PhoneSeen) -> None:
    outbox.put_visit(told)
    taken(outbox, known={SERIAL: told.facts.digest()})


def test_a_phone_that_is_the_same_is_told_in_few_words(outbox):
    known(outbox, seen())

    outbox.put_visit(seen(level=20))

    [report] = waiting(outbox)
    assert isinstance(report.body, PhoneUnchanged)
    assert (report.body.facts, report.body.cards) == (seen().facts.digest(), ["8986"])
    assert report.body.quick.battery.level == 20


@pytest.mark.parametrize("answer", [{}, {"known": {SERIAL: "f" * 64}}, {"known": {"S2": "0" * 64}}])
def test_what_the_server_did_not_say_it_has_is_told_in_full(outbox, answer):
    outbox.put_visit(seen())
    taken(outbox, **answer)

    outbox.put_visit(seen())

    assert kinds(outbox) == ["phone_seen"]


def test_a_server_that_knows_nothing_of_it_hears_everything():
    assert SyncOut.model_validate({"taken": 1, "server_time": now()}).known == {}


def test_a_phone_that_changed_is_told_in_full(outbox):
    known(outbox, seen())

    outbox.put_visit(seen(android="16"))

    assert kinds(outbox) == ["phone_seen"]


def test_what_waits_is_not_taken_for_known(outbox):
    known(outbox, seen())
    outbox.put_visit(seen(android="16"))

    assert kinds(outbox) == ["phone_seen"]
    outbox.put_visit(seen(android="16"))
    outbox.put_visit(seen())

    assert kinds(outbox) == ["phone_seen"] * 3


def test_a_server_that_asks_for_it_gets_all_of_it_as_it_was_then(outbox):
    known(outbox, seen())
    outbox.put_visit(seen(level=20))
    [brief] = waiting(outbox)

    taken(outbox, anew=[SERIAL])

    [report] = waiting(outbox)
    assert isinstance(report.body, PhoneSeen)
    assert report.body.facts.battery.level == 20
    assert report.body.facts.digest() == seen().facts.digest()
    assert abs(report.at - brief.at) < timedelta(seconds=1)
    taken(outbox, anew=[SERIAL, "S2"])
    assert waiting(outbox) == []


def test_a_server_that_lost_it_is_told_in_full_until_it_has_it(outbox):
    known(outbox, seen())
    outbox.put_visit(seen())
    taken(outbox, anew=[SERIAL])

    outbox.put_visit(seen())

    assert kinds(outbox) == ["phone_seen", "phone_seen"]


def test_all_is_told_from_time_to_time(outbox):
    known(outbox, seen())

    with time_machine.travel(now() + TOLD_ANYWAY_AFTER + timedelta(minutes=1)):
        outbox.put_visit(seen())

    assert kinds(outbox) == ["phone_seen"]


def test_what_the_server_has_outlives_the_agent(tmp_path):
    first = Store(tmp_path / "again.db")
    known(Outbox(first), seen())
    first.close()

    second = Store(tmp_path / "again.db")
    outbox = Outbox(second)
    outbox.put_visit(seen())
    assert kinds(outbox) == ["phone_unchanged"]
    second.close()


def test_a_folder_put_back_from_a_copy_says_what_it_knew_and_is_asked(outbox, store):
    known(outbox, seen())
    with store.transaction() as connection:
        connection.execute("UPDATE sight SET digest = ?", (seen(android="14").facts.digest(),))

    outbox.put_visit(seen(android="14"))

    assert kinds(outbox) == ["phone_unchanged"]  # the server, which has 15, asks for all of it


def test_an_older_server_that_takes_no_few_words_is_told_all(outbox):
    known(outbox, seen())
    outbox.put_visit(seen(level=20))
    [report] = waiting(outbox)
    refusal = Rejected(sequence=report.sequence, code="request_invalid", message="kind")

    outbox.settle(taken=0, rejected=[refusal])
    outbox.put_visit(seen())

    assert kinds(outbox) == ["phone_seen", "phone_seen"]
