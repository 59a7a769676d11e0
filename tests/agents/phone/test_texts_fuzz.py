"""Archives, screens, what tools of a phone print: read, or refused by name, never in circles."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.phone.errors import CommandFailed
from agents.phone.lock_text import credential_type, device_locked, verdict, wipe_limit
from agents.phone.screen import NotAScreen
from agents.phone.screen import parse as parse_screen
from agents.phone.tar import BLOCK
from agents.phone.tar import parse as parse_tar
from agents.phone.traces import parse as parse_traces
from tests.effort import effort


def archive_of(files: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=form) as tar:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return whole.getvalue()


FILES = some.dictionaries(
    some.text("abc/é", min_size=1, max_size=150).filter(lambda name: name.strip("/") == name),
    some.binary(max_size=700),
    max_size=4,
)
FORMS = some.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


@effort(100)
@given(FILES, FORMS)
def test_a_whole_archive_comes_back_as_it_was(files, form):
    read = parse_tar(archive_of(files, form))

    assert read.unsound is None
    assert {one.name.decode(): bytes(one.data) for one in read.members} == files


@effort(300)
@given(FILES, FORMS, some.data())
def test_a_spoilt_archive_is_read_as_far_as_it_is_sound(files, form, data):
    raw = bytearray(archive_of(files, form))
    for _ in range(data.draw(some.integers(0, 3))):
        raw[data.draw(some.integers(0, len(raw) - 1))] = data.draw(some.integers(0, 255))
    del raw[data.draw(some.integers(0, len(raw))) :]

    read = parse_tar(bytes(raw))
    assert sum(len(one.data) for one in read.members) <= len(raw)


@effort(200)
@given(some.binary(max_size=12), some.sampled_from([b"0", b"L", b"x", b"5", b"g"]), some.binary())
def test_a_header_that_sums_up_may_hold_anything(size, kind, rest):
    parse_tar(summed_up(size, kind) + rest + bytes(2 * BLOCK))


def summed_up(size: bytes, kind: bytes = b"0") -> bytes:
    """Return a header with this in the place of the size, and the right checksum for it."""
    head = bytearray(tarfile.TarInfo("name").tobuf(tarfile.GNU_FORMAT))
    head[124:136] = size.ljust(12, b"\0")
    head[156:157] = kind
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("size", [b"-0000001000", b"-7777777777", b"+1", b"1_0", b"0o10"])
def test_a_size_with_more_than_digits_leads_nowhere_back(size):
    assert parse_tar(summed_up(size) + bytes(4 * BLOCK)).unsound == "a number in a header is none"


def test_a_number_of_five_thousand_digits_is_none():
    record = b"9" * 5000 + b" path=a\n"
    head = summed_up(b"%011o" % len(record), b"x")
    raw = head + record.ljust(-(-len(record) // BLOCK) * BLOCK, b"\0") + bytes(2 * BLOCK)

    assert parse_tar(raw).unsound == "a number in an extended header is none"


NODE = '<node text="{}" package="p" bounds="{}"/>'
PARTS = some.sampled_from(
    [
        *("<hierarchy>", "</hierarchy>", "<hierarchy/>", "<hierarchy ", "<node", "/>", ">", "&x;"),
        *("<!DOCTYPE a [<!ENTITY x 'y'>]>", NODE.format("我", "[0,0][9,9]"), "ERROR: no", "\0"),
        *(NODE.format("我", "[" + "9" * 5000 + ",0][1,1]"), "<!--", "-->", "<![CDATA[", "\ud800"),
    ]
)


@effort(300)
@given(some.lists(PARTS | some.text(max_size=5), max_size=12).map("".join))
def test_any_dump_is_a_screen_or_none(dump):
    try:
        screen = parse_screen(dump)
    except NotAScreen:
        return
    assert len(screen.digest) == 64


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["<hierarchy ", "<hierarchy>", "<node>", '<hierarchy a="'])
def test_no_dump_keeps_the_reader_busy_for_ever(piece):
    with pytest.raises(NotAScreen):
        parse_screen(f"{piece * 50_000}<x")
    with pytest.raises(NotAScreen):
        parse_screen(f"<hierarchy>{piece * 50_000}</hierarchy>")


def test_a_place_of_five_thousand_digits_is_no_place():
    screen = parse_screen(
        f"<hierarchy>{NODE.format('我', '[' + '9' * 5000 + ',0][1,1]')}</hierarchy>"
    )

    assert screen.labels == ()


SAID = some.sampled_from(
    [
        *("User State\n", "User 0\n", "CredentialType: PIN\n", "Keys in namespace", "(current)"),
        *("deviceLocked=1", "maximumFailedPasswordsForWipe=", "9" * 5000, "\n", "²", "-1"),
        *("Device Policy Manager state", "didn't match", "Pin set to '1'", "sdk=", "files=²\n"),
        *("whole=1\n", "mark=data\n", "boots=", "=", "app="),
    ]
)


@effort(200)
@given(some.lists(SAID | some.text(max_size=4), max_size=10).map("".join))
def test_any_words_of_a_lock_and_of_an_erased_phone_are_read(said):
    assert verdict(said)
    assert credential_type(said) is None or device_locked(said) in {None, True, False}
    assert (wipe_limit(said) or 0) >= 0
    try:
        assert (parse_traces("S", said).files or 0) >= 0
    except CommandFailed as refusal:
        assert "not whole" in str(refusal)
