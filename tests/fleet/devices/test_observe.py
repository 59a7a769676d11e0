"""What a visit learned goes into the register: found, compared, noted, and never merged."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.access.permissions import STATION
from fleet.audit.services import recorded
from fleet.contracts.clock import now
from fleet.contracts.devices import ChangeQuery
from fleet.contracts.facts import App, Battery, Gap, Identity, Lock, Os, PhoneFacts, Sim, Skin
from fleet.devices.errors import PhoneIdentityClash, PhoneKnownOtherwise, SerialNamesNoPhone
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.devices.noting import system_of
from fleet.devices.queries import changes
from fleet.devices.services import add_device, observe
from tests.factories import luhn

ONE, OTHER = luhn("86000000000001"), luhn("86000000000002")


@pytest.fixture
def see(session, tools, make):
    """Give a visit by a station: facts in, phone out."""
    actor = make.actor(STATION, name="bench-1")

    def seen(facts: PhoneFacts, **given) -> Device:
        where = {"station_id": actor.id, "at": now(), "actor": actor, "tools": tools, **given}
        return observe(session, facts, **where)

    return seen


def phone(serial: str = "SER00001", *, imei: tuple[str, ...] = (ONE,), **given) -> PhoneFacts:
    about = {"brand": "Xiaomi", "model": "23127PN0CC", **given.pop("identity", {})}
    system = Os(android="15", skin=Skin.HYPEROS, skin_version="2.0", security_patch="2026-10-01")
    return PhoneFacts(
        identity=Identity(serial=serial, imei=imei, **about), **{"os": system, **given}
    )


def fields_changed(session, device: Device) -> dict[str, tuple[str | None, str | None]]:
    lines, _ = changes(session, device, ChangeQuery(limit=1000))
    return {line.field: (line.old, line.new) for line in lines}


def test_an_unknown_phone_is_taken_into_stock_with_the_next_tag(session, see):
    first, second = see(phone("SER00001")), see(phone("SER00002", imei=(OTHER,)))

    assert (first.tag, second.tag) == ("WF-0001", "WF-0002")
    assert (first.state, first.present, first.system) == (
        State.IN_STOCK,
        True,
        "HyperOS 2.0 (Android 15)",
    )
    assert [event.name for event in recorded(session)] == ["device.discovered"] * 2


def test_a_tag_given_by_hand_is_passed_over(see, make):
    make.device(tag="WF-0001")

    assert see(phone()).tag == "WF-0002"


def test_a_phone_is_recognised_at_its_next_visit(session, see):
    first = see(phone())

    assert see(phone()) is first
    assert session.scalars(select(Device)).all() == [first]


def test_a_registered_phone_is_recognised_by_what_is_known_of_it(see, make):
    by_hand = make.device(serial="SER00001", brand="XIAOMI", imei=[ONE])

    seen = see(phone(identity={"market_name": "Xiaomi 14"}))

    assert seen is by_hand
    assert (seen.market_name, seen.brand) == ("Xiaomi 14", "Xiaomi")


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        (phone(imei=(OTHER,)), "IMEI"),
        (phone(imei=(), identity={"brand": "OPPO"}), "brand"),
        (phone(imei=(), identity={"model": "PGT-AN00"}), "model"),
    ],
)
def test_two_phones_with_one_serial_are_never_merged(session, see, facts, what):
    first = see(phone())
    before = dict(first.noted)

    with pytest.raises(PhoneIdentityClash) as refusal:
        see(facts)

    assert (refusal.value.tag, refusal.value.what) == (first.tag, what)
    assert first.noted == before


def test_a_phone_of_ours_with_another_serial_is_no_new_phone(session, see):
    first = see(phone("SER00001", imei=(ONE, OTHER)))

    with pytest.raises(PhoneKnownOtherwise) as refusal:
        see(phone("SER00002", imei=(OTHER,)))

    assert (refusal.value.tag, refusal.value.known, refusal.value.imei) == (
        first.tag,
        "SER00001",
        OTHER,
    )
    assert session.scalars(select(Device)).all() == [first]


def test_a_phone_entered_by_hand_is_known_by_its_imei(see, session, make):
    by_hand = add_device(session, serial="TYPED-WRONG", imei=[ONE, ONE], actor=make.actor())

    with pytest.raises(PhoneKnownOtherwise, match=by_hand.tag):
        see(phone("SER00001"))


def test_a_retired_phone_may_come_again_under_another_serial(see, make):
    see(phone("SER00001")).state = State.RETIRED

    assert see(phone("SER00002")).serial == "SER00002"


def test_a_phone_with_another_system_is_the_same_by_its_imei_and_on_record(session, see):
    first = see(phone(os=Os(fingerprint="Xiaomi/houji/15")))
    other = phone(os=Os(fingerprint="google/lineage/15"), identity={"brand": "google"})

    assert see(other) is first
    assert fields_changed(session, first)["identity.brand"] == ("Xiaomi", "google")
    assert [event.name for event in recorded(session)][-1] == "device.build_changed"


def test_a_second_imei_is_the_same_phone(see):
    first = see(phone(imei=(ONE,)))

    assert see(phone(imei=(ONE, OTHER))) is first
    assert first.imei == sorted([ONE, OTHER])


@pytest.mark.parametrize(
    "serial", ["0123456789ABCDEF", "0123456789abcdef", "unknown", "0000000000", "", "AB1", None]
)
def test_a_serial_that_many_carry_names_no_phone(see, serial):
    with pytest.raises(SerialNamesNoPhone):
        see(phone(serial))


def test_the_first_visit_is_no_change(session, see):
    assert fields_changed(session, see(phone())) == {}


def test_what_differs_is_noted_with_old_and_new(session, see):
    see(phone(lock=Lock(secure=True)))
    patched = Os(android="15", skin=Skin.HYPEROS, skin_version="2.0", security_patch="2026-11-01")

    device = see(phone(os=patched, lock=Lock(secure=False)))

    assert fields_changed(session, device) == {
        "os.security_patch": ("2026-10-01", "2026-11-01"),
        "lock.secure": ("true", "false"),
    }


def test_changes_are_found_by_part_and_time_page_by_page(session, see):
    device = see(phone())
    for number, patch in enumerate(("2026-11-01", "2026-12-01", "2027-01-01")):
        system = Os(android="15", security_patch=patch)
        battery = Battery(cycles=number)
        see(phone(os=system, battery=battery), at=now() + timedelta(days=number))

    def found(**asked):
        lines, mark = changes(session, device, ChangeQuery(**asked))
        return [line.field for line in lines], mark

    patches = ["os.security_patch"] * 3
    assert found(part="os.security_patch")[0] == patches
    assert "battery.cycles" in found(part="battery")[0]
    assert found(part="os_")[0] == found(part="o")[0] == []
    assert found(part="os.security_patch", since=now() + timedelta(hours=1))[0] == patches[:2]
    assert found(part="os.security_patch", until=now() + timedelta(hours=1))[0] == patches[:1]
    first, mark = found(part="os.security_patch", limit=2)
    assert first == patches[:2]
    assert found(part="os.security_patch", limit=2, after=mark) == (patches[:1], None)


def test_what_changes_by_itself_is_not_noted(session, see):
    see(
        phone(battery=Battery(level=80, temperature=30.1), uptime_seconds=1, lock=Lock(locked=True))
    )

    device = see(
        phone(
            battery=Battery(level=20, temperature=41.5), uptime_seconds=9, lock=Lock(locked=False)
        )
    )

    assert fields_changed(session, device) == {}
    assert device.known_facts.battery.level == 20


def test_a_question_without_an_answer_is_no_change(session, see):
    wechat = App(package="com.tencent.mm", version_name="8.0.54", system=False)
    see(phone(apps=(wechat,)))
    see(phone(apps=(), gaps=(Gap(part="apps", reason="timed_out"),)))

    device = see(phone(apps=(wechat,)))

    assert fields_changed(session, device) == {}


def test_what_is_asked_a_few_times_a_day_is_no_change_in_between(session, see):
    told = App(package="com.tencent.mobileqq", version_name="9.1", signer="962f5b7", users=(0,))
    used = {"last_used": "2026-11-21 18:22:09", "front_today": 60, "running": True}
    device = see(phone(apps=(told.model_copy(update=used),)))
    see(phone(apps=(App(package="com.tencent.mobileqq", users=(0,)),)))
    see(phone(apps=(told.model_copy(update={"running": False}),)))

    assert fields_changed(session, device) == {}


def test_a_list_that_was_cut_off_takes_nothing_away(session, see):
    apps = (App(package="com.a", version_name="1"), App(package="com.b", version_name="1"))
    device = see(phone(apps=apps))
    see(phone(apps=apps[:1], gaps=(Gap(part="packages", reason="The answer was cut off."),)))

    assert fields_changed(session, device) == {}


def test_a_card_that_was_not_asked_about_is_still_there(session, see):
    device = see(phone(sims=(Sim(slot=0, state="loaded", iccid="8986004219230184756"),)))
    see(phone(sims=(Sim(slot=0, state="loaded"),), gaps=(Gap(part="isub", reason="refused"),)))

    assert fields_changed(session, device) == {}


def test_an_app_that_came_and_one_that_went_are_noted(session, see):
    mm, work = (App(package=p, version_name="1", system=False) for p in ("com.a", "com.b"))
    see(phone(apps=(mm,)))

    device = see(phone(apps=(work,)))

    changed = fields_changed(session, device)
    assert changed["apps.com.a.version_name"] == ("1", None)
    assert changed["apps.com.b.version_name"] == (None, "1")


def test_apps_of_the_system_are_not_noted(session, see):
    see(phone(apps=(App(package="com.miui.home", version_name="1", system=True),)))

    device = see(phone(apps=(App(package="com.miui.home", version_name="2", system=True),)))

    assert fields_changed(session, device) == {}


def test_a_new_build_is_on_record(session, see):
    see(phone(os=Os(fingerprint="Xiaomi/a/15/1")))
    see(phone(os=Os(fingerprint="Xiaomi/a/15/2")))

    assert [event.name for event in recorded(session)][-1] == "device.build_changed"


def test_a_visit_moves_the_phone_to_the_station(see):
    elsewhere, later = uuid4(), now() + timedelta(minutes=5)
    device = see(phone())

    see(phone(), station_id=elsewhere, at=later)

    assert (device.station_id, device.last_seen_at, device.present) == (elsewhere, later, True)


def test_an_old_visit_that_a_station_could_not_report_changes_nothing(session, see):
    elsewhere, before = uuid4(), now() - timedelta(hours=3)
    device = see(phone(os=Os(android="16")), station_id=elsewhere)
    told, seen_at = device.facts, device.last_seen_at

    assert see(phone(os=Os(android="15")), at=before) is device
    assert (device.station_id, device.last_seen_at, device.facts) == (elsewhere, seen_at, told)
    assert fields_changed(session, device) == {}


def test_only_stations_report_visits(see, make):
    with pytest.raises(NotAllowed):
        see(phone(), actor=make.actor())


def test_the_sim_that_was_seen_is_noted_with_its_phone(session, see, make):
    from fleet.contracts.facts import Sim as Card

    sim = make.sim()
    device = see(phone(sims=(Card(slot=0, iccid=sim.iccid), Card(slot=1, iccid=luhn("8986009")))))

    assert sim.device is device
    [seen] = [one for one in recorded(session) if one.name == "sim.seen_elsewhere"]
    assert sim.number not in str(seen)


@pytest.mark.parametrize(
    ("system", "said"),
    [
        (Os(android="14", skin=Skin.COLOROS, skin_version="14.0"), "ColorOS 14.0 (Android 14)"),
        (Os(android="13"), "Android 13"),
        (Os(skin=Skin.HARMONYOS, skin_version="4.2"), "HarmonyOS 4.2"),
        (Os(), None),
    ],
)
def test_a_system_is_named_as_people_say_it(system, said):
    assert system_of(system) == said
