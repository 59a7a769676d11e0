from datetime import timedelta

import time_machine
from sqlalchemy import func, select

from fleet.access.models import Token
from fleet.access.tokens import add_token, forget_sessions
from fleet.chores.services import AT_A_TIME, Chore, is_due, take_turn
from fleet.contracts.clock import now
from fleet.contracts.stations import JobDone, PhoneUnreadable
from fleet.database import make_sessions
from fleet.stations.models import StationReport
from fleet.stations.outbox import forget_reports
from tests.conftest import ON_POSTGRES
from tests.fleet.stations.desk import Desk

HOUR = timedelta(hours=1)


def chore(done: int = 0) -> Chore:
    return Chore("sweep", HOUR, lambda _session: done)


def test_a_chore_is_done_when_it_is_due_and_not_before(session):
    assert is_due(session, chore())
    assert take_turn(session, chore(3), by="a") == 3
    assert not is_due(session, chore())
    assert take_turn(session, chore(3), by="b") is None

    with time_machine.travel(now() + HOUR):
        assert take_turn(session, chore(3), by="b") == 3


def test_where_more_is_left_it_stays_due(session):
    take_turn(session, chore(AT_A_TIME), by="a")

    assert is_due(session, chore())


def test_a_turn_that_was_not_ended_is_anybodys_at_once(engine):
    sessions = make_sessions(engine)
    with sessions() as dying:
        take_turn(dying, chore(), by="a")
        dying.rollback()

    with sessions.begin() as other:
        assert take_turn(other, chore(7), by="b") == 7


@ON_POSTGRES  # SQLite has one writer: whoever writes waits
def test_while_one_is_at_it_the_others_do_not_wait(engine):
    sessions = make_sessions(engine)
    late = Chore("sweep", timedelta(), lambda _session: 0)
    with sessions.begin() as first:
        take_turn(first, late, by="a")
    with sessions.begin() as at_it, sessions.begin() as other:
        assert take_turn(at_it, late, by="a") == 0
        assert take_turn(other, late, by="b") is None


def test_sessions_that_ended_a_month_ago_are_forgotten(session, make):
    user, month = make.user(), timedelta(days=31)
    kept = {"long ago": -2 * month, "of today": month}
    for label, ends in kept.items():
        given = {"user": user, "expires_at": now() + ends}
        add_token(session, label=label, idle_seconds=60, **given)
        add_token(session, label=f"program {label}", **given)
    session.flush()

    assert forget_sessions(session, at_most=10) == 1
    left = set(session.scalars(select(Token.label)))
    assert left == {"of today", "program of today", "program long ago"}


def test_reports_of_which_nothing_is_kept_are_forgotten_and_not_taken_again(session, tools, make):
    desk = Desk(session, tools, make)
    post = desk.post()
    seen = post.report(PhoneUnreadable(transport="usb", state="offline", reason="asleep"))
    refused = post.report(JobDone(job="no job of anybody"))
    desk.sync(post, seen, refused)

    with time_machine.travel(now() + timedelta(days=31)):
        assert forget_reports(session, at_most=10) == 1
        answer = desk.sync(post, seen, refused)

    assert (answer.taken, [item.sequence for item in answer.rejected]) == (2, [2])
    assert session.scalar(select(func.count(StationReport.id))) == 1
