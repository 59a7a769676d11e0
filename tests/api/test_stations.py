from datetime import timedelta

import httpx
import pytest
import time_machine

from api.client import Client, Refused
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.facts import Os
from fleet.contracts.ports import PortNow, PortQuery, PortState, TrayIn
from fleet.contracts.stations import (
    EnrolIn,
    EnrolmentCodeIn,
    JobDone,
    JobKind,
    JobState,
    PhoneLeft,
    PhoneSeen,
    Report,
    SyncIn,
)
from tests.api.conftest import public_key
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


@pytest.fixture
def stranger(app):
    return Client("http://server", language="en", transport=httpx.WSGITransport(app=app))


@pytest.fixture
def administrator(client):
    return client(FOUNDER)


@pytest.fixture
def enrolled(station):
    return station


def seen(make, sequence: int, device=None) -> Report:
    body = PhoneSeen(facts=make.facts(device), transport="usb:1-1", digest="0" * 64)
    return Report(sequence=sequence, at=now(), body=body)


def test_a_machine_with_a_code_becomes_a_station(enrolled, administrator):
    assert enrolled.whoami().username == "bench-9"
    assert [s.name for s in administrator.stations().items] == ["bench-9"]


def refusal_of(stranger, code: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        stranger.enrol(EnrolIn(code=code, public_key=public_key(), software="test 1"))
    return refusal.value


def test_wrong_used_and_expired_codes_are_told_apart(stranger, administrator):
    used = administrator.invite_station(EnrolmentCodeIn(station="a")).code
    stranger.enrol(EnrolIn(code=used, public_key=public_key(), software="test 1"))
    expired = administrator.invite_station(EnrolmentCodeIn(station="b", minutes=1)).code

    assert refusal_of(stranger, "ABCD-EFGH-JKLM").code == "enrolment_code_wrong"
    assert refusal_of(stranger, used).code == "enrolment_code_used"
    with time_machine.travel(now() + timedelta(minutes=2)):
        assert refusal_of(stranger, expired).code == "enrolment_code_expired"


def test_a_revoked_station_is_nobody(enrolled, administrator):
    assert administrator.revoke_station("bench-9").state == "revoked"

    with pytest.raises(Refused) as refusal:
        enrolled.sync(SyncIn())
    assert refusal.value.kind == "unauthorized"


def test_an_unknown_station_cannot_be_revoked(administrator):
    with pytest.raises(Refused) as refusal:
        administrator.revoke_station("nowhere")

    assert refusal.value.code == "station_not_found"


def test_a_report_registers_a_phone_and_sent_again_registers_none(enrolled, stored, sessions):
    with stored() as make:
        message = SyncIn(reports=[seen(make, 1)])
        serial = message.reports[0].body.facts.identity.serial
    first = enrolled.sync(message)
    again = enrolled.sync(message)

    assert (first.taken, again.taken) == (1, 1)
    assert (first.rejected, again.rejected) == ([], [])
    with sessions() as session:
        from sqlalchemy import func, select

        from fleet.devices.models import Device

        known = select(func.count()).where(Device.serial == serial)
        assert session.scalar(known) == 1


def test_a_phone_that_left_is_no_longer_present(enrolled, administrator, stored):
    with stored() as make:
        first = seen(make, 1)
    serial = first.body.facts.identity.serial
    enrolled.sync(SyncIn(reports=[first], present=[serial]))
    assert administrator.stations().items[0].phones == 1

    enrolled.sync(SyncIn(reports=[Report(sequence=2, at=now(), body=PhoneLeft(serial=serial))]))

    assert administrator.stations().items[0].phones == 0


def port(name: str, state: PortState = PortState.READY, **known) -> PortNow:
    return PortNow(port=name, transport=f"of {name}", state=state, since=now(), **known)


def test_the_map_shows_ports_and_empty_trays(enrolled, administrator):
    enrolled.sync(SyncIn(ports=[port("usb:1-2", PortState.HUNG)]))
    administrator.name_tray("bench-9", TrayIn(port="usb:1-2", label="A-01"))
    administrator.name_tray("bench-9", TrayIn(port="usb:1-3", label="A-02"))

    hung, empty = administrator.ports(PortQuery(station="bench-9")).items

    assert (hung.tray, hung.state, hung.live) == ("A-01", PortState.HUNG, True)
    assert "restart" in hung.advice
    assert (empty.tray, empty.state) == ("A-02", PortState.EMPTY)
    assert [one.tray for one in administrator.ports(PortQuery(state="hung")).items] == ["A-01"]


def test_a_name_that_is_taken_and_a_station_that_is_not_there_are_refused(enrolled, administrator):
    administrator.name_tray("bench-9", TrayIn(port="usb:1-2", label="A-01"))

    for name, given, code in (
        ("bench-9", TrayIn(port="usb:1-3", label="A-01"), "tray_named_already"),
        ("bench-9", TrayIn(port="usb:1-3", label=None), "tray_not_named"),
        ("nowhere", TrayIn(port="usb:1-3", label="A-03"), "station_not_found"),
    ):
        with pytest.raises(Refused) as refusal:
            administrator.name_tray(name, given)
        assert refusal.value.code == code


def test_an_auditor_sees_the_map_and_names_nothing(enrolled, client):
    auditor = client(Role.AUDITOR)

    assert auditor.ports().items == []
    with pytest.raises(Refused) as refusal:
        auditor.name_tray("bench-9", TrayIn(port="usb:1-2", label="A-01"))
    assert refusal.value.kind == "forbidden"


def test_a_station_may_say_more_than_others_at_once(client_of, enrolled, stored):
    with stored() as make:
        report = seen(make, 1)
    apps = [{"package": f"com.example.app{n}", "installer": "x" * 200} for n in range(10_000)]
    facts = report.body.facts.model_dump(mode="json") | {"apps": apps}
    body = report.model_dump(mode="json")
    body["body"]["facts"] = facts

    answer = enrolled._http.post("/api/v1/station/sync", json={"reports": [body]})

    assert len(answer.request.content) > 2_000_000
    assert answer.status_code == 200


def test_there_is_an_end_to_what_a_station_may_say(enrolled):
    answer = enrolled._http.post("/api/v1/station/sync", content=b" " * (8 * 1024 * 1024 + 1))

    assert answer.status_code == 413


def test_a_station_may_do_nothing_else(enrolled):
    for ask in (enrolled.employees, enrolled.jobs, enrolled.credentials, enrolled.rotations):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.kind == "forbidden"


def test_people_do_not_speak_for_stations(administrator):
    with pytest.raises(Refused) as refusal:
        administrator.sync(SyncIn())

    assert refusal.value.kind == "forbidden"


def test_a_phone_is_looked_at_again_when_somebody_asks(client, enrolled, stored):
    with stored() as make:
        phone = make.device(tag="WF-0001")
        first = seen(make, 1, phone)
    facts = first.body.facts.model_copy(update={"os": Os(android="16")})
    enrolled.sync(SyncIn(reports=[first], present=[phone.serial]))
    operator = client(Role.OPERATOR)

    asked = operator.probe("WF-0001")
    assert (asked.kind, asked.device, asked.state) == (JobKind.PROBE, "WF-0001", JobState.WAITING)
    assert operator.probe("WF-0001") == asked

    [lease] = enrolled.sync(SyncIn(present=[phone.serial])).leases
    assert (lease.job, lease.task.kind) == (asked.id, JobKind.PROBE)
    done = JobDone(job=asked.id, probe=first.body.model_copy(update={"facts": facts}))
    answer = enrolled.sync(SyncIn(reports=[Report(sequence=2, at=now(), body=done)]))

    assert answer.rejected == []
    assert operator.device("WF-0001").facts.os.android == "16"
    assert [job.state for job in operator.jobs().items] == [JobState.DONE]


def test_a_look_needs_a_phone_and_somebody_who_works_with_phones(client, stored):
    with stored() as make:
        make.device(tag="WF-0001")

    for role, tag, code in (
        (Role.OPERATOR, "WF-9999", "device_not_found"),
        (Role.AUDITOR, "WF-0001", "not_allowed"),
    ):
        with pytest.raises(Refused) as refusal:
            client(role).probe(tag)
        assert refusal.value.code == code
