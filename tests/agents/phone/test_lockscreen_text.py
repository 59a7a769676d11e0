"""The words of lock tools and dumps."""

import pytest

from agents.phone.lock_text import (
    Verdict,
    credential_type,
    device_locked,
    foreground,
    verdict,
    wipe_limit,
)
from tests.recordings import SAMPLES, recorded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lock credential verified successfully\n", Verdict.ACCEPTED),
        ("Pin set to '1234'\n", Verdict.DONE),
        ("Old password '1' didn't match\n", Verdict.REFUSED),
        ("Request throttled.\n", Verdict.THROTTLED),
        ("User has a lock credential, but old credential was not provided\n", Verdict.LOCKED),
        ("Unknown command: verfy\n", Verdict.UNKNOWN_VERB),
        ("The device does not support lock screen - ignoring the command.", Verdict.NO_LOCK_SCREEN),
        ("Not supported ship build\n", Verdict.VENDOR),
        ("Profile uses unified challenge\n", Verdict.UNIFIED),
        ("No shell command implementation.\n", Verdict.UNSUPPORTED),
        ("Error while executing command: clear\nandroid.os.DeadObjectException", Verdict.UNCLEAR),
        ("", Verdict.UNCLEAR),
    ],
)
def test_the_words_decide(text: str, expected: Verdict) -> None:
    assert verdict(text) is expected


@recorded
def test_recorded_dumps_are_read() -> None:
    def dump(name: str) -> str:
        return (SAMPLES / name).read_text()

    motorola = dump("locksettings/dumpsys_motorola_android10_no_credentialtype.txt")
    samsung = dump("locksettings/dumpsys_samsung_android16_two_credentialtype.txt")
    assert (credential_type(motorola), credential_type(samsung)) == (None, "pin")
    assert foreground(dump("trust/dumpsys_trust_android11_locked.txt")) == 0
    assert device_locked(dump("trust/dumpsys_trust_android11_locked.txt")) is True
    assert wipe_limit(dump("device_policy/qssi_android11_device_owner.txt")) == 0
