"""One serial number at two stations: a phone that moved is recognised, two phones are refused."""

from datetime import timedelta

import pytest

from fleet.contracts.clock import now
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.stations import PhoneLeft, PhoneSeen, SyncOut
from fleet.devices.queries import device_by_serial
from tests.fleet.stations.desk import Desk, Post

SERIAL = "SER-TWICE"
ONE, OTHER = "0f2a1c52-5d3a-4d0c-9f6b-8a4a6d6f2f11", "1f2a1c52-5d3a-4d0c-9f6b-8a4a6d6f2f11"


@pytest.fixture
def stations(desk: Desk) -> tuple[Post, Post]:
    return desk.post("front"), desk.post("back")


def sees(desk: Desk, post: Post, boot_id: str | None, imei: tuple[str, ...] = ()) -> SyncOut:
    facts: PhoneFacts = desk.make.facts()
    identity = facts.identity.model_copy(update={"serial": SERIAL, "imei": imei})
    facts = facts.model_copy(update={"identity": identity, "boot_id": boot_id})
    seen = PhoneSeen(facts=facts, transport=SERIAL, digest="0" * 64)
    return desk.sync(post, post.report(seen), present=[SERIAL])


def is_at(desk: Desk) -> str:
    phone = device_by_serial(desk.session, SERIAL)
    assert phone is not None
    return str(phone.station_id)


def test_two_phones_with_one_serial_at_two_stations_are_not_one(desk: Desk, stations) -> None:
    front, back = stations
    sees(desk, front, ONE)

    (refused,) = sees(desk, back, OTHER).rejected

    assert refused.code == "phone_in_two_places"
    assert "front" in refused.message
    assert is_at(desk) == str(front.actor.id)


@pytest.mark.parametrize("boot_id", [ONE, None])
def test_a_phone_started_once_and_reached_twice_is_one(desk: Desk, stations, boot_id) -> None:
    front, back = stations
    sees(desk, front, boot_id)

    assert sees(desk, back, boot_id).rejected == []
    assert is_at(desk) == str(back.actor.id)


def test_a_phone_known_by_its_imei_is_one(desk: Desk, stations) -> None:
    front, back = stations
    imei = ("867123065041805",)
    sees(desk, front, ONE, imei)

    assert sees(desk, back, OTHER, imei).rejected == []


def test_a_phone_that_left_may_come_elsewhere_started_anew(desk: Desk, stations) -> None:
    front, back = stations
    sees(desk, front, ONE)
    desk.sync(front, front.report(PhoneLeft(serial=SERIAL)), present=[])

    assert sees(desk, back, OTHER).rejected == []


def test_a_station_that_is_silent_says_nothing_of_where_a_phone_is(
    desk: Desk, stations, time_machine
) -> None:
    front, back = stations
    sees(desk, front, ONE)
    time_machine.move_to(now() + timedelta(minutes=2), tick=False)

    assert sees(desk, back, OTHER).rejected == []
