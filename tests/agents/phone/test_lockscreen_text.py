"""The words of lock tools and dumps."""

from pathlib import Path

import pytest

from agents.phone.lock_text import (
    Verdict,
    credential_type,
    device_locked,
    foreground,
    verdict,
    wipe_limit,
)

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


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


def test_recorded_dumps_are_read() -> None:
    if not SAMPLES.exists():
        pytest.skip("the recordings are not beside the project")

    def recorded(name: str) -> str:
        return (SAMPLES / name).read_text()

    motorola = recorded("locksettings/dumpsys_motorola_android10_no_credentialtype.txt")
    samsung = recorded("locksettings/dumpsys_samsung_android16_two_credentialtype.txt")
    assert (credential_type(motorola), credential_type(samsung)) == (None, "pin")
    assert foreground(recorded("trust/dumpsys_trust_android11_locked.txt")) == 0
    assert device_locked(recorded("trust/dumpsys_trust_android11_locked.txt")) is True
    assert wipe_limit(recorded("device_policy/qssi_android11_device_owner.txt")) == 0
