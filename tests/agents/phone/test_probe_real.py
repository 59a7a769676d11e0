"""Visits to real shells behind a real adb: every maker, old daemons, hung services."""

from dataclasses import replace
from hashlib import sha256

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.apk import certificate
from agents.handset.faults import DisconnectMidStream, Hang
from agents.handset.handset import Handset
from agents.phone.adb import Adb, AdbPhone
from agents.phone.capture import capture, inspect
from agents.phone.errors import PhoneUnreachable
from agents.phone.memory import NoMemory
from agents.phone.parts.catalogue import PARTS
from agents.phone.parts.refusals import TIMED_OUT
from agents.phone.probe import probe
from fleet.contracts.checklist import StepState, checklist
from tests.handset_fixtures import StartHandset

pytestmark = pytest.mark.handset

MAKERS = {
    "xiaomi-14-hyperos": "hyperos 15 Xiaomi 14",
    "huawei-mate60-harmonyos": "harmonyos 12 HUAWEI Mate 60",
    "honor-magic6-magicos": "magicos 15 荣耀Magic6",
    "oppo-find-x7-coloros": "coloros 14 OPPO Find X7",
    "vivo-x100-originos": "originos 15 vivo X100",
    "samsung-s24-oneui": "oneui 14 SM-S9210",
    "vivo-y85-funtouch": "funtouch 8.1.0 vivo Y85",
}


def through(adb_server: AdbServer, handset: Handset, *, legacy: bool = False) -> AdbPhone:
    return AdbPhone(Adb(port=adb_server.port), handset.address, legacy=legacy)


@pytest.mark.parametrize("maker", MAKERS)
def test_every_maker_is_known_after_one_round_trip(
    adb_server: AdbServer, start_handset: StartHandset, maker: str
) -> None:
    handset = start_handset(maker, seed=False)
    phone = through(adb_server, handset)

    facts = probe(phone).facts

    name = facts.identity.market_name or facts.identity.model
    assert f"{facts.os.skin} {facts.os.android} {name}" == MAKERS[maker]
    assert phone.round_trips == 1
    assert facts.identity.serial == handset.serial
    assert len(facts.identity.imei) >= 1
    assert facts.integrity.bootloader_locked is True
    assert facts.battery.level is not None
    assert facts.lock.wipe_limit == 0
    assert facts.app("com.tencent.mm") is not None
    assert {gap.part for gap in facts.gaps} <= {"lock_settings"}  # Android 8 tells no type


@pytest.mark.parametrize("maker", MAKERS)
def test_slow_questions_take_one_more_round_trip_and_tell_how_work_apps_are_used(
    adb_server: AdbServer, start_handset: StartHandset, maker: str
) -> None:
    handset = start_handset(maker, seed=False)
    phone = through(adb_server, handset)

    facts = probe(phone, memory=NoMemory()).facts

    signature = handset.state.packages["com.tencent.mm"].signature
    wechat, wecom = facts.app("com.tencent.mm"), facts.app("com.tencent.wework")
    assert phone.round_trips == 2
    assert wechat
    assert wecom
    assert (wechat.running, wechat.last_used) == (True, "2026-11-21 18:22:09")
    assert wechat.front_today == (41 * 60 + 7) * len(wechat.users)  # a clone is used too
    assert wechat.data_bytes
    assert wechat.certificate == sha256(certificate(signature)).hexdigest()
    assert wechat.signer == (signature if handset.state.sdk >= 28 else None)
    assert wecom.states[0].enabled is True
    assert facts.network.wifi is True
    assert facts.network.user_certificates == 0
    assert facts.allows("read_contacts") is True
    assert {gap.part for gap in facts.gaps} <= {"lock_settings"}


def test_other_work_apps_are_looked_at_as_closely(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    phone = through(adb_server, start_handset("vivo-x100-originos", seed=False))

    dingtalk = probe(phone, memory=NoMemory()).facts.app("com.alibaba.android.rimet")

    assert dingtalk
    assert (dingtalk.version_name, dingtalk.signer, dingtalk.running) == (
        "7.6.30",
        "4e1c9b07",
        False,
    )
    assert dingtalk.certificate == sha256(certificate("4e1c9b07")).hexdigest()
    assert dingtalk.states[0].suspended is False


def test_a_switch_that_a_person_has_to_flip_is_on_the_list(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    facts = probe(through(adb_server, start_handset("xiaomi-14-hyperos", seed=False))).facts

    assert facts.allows("type_and_tap") is False
    assert "xiaomi_security_settings" in {
        item.id for item in checklist(facts) if item.state is StepState.TO_DO
    }


def test_a_visit_is_not_an_attempt_at_the_lock(adb_server: AdbServer, handset: Handset) -> None:
    facts = probe(through(adb_server, handset)).facts

    assert (facts.lock.secure, facts.lock.credential_type) == (True, "pin")
    assert handset.lock.wrong_total == 0


def test_a_visit_leaves_no_file_behind(adb_server: AdbServer, handset: Handset) -> None:
    def files() -> set[str]:
        roots = (handset.storage_path, handset.data_path)
        return {str(path) for root in roots for path in root.rglob("*")}

    before = files()
    probe(through(adb_server, handset), memory=NoMemory())

    assert files() == before


@pytest.mark.parametrize("maker", ["xiaomi-14-hyperos", "vivo-y85-funtouch"])
def test_an_old_daemon_with_a_terminal_between_tells_the_same(
    adb_server: AdbServer, start_handset: StartHandset, maker: str
) -> None:
    handset = start_handset(maker, seed=False)
    new, old = through(adb_server, handset), through(adb_server, handset, legacy=True)

    volatile = {"probed_at", "clock_offset_seconds", "uptime_seconds", "storage"}
    told = [
        probe(phone, memory=NoMemory()).facts.model_dump(exclude=volatile) for phone in (new, old)
    ]

    assert told[0] == told[1]
    assert old.round_trips == 2


def test_a_service_that_hangs_costs_its_own_part_only(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    handset = start_handset(seed=False, faults=[Hang("dumpsys trust")])
    hasty = [replace(part, seconds=2 if part.name == "trust" else 10) for part in PARTS]

    facts = probe(through(adb_server, handset), parts=hasty).facts

    assert facts.missing("trust").reason == TIMED_OUT  # type: ignore[union-attr]
    assert facts.lock.locked is None
    assert facts.app("com.tencent.mm") is not None


def test_a_cable_pulled_in_the_middle_gives_no_half_facts(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    handset = start_handset(seed=False, faults=[DisconnectMidStream(after_bytes=3_000)])

    with pytest.raises(PhoneUnreachable):
        probe(through(adb_server, handset))


def test_what_is_captured_is_understood_as_the_phone_is(
    adb_server: AdbServer, handset: Handset, tmp_path
) -> None:
    phone = through(adb_server, handset)

    facts = inspect(capture(phone, tmp_path / "visit"))

    volatile = {"probed_at", "clock_offset_seconds", "uptime_seconds", "storage"}
    asked = probe(phone, memory=NoMemory()).facts
    assert facts.model_dump(exclude=volatile) == asked.model_dump(exclude=volatile)
