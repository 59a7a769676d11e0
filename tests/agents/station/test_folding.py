"""Weeks without a server: what waits stays little, and no change of a phone is lost."""

import pytest

from agents.station.outbox import BATCH, Outbox
from agents.station.store import Store
from fleet.contracts.facts import App, Battery, Gap, Identity, Os, PhoneFacts
from fleet.contracts.stations import JobDone, PhoneLeft, PhoneSeen, PhoneUnreadable


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "outbox.db")
    yield store
    store.close()


@pytest.fixture
def outbox(store):
    return Outbox(store)


def seen(patch="2026-10", *, level=50, serial="S1", **others):
    facts = PhoneFacts(
        identity=Identity(serial=serial),
        os=Os(security_patch=patch),
        battery=Battery(level=level),
        **others,
    )
    return PhoneSeen(facts=facts, transport="t", digest="0" * 64)


def waiting(outbox):
    return [report.body for report in outbox.batch().reports]


def test_a_phone_that_blinks_ten_thousand_times_leaves_a_handful_of_reports(outbox):
    for number in range(10_000):
        outbox.put(seen(level=number % 100))
        outbox.put(PhoneLeft(serial="S1"))
        if number % 3 == 0:
            reason = f"device {'offline' if number % 2 else 'unauthorized'}"
            outbox.put(PhoneUnreadable(transport="t", state="offline", reason=reason))

    kinds = [body.kind for body in waiting(outbox)]

    assert kinds.count("phone_seen") == 2
    assert kinds.count("phone_left") == 1
    assert len(kinds) <= 7


def test_a_server_that_was_tried_meanwhile_changes_nothing_about_it(outbox):
    for number in range(3 * BATCH):
        outbox.put(seen(level=number % 100))
        outbox.put(PhoneLeft(serial="S1"))
        if number % 5 == 0:
            outbox.batch()  # sent, and no answer came

    assert outbox.waiting() <= BATCH + 3


def test_a_phone_that_is_as_the_server_knows_it_leaves_its_newest_visit_and_its_end(outbox):
    told = seen()
    outbox.put_visit(told)
    [report] = outbox.batch().reports
    outbox.settle(taken=report.sequence, known={"S1": told.facts.digest()})

    for level in range(20):
        outbox.put_visit(seen(level=level))
        outbox.put(PhoneLeft(serial="S1"))

    newest, left = waiting(outbox)
    assert (newest.kind, newest.quick.battery.level) == ("phone_unchanged", 19)
    assert left.kind == "phone_left"


def test_every_change_is_kept_with_the_moment_it_was_seen_first(outbox):
    patches = ["a", "a", "a", "b", "b", "b", "a", "a", "a", "c"]
    for level, patch in enumerate(patches):
        outbox.put(seen(patch, level=level))

    kept = [(body.facts.os.security_patch, body.facts.battery.level) for body in waiting(outbox)]

    assert kept == [("a", 0), ("b", 3), ("a", 6), ("c", 9)]


def test_an_app_that_was_taken_away_is_a_change_and_one_that_was_not_told_is_none(outbox):
    both = (App(package="a", enabled=True), App(package="b", enabled=True))
    gap = Gap(part="packages", reason="cut")
    for visit in (
        seen(apps=both, level=0),
        seen(apps=both[:1], level=1, gaps=(gap,)),
        seen(apps=both, level=2),
        seen(apps=both[:1], level=3),
        seen(apps=both[:1], level=4),
    ):
        outbox.put(visit)

    assert [body.facts.battery.level for body in waiting(outbox)] == [0, 3, 4]


def test_ends_of_jobs_and_other_phones_are_left_alone(outbox):
    for number in range(4):
        outbox.put(seen(serial=f"S{number % 2}"))
        outbox.put(JobDone(job="j", failure="x"))

    kinds = [body.kind for body in waiting(outbox)]

    assert kinds == ["phone_seen", "job_done"] * 4


def test_what_was_sent_once_is_sent_again_as_it_was(outbox):
    outbox.put(seen(level=1))
    outbox.put(PhoneLeft(serial="S1"))
    before = outbox.batch().reports

    outbox.put(seen(level=2))
    outbox.put(PhoneLeft(serial="S1"))

    assert outbox.batch().reports[:2] == before
