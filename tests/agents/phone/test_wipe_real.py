import pytest

from agents.handset.adb_server import AdbServer
from agents.phone.adb import Adb, AdbPhone
from agents.phone.lockscreen import free_look
from agents.phone.wipe import Method, plan, wipe
from fleet.contracts.proof import Level
from fleet.contracts.stations import WipeStep
from tests.handset_fixtures import StartHandset

pytestmark = pytest.mark.handset


def test_a_phone_with_a_pin_is_unlocked_erased_and_read_back(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    handset = start_handset("xiaomi-14-hyperos")
    handset.put("Download/合同.pdf", b"a contract")
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)
    told: list[WipeStep] = []

    proof = wipe(
        phone,
        pin=handset.profile.pin,
        reconnect=lambda: None,
        progress=lambda step, _planted: told.append(step),
        back_within=60,
    )

    assert (proof.level, proof.reason) == (Level.VERIFIED, None)
    assert all(check.ok for check in proof.checks)
    assert told == [WipeStep.PLANT, WipeStep.CLEAR_PIN, WipeStep.ERASE]
    assert not [path for path in handset.storage_path.rglob("*") if path.is_file()]
    assert free_look(phone).secure is False


def test_a_wrong_pin_erases_nothing(adb_server: AdbServer, start_handset: StartHandset) -> None:
    handset = start_handset("xiaomi-14-hyperos")
    handset.put("Download/a", b"a")
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)

    proof = wipe(phone, pin="000000", reconnect=lambda: None, back_within=5)

    assert (proof.level, proof.reason) == (Level.NONE, "old_refused")
    assert (handset.storage_path / "Download/a").read_bytes() == b"a"


def test_a_phone_of_android_8_is_for_a_person(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    handset = start_handset("vivo-y85-funtouch", seed=False)

    chosen = plan(AdbPhone(Adb(port=adb_server.port), handset.address))

    assert chosen.method is Method.GUIDED
    assert "too_old" in chosen.reasons
