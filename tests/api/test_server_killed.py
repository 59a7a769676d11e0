"""I8: however the server dies in the middle of an exchange, a resend has the effect of one."""

import pytest
from sqlalchemy import func, select

from api.client import Client, ServerUnreachable
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.stations import EnrolIn, EnrolmentCodeIn, PhoneSeen, Report, SyncIn
from fleet.devices.models import Device
from fleet.stations.models import StationReport
from tests.api.conftest import public_key
from tests.api.server_process import FAULT
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


@pytest.fixture
def station(client) -> str:
    """Give the token of an enrolled station."""
    administrator = client(FOUNDER)
    code = administrator.invite_station(EnrolmentCodeIn(station="bench-9")).code
    enrolled = EnrolIn(code=code, public_key=public_key(), software="test 1")
    return administrator.enrol(enrolled).token


def message(make) -> SyncIn:
    bodies = [
        PhoneSeen(facts=make.facts(), transport=f"usb:1-{n}", digest="0" * 64) for n in range(3)
    ]
    reports = [Report(sequence=n, at=now(), body=body) for n, body in enumerate(bodies, start=1)]
    return SyncIn(reports=reports, present=[body.facts.identity.serial or "" for body in bodies])


def stored_rows(sessions) -> tuple[int, int]:
    with sessions() as session:
        reports = session.scalar(select(func.count()).select_from(StationReport))
        phones = session.scalar(select(func.count()).select_from(Device))
        return reports or 0, phones or 0


@pytest.mark.parametrize(
    ("instant", "stored_at_death"), [("before_commit", (0, 0)), ("after_commit", (3, 3))]
)
def test_an_exchange_cut_off_by_the_death_of_the_server_and_sent_again_is_one(
    start_server, settings, stored, sessions, station, client, instant, stored_at_death
):
    with stored() as make:
        given = message(make)
    first = start_server()
    (settings.home / FAULT).write_text(instant)

    with pytest.raises(ServerUnreachable), Client(first.serving.url, station) as bench:
        bench.sync(given)
    first.process.wait(30)
    assert stored_rows(sessions) == stored_at_death

    with Client(start_server().serving.url, station) as bench:
        answers = [bench.sync(given), bench.sync(given)]
    assert [(answer.taken, answer.rejected) for answer in answers] == [(3, []), (3, [])]
    assert stored_rows(sessions) == (3, 3)
    assert client(Role.AUDITOR).verify_audit().whole
