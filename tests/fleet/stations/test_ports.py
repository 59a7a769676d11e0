"""The map of the ports: replaced whole, repeated without effect, and never live by mistake."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from fleet.audit.models import AuditEntry
from fleet.contracts.clock import now
from fleet.contracts.ports import PortNow, PortQuery, PortState, TrayIn, picture_digest
from fleet.stations.errors import StationNotFound, TrayNamedAlready, TrayNotNamed
from fleet.stations.models import Station, StationPort
from fleet.stations.ports import name_tray, ports
from fleet.stations.services import revoke
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


def seen(port, state=PortState.READY, **known):
    known.setdefault("transport", f"of {port}")
    return PortNow(port=port, state=state, since=now(), **known)


def shown(desk, **query):
    found, _mark = ports(desk.session, PortQuery(**query), actor=desk.make.actor())
    return [(one.port, one.state.value) for one in found]


def station(desk, post):
    return desk.session.get(Station, post.actor.id)


def named(desk, post, port, label):
    given = TrayIn(port=port, label=label)
    return name_tray(desk.session, station(desk, post), given, actor=desk.make.actor())


def ids(desk) -> set[UUID]:
    return set(desk.session.scalars(select(StationPort.id)))


def test_a_picture_takes_the_place_of_the_one_before(desk, post):
    desk.sync(post, ports=[seen("usb:1-2"), seen("usb:1-10", PortState.HUNG)])
    desk.sync(post, ports=[seen("usb:1-10"), seen("usb:1-3")])

    assert shown(desk) == [("usb:1-3", "ready"), ("usb:1-10", "ready")]


def test_the_same_picture_again_changes_nothing(desk, post):
    picture = [seen("usb:1-2")]
    first = desk.sync(post, ports=picture)
    before = ids(desk)

    again = desk.sync(post, ports=picture)

    assert first.ports == again.ports == picture_digest(picture)
    assert ids(desk) == before


def test_no_picture_leaves_what_is_known(desk, post):
    assert desk.sync(post).ports is None
    told = desk.sync(post, ports=[seen("usb:1-2")]).ports

    assert desk.sync(post).ports == told
    assert shown(desk) == [("usb:1-2", "ready")]


def test_an_empty_picture_is_one(desk, post):
    desk.sync(post, ports=[seen("usb:1-2")])
    desk.sync(post, ports=[])

    assert shown(desk) == []


def test_one_name_of_adb_twice_is_one_port(desk, post):
    desk.sync(post, ports=[seen("usb:1-2", transport="A"), seen("usb:1-3", transport="A")])

    assert shown(desk) == [("usb:1-3", "ready")]


def test_two_stations_keep_their_own(desk, post):
    other = desk.post("back")
    desk.sync(post, ports=[seen("usb:1-2")])
    desk.sync(other, ports=[seen("usb:1-2", PortState.HUNG)])
    desk.sync(other, ports=[])

    assert shown(desk) == [("usb:1-2", "ready")]


def test_the_phone_at_a_port_is_named_by_its_tag(desk, post):
    device = desk.make.device()
    desk.sync(post, ports=[seen("usb:1-2", serial=device.serial)])

    (found,), _mark = ports(desk.session, PortQuery(q=device.tag), actor=desk.make.actor())
    assert (found.device, found.serial) == (device.tag, device.serial)


def test_a_tray_keeps_its_name_when_the_phone_has_left(desk, post):
    desk.sync(post, ports=[seen("usb:1-2")])
    assert named(desk, post, "usb:1-2", "A-07").state is PortState.READY
    desk.sync(post, ports=[])

    (found,), _mark = ports(desk.session, PortQuery(q="a-07"), actor=desk.make.actor())

    assert (found.tray, found.state, found.port) == ("A-07", PortState.EMPTY, "usb:1-2")
    assert shown(desk, state=PortState.EMPTY) == [("usb:1-2", "empty")]
    assert shown(desk, state=PortState.READY) == []


def test_a_name_is_taken_away_once(desk, post):
    named(desk, post, "usb:1-2", "A-07")
    assert named(desk, post, "usb:1-2", None).tray is None

    assert shown(desk) == []
    with pytest.raises(TrayNotNamed):
        named(desk, post, "usb:1-2", None)


def test_two_trays_of_a_station_are_not_called_alike(desk, post):
    named(desk, post, "usb:1-2", "A-07")
    assert named(desk, post, "usb:1-2", "A-07").tray == "A-07"

    with pytest.raises(TrayNamedAlready) as refusal:
        named(desk, post, "usb:1-3", "A-07")

    assert refusal.value.details["port"] == "usb:1-2"


def test_naming_a_tray_is_in_the_trail(desk, post):
    named(desk, post, "usb:1-2", "A-07")
    desk.session.commit()

    told = desk.session.scalars(select(AuditEntry).where(AuditEntry.event == "station.tray_named"))
    assert [one.details["label"] for one in told] == ["A-07"]


def test_pictures_are_not_in_the_trail(desk, post):
    count = select(func.count()).select_from(AuditEntry)
    before = desk.session.scalar(count)
    desk.sync(post, ports=[seen("usb:1-2")])

    assert desk.session.scalar(count) == before


def test_what_a_silent_station_saw_is_not_so_now(desk, post):
    desk.sync(post, ports=[seen("usb:1-2", PortState.HUNG)])
    (live,), _mark = ports(desk.session, PortQuery(), actor=desk.make.actor())

    with time_machine.travel(now() + timedelta(minutes=5)):
        (late,), _mark = ports(desk.session, PortQuery(), actor=desk.make.actor())

    assert (live.live, late.live) == (True, False)
    assert "restart" in live.advice
    assert "has not been heard" in late.advice
    assert late.heard_at == live.heard_at


def test_since_when_is_told_by_the_clock_of_the_server(desk, post):
    slow = now() - timedelta(hours=3)
    told = PortNow(port="usb:1-2", transport="A", state=PortState.READY, since=slow)
    desk.sync(post, ports=[told], sent_at=slow)

    (found,), _mark = ports(desk.session, PortQuery(), actor=desk.make.actor())

    assert now() - found.since < timedelta(minutes=1)


def test_a_station_that_was_shut_out_has_no_ports(desk, post):
    desk.sync(post, ports=[seen("usb:1-2")])
    named(desk, post, "usb:1-9", "A-09")
    revoke(desk.session, station(desk, post), actor=desk.make.actor())

    assert shown(desk) == []


def test_an_unknown_station_has_no_map(desk):
    with pytest.raises(StationNotFound):
        shown(desk, station="nowhere")
