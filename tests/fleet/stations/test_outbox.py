"""I8 and I10: however a station sends its reports, each has the effect of one and none is lost."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.audit.models import AuditEntry
from fleet.contracts.stations import JobDone, PhoneLeft, PhoneUnreadable, SyncIn
from fleet.stations import outbox
from fleet.stations.errors import StationRevoked
from fleet.stations.exchange import sync
from fleet.stations.models import StationReport
from fleet.stations.queries import station_named
from fleet.stations.services import revoke


def noted(session: Session) -> int:
    """Return how often a phone was noted as unreadable: each report of one adds an entry."""
    seen = AuditEntry.event == "station.phone_unreadable"
    return session.scalar(select(func.count()).where(seen)) or 0


def unreadable(name: str) -> PhoneUnreadable:
    return PhoneUnreadable(
        transport=name, state="unauthorized", reason="the prompt was not answered"
    )


def test_reports_sent_again_have_the_effect_of_one(desk, post, session) -> None:
    reports = [post.report(unreadable(f"usb-{n}")) for n in range(4)]

    answers = [desk.sync(post, *reports) for _ in range(3)]

    assert [answer.taken for answer in answers] == [4, 4, 4]
    assert noted(session) == 4


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(st.integers(0, 7), max_size=10), max_size=8))
def test_any_resending_in_any_order_has_the_effect_of_one(desk, session, orders) -> None:
    post = desk.post()
    before = noted(session)
    reports = [post.report(unreadable(f"usb-{n}")) for n in range(8)]

    for order in orders:
        desk.sync(post, *(reports[n] for n in order))
    answer = desk.sync(post, *reversed(reports))

    assert (answer.taken, answer.rejected) == (8, [])
    assert noted(session) - before == 8


def test_what_comes_behind_a_gap_waits_until_it_is_filled(desk, post, session) -> None:
    first, second, third = (post.report(unreadable(f"usb-{n}")) for n in range(3))

    assert desk.sync(post, first, third).taken == 1
    assert noted(session) == 1
    assert desk.sync(post, second, third).taken == 3
    assert noted(session) == 3


def test_reports_that_a_station_lost_do_not_stop_the_others(desk, post, session) -> None:
    reports = [post.report(unreadable(f"usb-{n}")) for n in range(5)]

    answer = desk.sync(post, *reports[3:], oldest=4)

    lost = session.scalars(select(AuditEntry).where(AuditEntry.event == "station.reports_lost"))
    assert answer.taken == 5
    assert [(entry.details["first"], entry.details["last"]) for entry in lost] == [(1, 3)]


def test_a_refused_report_is_stored_answered_and_never_comes_again(desk, post, session) -> None:
    of_nothing = post.report(JobDone(job="no such job", failure="cable"))
    after = post.report(unreadable("usb-1"))

    first = desk.sync(post, of_nothing, after)
    again = desk.sync(post, of_nothing, after)

    assert first.taken == again.taken == 2
    assert [item.code for item in first.rejected] == ["job_not_found"]
    assert again.rejected == first.rejected
    assert noted(session) == 1
    kept = session.scalars(select(StationReport).where(StationReport.sequence == 1)).one()
    assert kept.body == {
        "kind": "job_done", "job": "no such job", "failure": "cable", "again": False
    }  # fmt: skip


def test_a_report_that_breaks_our_own_code_is_kept_and_the_next_ones_are_taken(
    desk, post, session, monkeypatch
) -> None:
    handle: Callable[..., None] = outbox.handle

    def breaks(session, tools, station, report, *, actor) -> None:
        handle(session, tools, station, report, actor=actor)
        if report.sequence == 1:
            raise ValueError("nobody thought of this")

    monkeypatch.setattr(outbox, "handle", breaks)
    answer = desk.sync(post, *(post.report(unreadable(f"usb-{n}")) for n in range(3)))

    assert answer.taken == 3
    assert [item.code for item in answer.rejected] == ["report_not_understood"]
    assert noted(session) == 2


def test_a_number_used_for_something_else_is_refused_and_the_first_stays(desk, post) -> None:
    desk.sync(post, post.report(unreadable("usb-1")))
    post.made.clear()

    answer = desk.sync(post, post.report(unreadable("usb-2")))

    assert answer.taken == 1
    assert [item.code for item in answer.rejected] == ["sequence_reused"]


def test_a_machine_enrolled_anew_counts_from_one(desk, post, session) -> None:
    desk.sync(post, post.report(unreadable("usb-1")))

    renewed = desk.post(post.name)
    answer = desk.sync(renewed, renewed.report(unreadable("usb-2")))

    assert (answer.taken, answer.rejected) == (1, [])
    assert noted(session) == 2


def test_an_exchange_that_is_not_committed_left_nothing(desk, post, session, tools) -> None:
    reports = [post.report(unreadable(f"usb-{n}")) for n in range(3)]
    sync(session, tools, SyncIn(reports=reports), actor=post.actor)
    session.rollback()

    assert noted(session) == 0
    assert desk.sync(post, *reports).taken == 3
    assert noted(session) == 3


def test_a_phone_that_went_away_is_not_here(desk, post, session, make) -> None:
    stays, leaves, unplugged = make.device(), make.device(), make.device()
    for device in (stays, leaves, unplugged):
        desk.plug_in(post, device)

    here = [stays.serial, unplugged.serial]
    answer = desk.sync(post, post.report(PhoneLeft(serial=unplugged.serial)), present=here)

    assert answer.tags == {stays.serial: stays.tag}


def test_only_a_report_of_who_it_is_makes_a_phone_present(desk, post, make) -> None:
    device = make.device()

    assert desk.sync(post, present=[device.serial]).tags == {}
    assert desk.plug_in(post, device).tags == {device.serial: device.tag}


def test_a_station_that_was_shut_out_exchanges_nothing(desk, post, session, make) -> None:
    revoke(session, station_named(session, post.name), actor=make.actor())

    with pytest.raises(StationRevoked):
        desk.sync(post)
