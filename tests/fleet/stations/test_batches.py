"""Visits are taken many at once: what is wrong with one harms no other."""

import pytest
from sqlalchemy import func, select

from fleet.audit.models import AuditEntry
from fleet.compliance.models import Standing
from fleet.contracts.facts import App, Identity, Os, Sim
from fleet.contracts.stations import JobDone, PhoneLeft, PhoneSeen, PhoneUnreadable
from fleet.devices import noting
from fleet.devices.models import Device, DeviceChange
from fleet.devices.queries import device_by_serial
from fleet.stations.models import StationReport
from fleet.stations.outbox import _digest_of_all
from tests.factories import luhn

WORK = App(package="com.a", version_name="1", system=False)


def seen(facts) -> PhoneSeen:
    return PhoneSeen(facts=facts, transport=facts.identity.serial or "?", digest="0" * 64)


@pytest.fixture
def known(desk, post, make):
    """Give the facts of phones that were told once."""

    def told(count, **given):
        found = [make.facts(make.device(), apps=(WORK,), **given) for _ in range(count)]
        for facts in found:
            desk.sync(post, post.report(seen(facts)), present=[])
        return found

    return told


def newer(facts, version="2"):
    return facts.model_copy(update={"apps": (WORK.model_copy(update={"version_name": version}),)})


def versions(session, facts) -> list[tuple[str | None, str | None]]:
    phone = device_by_serial(session, facts.identity.serial)
    of_it = DeviceChange.device_id == phone.id, DeviceChange.field.startswith("apps.")
    lines = select(DeviceChange).where(*of_it)
    return [(line.old, line.new) for line in session.scalars(lines.order_by(DeviceChange.at))]


def test_what_is_wrong_with_one_visit_harms_no_other(desk, post, session, known):
    first, second, third = known(3)
    another = second.model_copy(
        update={
            "identity": second.identity.model_copy(update={"imei": (luhn("86999900000001"),)}),
        }
    )
    nameless = first.model_copy(update={"identity": Identity()})
    bodies = [newer(first), another, nameless, newer(third)]
    reports = [post.report(seen(facts)) for facts in bodies]

    answer = desk.sync(post, *reports, present=[])
    again = desk.sync(post, *reports, present=[])

    refused = [(one.sequence - reports[0].sequence, one.code) for one in answer.rejected]
    assert refused == [(1, "phone_identity_clash"), (2, "serial_names_no_phone")]
    assert answer.taken == again.taken == reports[-1].sequence
    assert again.rejected == answer.rejected
    assert versions(session, first) == versions(session, third) == [("1", "2")]
    assert versions(session, second) == []


def test_what_breaks_our_own_code_is_found_and_the_others_are_taken(
    desk, post, session, known, make, monkeypatch
):
    phones = known(4)
    sim = make.sim()
    phones[3] = phones[3].model_copy(update={"sims": (Sim(slot=0, iccid=sim.iccid),)})
    broken = phones[1].identity.serial

    def breaks(_session, _tools, visits):
        if any(one.device.serial == broken for one in visits):
            raise ValueError("nobody thought of this")

    monkeypatch.setattr(noting, "LISTENERS", [*noting.LISTENERS, breaks])
    answer = desk.sync(post, *(post.report(seen(newer(one))) for one in phones), present=[])

    assert [one.code for one in answer.rejected] == ["report_not_understood"]
    assert [versions(session, one) for one in phones] == [
        [("1", "2")], [], [("1", "2")], [("1", "2")]
    ]  # fmt: skip
    moved = AuditEntry.event == "sim.seen_elsewhere"
    assert session.scalar(select(func.count()).where(moved)) == 1


def test_the_visits_of_one_phone_keep_their_order(desk, post, session, known):
    [facts] = known(1)

    bodies = [seen(newer(facts)), seen(newer(facts, "3")), seen(facts), seen(newer(facts, "4"))]
    desk.sync(post, *(post.report(body) for body in bodies), present=[])

    assert versions(session, facts) == [("1", "2"), ("2", "3"), ("3", "1"), ("1", "4")]


def test_what_is_no_visit_keeps_its_place_among_them(desk, post, session, known):
    [facts] = known(1)
    serial = facts.identity.serial
    bodies = [
        seen(newer(facts)),
        PhoneLeft(serial=serial),
        PhoneUnreadable(transport="usb-1", state="offline", reason="asleep"),
        JobDone(job="no such job", failure="cable"),
        seen(newer(facts, "3")),
        PhoneLeft(serial=serial),
    ]

    answer = desk.sync(post, *(post.report(body) for body in bodies), present=[serial])

    session.expire_all()
    kinds = session.scalars(select(StationReport.kind).order_by(StationReport.sequence))
    assert list(kinds)[1:] == [body.kind for body in bodies]
    assert [one.code for one in answer.rejected] == ["job_not_found"]
    assert not device_by_serial(session, serial).present
    assert versions(session, facts) == [("1", "2"), ("2", "3")]


def test_new_phones_among_known_ones_are_taken_into_stock(desk, post, session, known, make):
    phones = known(2)
    new = [make.facts(), make.facts()]

    bodies = [phones[0], new[0], phones[1], new[1]]
    answer = desk.sync(post, *(post.report(seen(one)) for one in bodies), present=[])

    serials = set(session.scalars(select(Device.serial)))
    assert answer.rejected == []
    assert {one.identity.serial for one in new} < serials
    assert session.scalar(select(func.count()).select_from(Standing)) == 4


def test_a_new_build_among_many_is_on_record_once(desk, post, session, known):
    phones = known(3)
    updated = phones[1].model_copy(update={"os": Os(android="16", fingerprint="Xiaomi/x/16")})

    bodies = [newer(phones[0]), updated, newer(phones[2])]
    desk.sync(post, *(post.report(seen(one)) for one in bodies), present=[])

    changed = AuditEntry.event == "device.build_changed"
    assert session.scalar(select(func.count()).where(changed)) == 1
    phone = device_by_serial(session, updated.identity.serial)
    assert (phone.system, phone.known_facts.os.android) == ("Android 16", "16")


def test_a_report_that_an_earlier_version_took_is_the_same_report(desk, post, session, known):
    [facts] = known(1)
    [report] = post.made
    row = session.scalars(select(StationReport)).one()
    row.digest = _digest_of_all(report)
    session.commit()

    assert desk.sync(post, report, present=[]).rejected == []
    other = report.model_copy(
        update={"body": seen(newer(facts)), "at": report.at.replace(year=2025)}
    )
    assert [one.code for one in desk.sync(post, other, present=[]).rejected] == ["sequence_reused"]
