"""Whatever is recorded, however it was spoilt: understanding it never fails loudly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.phone.parts.catalogue import PARTS
from agents.phone.parts.facts import facts_of
from agents.phone.parts.part import Recorded
from agents.phone.parts.recognition import parts_in
from agents.phone.parts.text import text_of
from fleet.contracts.facts import PhoneFacts
from tests.effort import effort
from tests.recordings import SAMPLES, recorded

REAL = sorted(SAMPLES.rglob("*.txt"))
LONGEST = 20_000

# The words parsers look for, glued together in ways no phone would print them.
PIECES = st.sampled_from(
    [
        *(b"[ro.build.version.oneui]: [", b"[ro.product.model", b"]: [", b"]", b"\n", b"\r\n"),
        *(b"[ro.build.version.sep]: [999999999999999999999]", b"ro.a.b=", b"[gsm.imei]: [86393805"),
        *(b"level: ", b"temperature: -", b"scale: 0", b"voltage: 9.9.9", b"mSavedBatteryUsage: "),
        *(b"CredentialType: ", b"User 0", b"User 99999999999999999999:", b"User State:"),
        *(b"package:", b"==", b" uid:1,,2", b" versionCode:", b"Package [a.b] (", b"Packages:\n"),
        *(b"UserInfo{0:a:", b"ffffffffffffffff}", b"deviceLocked=1", b"(current)", b'User "x"'),
        *(b"maximumFailedPasswordsForWipe=", b"Enabled Device Admins", b"Device Owner:\n"),
        *(b"/dev/x 1 2 3 4% /data", b"1K-blocks", b"9" * 400, b"/data 1G 2G 3G 4096"),
        *(b"Result: Parcel(00000000 ffffffff '", b"')\n", b"id=1 iccId=", b"simSlotIndex=-9"),
        *(b"Account {name=", b", type=", b"epoch=", b"uptime=. .", b"Phone Id=", b"mServiceState="),
        *("机主".encode(), "分身".encode("gbk"), b"\x00\xff\xfe", b"\x1b[31m", "٣".encode()),
    ]
)
GLUED = st.lists(PIECES | st.binary(max_size=6), max_size=30).map(b"".join)


def understand(raw: bytes) -> PhoneFacts:
    text = text_of(raw)
    everywhere = {part.name: Recorded(text) for part in PARTS}
    list(parts_in("some/name", text))
    return facts_of(everywhere)


def survives(facts: PhoneFacts) -> bool:
    return PhoneFacts.model_validate_json(facts.model_dump_json()) == facts


@given(st.binary(max_size=400))
def test_any_bytes_are_understood_or_not_but_never_break(raw):
    assert survives(understand(raw))


@effort(300)
@given(GLUED)
def test_the_right_words_in_the_wrong_places_never_break(raw):
    assert survives(understand(raw))


@recorded
@effort(60)
@given(st.data())
def test_real_recordings_cut_spliced_and_flipped_never_break(data):
    raw = bytearray(data.draw(st.sampled_from(REAL)).read_bytes()[:LONGEST])
    end = data.draw(st.integers(0, len(raw)))
    del raw[end:]
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(raw)))
        raw[place:place] = data.draw(PIECES)

    assert survives(understand(bytes(raw)))


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "[",
            "]: [",
            " a b",
            " ",
            "User 0: ",
            "UserInfo{0:",
            "Parcel(",
            "Enabled services:{",
            "a =",
        ),
        *(
            "Account {name=",
            "Package [a.b] (",
            "Device Owner:\n",
            "simSlotIndex=0 id=1 iccId= ",
            "$ a",
        ),
    ],
)
@pytest.mark.timeout(20)
def test_no_text_keeps_a_parser_busy_for_ever(piece):
    assert survives(understand(("a" + piece * 20_000).encode()))
