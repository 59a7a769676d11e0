import pytest

from fleet.contracts.devices import model_name
from fleet.contracts.facts import App, Gap, Identity, Os, PhoneFacts, Skin


def test_facts_survive_the_wire():
    facts = PhoneFacts(
        identity=Identity(serial="A1", imei=("863938054828535",)),
        os=Os(skin=Skin.HYPEROS, android="15"),
        apps=(App(package="com.tencent.mm", users=(0, 999)),),
        gaps=(Gap(part="battery", reason="The part was not recorded."),),
    )

    assert PhoneFacts.model_validate_json(facts.model_dump_json()) == facts


def test_every_group_is_there_when_nothing_is_known():
    wire = PhoneFacts().model_dump(mode="json")

    groups = ("identity", "os", "integrity", "battery", "lock", "storage", "debugging", "settings")
    assert all(isinstance(wire[group], dict) for group in groups)
    assert wire["apps"] == wire["gaps"] == wire["identity"]["imei"] == []
    assert wire["integrity"]["bootloader_locked"] is None
    assert wire["os"]["skin"] == "unknown"


def test_a_newer_agent_may_send_more_than_is_known_here():
    facts = PhoneFacts.model_validate({"identity": {"serial": "A1", "colour": "red"}, "nfc": {}})

    assert facts.identity.serial == "A1"


def test_a_build_is_named_by_brand_model_and_fingerprint():
    facts = PhoneFacts(
        identity=Identity(brand="OPPO", model="PDYM20"), os=Os(fingerprint="OPPO/PDYM20/x:12/y")
    )

    assert facts.build == "OPPO|PDYM20|OPPO/PDYM20/x:12/y"
    assert PhoneFacts().build == "?|?|?"


def test_apps_and_gaps_are_found_by_name():
    facts = PhoneFacts(
        apps=(App(package="com.tencent.mm"),), gaps=(Gap(part="lock", reason="Refused."),)
    )

    assert facts.app("com.tencent.mm") is facts.apps[0]
    assert facts.app("com.tencent.wework") is None
    assert facts.missing("lock") is facts.gaps[0]
    assert facts.missing("battery") is None


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"brand": "Xiaomi", "model": "23127PN0CC", "market_name": "Xiaomi 14"}, "Xiaomi 14"),
        ({"brand": "vivo", "model": "vivo Y85"}, "vivo Y85"),
        ({"brand": "OPPO", "model": "PHZ110"}, "OPPO PHZ110"),
        ({"model": "PHZ110"}, "PHZ110"),
        ({"brand": "OPPO"}, "OPPO"),
        ({}, ""),
    ],
)
def test_a_model_is_called_as_people_call_it(told, name):
    assert model_name(Identity(**told)) == name
