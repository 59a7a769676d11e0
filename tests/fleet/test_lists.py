"""Lists in pages: every row once, in order, empty values last, in a fixed number of questions."""

import threading
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from fleet.accounts.lifecycle import State as AccountState
from fleet.contracts.accounts import AccountKind, AccountQuery
from fleet.contracts.clock import now
from fleet.contracts.devices import DeviceQuery
from fleet.contracts.proof import Level
from fleet.contracts.sims import SimQuery
from fleet.counting import next_number
from fleet.custody.issuing import issue
from fleet.custody.register import accounts, devices, shown_device, sims
from fleet.database import make_sessions
from fleet.devices.models import Device
from fleet.devices.queries import SORTS
from fleet.paging import PageMarkUnreadable, SortUnknown, page
from tests.fleet.custody.proofs import back_up, look, rotate_pin


def tags(session, **given) -> list[str]:
    """Return the tags of all pages, two at a time."""
    found, mark = [], None
    while True:
        query = DeviceQuery(limit=2, after=mark, **given)
        rows, mark = page(session, select(Device), query, sorts=SORTS, default="tag", key=Device.id)
        found += [row.tag for row in rows]
        if mark is None:
            return found


@pytest.fixture
def five(make) -> None:
    """Make five phones, two of them never seen, two of them seen at the same moment."""
    moment = now()
    for tag, seen in [("A", moment), ("B", None), ("C", moment), ("D", None)]:
        make.device(tag=tag, last_seen_at=seen)
    make.device(tag="E", last_seen_at=moment - timedelta(days=1))


@pytest.mark.usefixtures("five")
def test_every_row_is_on_one_page(session):
    assert tags(session) == ["A", "B", "C", "D", "E"]
    assert tags(session, sort="-tag") == ["E", "D", "C", "B", "A"]


@pytest.mark.usefixtures("five")
def test_empty_values_come_last_either_way(session):
    rising, falling = tags(session, sort="last_seen_at"), tags(session, sort="-last_seen_at")

    assert (rising[0], set(rising[1:3]), set(rising[3:])) == ("E", {"A", "C"}, {"B", "D"})
    assert (set(falling[:2]), falling[2], set(falling[3:])) == ({"A", "C"}, "E", {"B", "D"})


@pytest.mark.usefixtures("five")
def test_states_sort_and_page_too(session):
    assert sorted(tags(session, sort="state")) == ["A", "B", "C", "D", "E"]


def test_an_unknown_sort_names_those_there_are(session):
    with pytest.raises(SortUnknown, match="tag"):
        tags(session, sort="colour")


@pytest.mark.parametrize("mark", ["x", "e30=", "WzEsMl0=", "é"])
def test_a_mark_that_no_list_gave_is_refused(session, make, mark):
    query = DeviceQuery(after=mark)
    with pytest.raises(PageMarkUnreadable):
        page(session, select(Device), query, sorts=SORTS, default="tag", key=Device.id)


def test_a_phone_is_shown_with_its_holder_its_pin_and_its_backup(session, tools, make):
    ann, phone = make.employee(), make.device()
    issue(session, to=ann, devices=[phone], actor=make.actor())
    rotate_pin(session, tools, phone)
    newest = back_up(session, phone)
    look(session, tools, make, phone)

    seen = shown_device(session, phone.tag, actor=make.actor())

    assert (seen.holder.number, seen.pin, seen.backup) == (ann.number, Level.PROVEN, Level.VERIFIED)
    assert (seen.backup_at, seen.facts.identity.serial) == (newest.ended_at, phone.serial)


def test_phones_can_be_narrowed(session, tools, make):
    ann, held, free = make.employee(), make.device(), make.device(market_name="Mate 60 100%")
    issue(session, to=ann, devices=[held], actor=make.actor())
    rotate_pin(session, tools, held)
    asked = {
        "holder": DeviceQuery(holder=ann.number),
        "state": DeviceQuery(state="issued"),
        "pin": DeviceQuery(pin=Level.PROVEN),
    }

    for query in asked.values():
        assert [line.tag for line in devices(session, query, actor=make.actor())[0]] == [held.tag]
    for query in (DeviceQuery(q="mate 60"), DeviceQuery(q="100%"), DeviceQuery(pin=Level.NONE)):
        assert [line.tag for line in devices(session, query, actor=make.actor())[0]] == [free.tag]


@pytest.mark.parametrize("field", ["q", "holder", "sort", "after"])
def test_nothing_is_looked_for_by_a_character_that_no_text_has(field):
    with pytest.raises(ValidationError):
        DeviceQuery.model_validate({field: "a\0b"})


def test_sims_and_accounts_are_shown_with_their_holder(session, make):
    ann, sim, account = make.employee(), make.sim(), make.account(kind=AccountKind.WECOM)
    issue(session, to=ann, sims=[sim], accounts=[account], actor=make.actor())
    make.sim()
    make.account()

    (card,), _ = sims(session, SimQuery(holder=ann.number), actor=make.actor())
    query = AccountQuery(kind=AccountKind.WECOM, state=AccountState.ISSUED)
    (line,), _ = accounts(session, query, actor=make.actor())

    assert (card.number, card.holder.number) == (sim.number, ann.number)
    assert (line.handle, line.holder.number, line.password) == (
        account.handle,
        ann.number,
        Level.NONE,
    )


def test_more_phones_do_not_mean_more_questions(session, tools, make, count_queries):
    def fill(count: int) -> None:
        for _ in range(count):
            phone = make.device()
            issue(session, to=make.employee(), devices=[phone], actor=make.actor())
            rotate_pin(session, tools, phone)
        session.flush()
        session.expire_all()

    def asked() -> int:
        with count_queries() as sent:
            devices(session, DeviceQuery(limit=100), actor=make.actor())
        return len(sent)

    fill(1)
    few = asked()
    fill(4)

    assert asked() == few


def test_numbers_are_given_out_once_and_in_order(engine):
    sessions, given = make_sessions(engine), []

    def take() -> None:
        for _ in range(5):
            with sessions.begin() as session:
                given.append(next_number(session, "case"))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(given) == list(range(1, 21))


def test_a_number_that_was_not_used_is_given_out_again(sessions):
    with sessions() as session:
        next_number(session, "case")
        session.rollback()
        assert next_number(session, "case") == 1
