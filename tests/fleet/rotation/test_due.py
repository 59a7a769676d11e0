"""Lists and numbers of what is due, as the database makes them."""

from datetime import timedelta

import pytest
import time_machine

from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import PolicyIn
from fleet.contracts.rotation import CalendarQuery, DueQuery, ForecastQuery, Standing
from fleet.custody.issuing import issue
from fleet.policies.services import set_policy
from fleet.rotation.due import calendar, due, forecast
from fleet.rotation.services import plan_rotation
from fleet.vault import services as vault
from fleet.vault.queries import code_of, known_credential, password_of, pin_of
from tests.fleet.custody.proofs import change_password, rotate_pin
from tests.fleet.stations.desk import proven

DAY = timedelta(days=1)
PIN, WORD = CredentialKind.DEVICE_PIN, CredentialKind.ACCOUNT_PASSWORD


@pytest.fixture
def phone_due(session, tools, make):
    """Give what makes a phone, of a department or of none, whose PIN is due in some days."""

    def phone_due(days: float, department=None):
        phone = make.device()
        if department is not None:
            holder = make.employee(department=department)
            issue(session, to=holder, devices=[phone], actor=make.actor())
        rotate_pin(session, tools, phone)
        known_credential(session, pin_of(phone)).due_at = now() + days * DAY
        session.flush()
        return phone

    return phone_due


def subjects(session, tools, make, **given) -> list[str]:
    rows, _mark = due(session, tools.settings, DueQuery(**given), actor=make.actor())
    return [row.subject for row in rows]


def test_what_is_overdue_and_what_soon_is_are_listed_the_oldest_first(
    session, tools, make, phone_due
):
    soon, late, _much_later = phone_due(5), phone_due(-1), phone_due(30)

    assert subjects(session, tools, make) == [late.tag, soon.tag]
    assert subjects(session, tools, make, standing=Standing.OVERDUE) == [late.tag]
    assert subjects(session, tools, make, standing=Standing.WARNING) == [soon.tag]


def test_each_department_is_warned_in_its_own_time(session, tools, make, phone_due):
    top = make.department(code="TOP")
    east = make.department(code="EAST", parent=top)
    far, near, regular = phone_due(20, east), phone_due(20), phone_due(5)
    given = PolicyIn(kind=PIN, department="TOP", reason="early", warning_days=30)
    set_policy(session, tools.settings, given, actor=make.actor())

    assert subjects(session, tools, make) == [regular.tag, far.tag]
    assert near.tag not in subjects(session, tools, make)


def test_what_is_due_can_be_narrowed(session, tools, make, phone_due, desk):
    post, top = desk.post("front"), make.department(code="TOP")
    east = make.department(code="EAST", parent=top)
    theirs, here = phone_due(-1, east), phone_due(-1)
    account = make.account(department_id=east.id, device_id=here.id)
    change_password(session, tools, account)
    known_credential(session, password_of(account)).due_at = now()
    desk.sync(post, post.report(desk.seen(here)), present=[here.serial], free=0)

    assert set(subjects(session, tools, make, department="TOP")) == {theirs.tag, account.handle}
    assert set(subjects(session, tools, make, station="front")) == {here.tag, account.handle}
    assert subjects(session, tools, make, kind=WORD) == [account.handle]
    assert subjects(session, tools, make, q=theirs.tag) == [theirs.tag]


def test_a_line_says_where_it_is_and_who_changes_it(session, tools, make, phone_due):
    phone_due(-1, make.department(code="EAST"))
    subject = code_of(make.sim(), CredentialKind.SIM_PIN)
    given = {"value": "4829", "reason": "card", "actor": make.actor()}
    vault.adopt(session, tools, subject, **given).due_at = now()
    session.flush()

    rows, _mark = due(session, tools.settings, DueQuery(), actor=make.actor())

    assert [(row.department, row.by_station) for row in rows] == [("EAST", True), (None, False)]


def test_what_a_rotation_has_in_hand_is_not_due(session, tools, make, phone_due):
    plan_rotation(session, tools, phone_due(-1), reason="asked", actor=make.actor())

    assert subjects(session, tools, make) == []


def test_a_long_list_comes_in_pages_with_as_many_questions(
    session, tools, make, phone_due, count_queries
):
    east = make.department()
    for _ in range(6):
        phone_due(-1, east)

    def asked(limit: int) -> int:
        with count_queries() as sent:
            _rows, mark = due(session, tools.settings, DueQuery(limit=limit), actor=make.actor())
        assert mark is not None
        return len(sent)

    assert asked(5) == asked(1)


def test_a_calendar_counts_each_day_by_kind(session, tools, make, phone_due):
    noon = now().astimezone().replace(hour=12, minute=0)
    with time_machine.travel(noon, tick=False):
        for days in (-2, 1, 1, 9, 27.4):
            phone_due(days)
        phone_due(40)
        found = calendar(session, CalendarQuery(weeks=4), actor=make.actor())

    assert found.overdue == {PIN: 1}
    days = {(one.day - noon.date()).days: one.total for one in found.days}
    assert days == {1: 2, 9: 1, 27: 1}


def test_a_forecast_takes_the_median_of_past_visits(session, tools, make, phone_due, desk):
    start, post = now(), desk.post()
    for minutes in (1, 2, 30):
        with time_machine.travel(start, tick=False) as clock:
            phone = make.device()
            desk.plug_in(post, phone)
            plan_rotation(session, tools, phone, reason="first", actor=make.actor())
            lease = desk.lease(post)
            clock.shift(timedelta(minutes=minutes) if minutes < 2 else timedelta(seconds=100))
            desk.done(post, lease, proven())
    for days in (1, 2, 29):
        phone_due(days)

    found = forecast(session, ForecastQuery(days=30), actor=make.actor())

    pins = next(one for one in found.visits if one.kind is PIN)
    assert (pins.due, pins.measured, pins.minutes) == (3, 3, 1.67)
    assert found.station_hours == 0.1


def test_a_forecast_without_a_past_says_no_hours(session, tools, make, phone_due):
    phone_due(1)

    found = forecast(session, ForecastQuery(days=30), actor=make.actor())

    assert ([one.due for one in found.visits], found.station_hours) == ([0, 0, 1], None)


def test_wecom_has_no_password_that_could_be_due(session, tools, make):
    given = {"value": "of-the-admin", "reason": "known", "actor": make.actor()}
    for kind in (AccountKind.WECHAT, AccountKind.WECOM):
        subject = password_of(make.account(kind, handle=f"{kind.value}-1"))
        vault.adopt(session, tools, subject, **given)
        known_credential(session, subject).due_at = now() - DAY

    assert subjects(session, tools, make) == ["wechat-1"]
    counted = calendar(session, CalendarQuery(), actor=make.actor())
    assert counted.overdue == {WORD: 1}
