"""Listing, reading and hashing, on recordings of real toybox releases and on a fake phone."""

import pytest

from agents.phone.errors import PhoneUnreachable
from agents.phone.fake import FakePhone, Reply
from agents.phone.files import (
    LARGE,
    Entry,
    Kind,
    Problem,
    Tools,
    listing,
    read_large,
    taken,
)
from agents.phone.listing import complaints
from agents.phone.phone import Answer
from tests.agents.phone.archives import archive_of
from tests.agents.phone.reading import read_small
from tests.recordings import SAMPLES, recorded

PRINTS = Tools(prints=True, hasher="sha256sum")
STATS = Tools(prints=False, hasher="sha256sum")


def entries(files: dict[bytes, bytes]) -> list[Entry]:
    return [Entry(path, len(content), 1.5) for path, content in files.items()]


def phone_with(files: dict[bytes, bytes], tar: Answer | None = None) -> FakePhone:
    relative = {path.lstrip(b"/"): content for path, content in files.items()}
    return FakePhone({"^tar": tar or Answer(archive_of(relative))}, files=files)


def test_small_files_come_in_one_archive_in_the_order_asked() -> None:
    files = {b"/s/b\xff": b"bb", b"/s/a": b"", b"/s/c c": b"ccc"}
    phone = phone_with(files)

    assert list(read_small(phone, entries(files))) == list(
        zip(entries(files), files.values(), strict=True)
    )
    assert phone.stdins[0] == b"s/b\xff\ns/a\ns/c c\n"
    assert len(phone.asked) == 1


def test_what_the_archive_leaves_out_is_asked_for_by_itself() -> None:
    files = {b"/s/a": b"aa", b"/s/b": b"bb"}
    phone = phone_with(files, Answer(archive_of({b"s/a": b"aa"}), b"", 1))
    phone.replies = {"^tar": Answer(archive_of({b"s/a": b"aa"}), b"tar: can't open 's/b': Oh\n", 1)}

    assert [content for _, content in read_small(phone, entries(files))] == [b"aa", b"bb"]


def test_what_cannot_be_read_at_all_is_named_with_its_reason() -> None:
    wanted = Entry(b"/s/gone", 3, 0)
    phone = phone_with({}, Answer(archive_of({}), b"tar: s/gone: No such file\n", 1))

    assert list(read_small(phone, [wanted])) == [
        (wanted, Problem(b"/s/gone", "No such file or directory"))
    ]


def test_a_file_that_tar_complains_about_is_not_taken_from_the_archive() -> None:
    # An old toybox writes the header of a file that it cannot open, and other bytes follow.
    shifted = archive_of({b"s/locked": b"not its own bytes", b"s/b": b"bb"})
    said = Answer(shifted, b"tar: can't open 's/locked': Permission denied\n", 1)
    phone = phone_with({b"/s/b": b"bb"}, said)

    got = dict(read_small(phone, [Entry(b"/s/locked", 17, 0), Entry(b"/s/b", 2, 0)]))

    assert isinstance(got[Entry(b"/s/locked", 17, 0)], Problem)
    assert got[Entry(b"/s/b", 2, 0)] == b"bb"


def test_a_complaint_without_a_path_makes_the_whole_archive_doubtful() -> None:
    files = {b"/s/a": b"right"}
    phone = phone_with(files, Answer(archive_of({b"s/a": b"wrong"}), b"tar: oh dear\n", 1))

    assert [content for _, content in read_small(phone, entries(files))] == [b"right"]


def test_an_archive_that_is_cut_off_raises_instead_of_ending() -> None:
    phone = phone_with({b"/s/a": b"x"}, Answer(b"half", b"", None))

    with pytest.raises(PhoneUnreachable):
        list(read_small(phone, [Entry(b"/s/a", 1, 0)]))


def test_a_name_with_a_line_end_never_goes_into_a_list_of_lines() -> None:
    files = {b"/s/two\nlines": b"x"}
    phone = phone_with(files)

    assert [content for _, content in read_small(phone, entries(files))] == [b"x"]
    assert phone.asked == []


def test_a_large_file_is_not_read_into_memory() -> None:
    with pytest.raises(ValueError, match="read_large"):
        list(read_small(phone_with({}), [Entry(b"/s/big", LARGE, 0)]))


def test_a_path_too_long_for_transfer_is_read_through_the_shell() -> None:
    phone = FakePhone({"^cat": Answer(b"deep")})

    assert b"".join(read_large(phone, Entry(b"/" + b"x" * 2000, 4, 0))) == b"deep"


def printed(*records: bytes) -> FakePhone:
    all_of_it = b"".join(one + b"\0" for one in (*records, b"z 0 1 /dev/null"))
    said = Answer(all_of_it, b"find: /s/no: Permission denied\n", 1)
    return FakePhone({"find -H": said}, chunk=7)


def test_a_listing_survives_any_name_and_names_what_it_could_not_see() -> None:
    phone = printed(b"f 12 -5.5 /s/new\nline\xff", b"d 0 1795354192.50 /s/x y", b"o 0 1 /s/pipe")

    assert list(listing(phone, ["/s"], known=PRINTS)) == [
        Entry(b"/s/new\nline\xff", 12, -5.5, Kind.FILE),
        Entry(b"/s/x y", 0, 1795354192.5, Kind.DIRECTORY),
        Entry(b"/s/pipe", 0, 1.0, Kind.OTHER),
        Problem(b"/s/no", "Permission denied"),
    ]


def stat_said(script: str) -> Reply:
    mark = script.split("stat -c '")[1].split(" ", maxsplit=1)[0]
    records = (
        "9663676416 1795354192 regular file|/s/big",
        "0 0 regular empty file|/s/two\nlines\n",
        "9 5 symbolic link|/s/link",
        "0 1 character device|/dev/null",
    )
    return Answer("".join(f"{mark} {one}\n" for one in records).encode())


@pytest.mark.parametrize("chunk", [1, 5, 64, 4096])
def test_a_phone_without_printf_is_listed_through_stat(chunk: int) -> None:
    phone = FakePhone({"find -H": stat_said}, chunk=chunk)

    assert list(listing(phone, ["/s"], known=STATS)) == [
        Entry(b"/s/big", 9663676416, 1795354192.0, Kind.FILE),
        Entry(b"/s/two\nlines\n", 0, 0.0, Kind.FILE),
        Entry(b"/s/link", 9, 5.0, Kind.LINK),
    ]


@pytest.mark.parametrize("known", [PRINTS, STATS])
def test_what_a_listing_says_in_other_words_is_a_problem_and_no_silence(known: Tools) -> None:
    phone = FakePhone({"find -H": Answer(b"d %y x\0half a")})

    found = list(listing(phone, ["/s"], known=known))

    assert found
    assert all(isinstance(one, Problem) for one in found)


def test_a_listing_that_is_cut_off_raises_instead_of_ending() -> None:
    phone = FakePhone({"find -H": Answer(b"f 1 1 /s/a\0", b"", None)})

    with pytest.raises(PhoneUnreachable):
        list(listing(phone, ["/s"], known=PRINTS))


def test_a_tool_that_was_killed_is_a_problem_whatever_it_had_complained_about() -> None:
    said = Answer(b"f 1 1 /s/a\0", b"find: /s/no: Permission denied\n", 137)
    phone = FakePhone({"find -H": said})

    assert Problem(None, "ended with status 137 and said no reason") in listing(
        phone, ["/s"], known=PRINTS
    )


def test_two_listings_are_the_same_only_where_all_that_was_said_is() -> None:
    there = b"f 1 1 /s/a\0"
    answers = [
        Answer(there, b"", 0),
        Answer(there, b"", 0),
        Answer(there, b"find: /s/no: Permission denied\n", 1),
        Answer(there + b"f 1 1 /s/b\0", b"", 0),
    ]
    phone = FakePhone({"find -H": answers})

    digests = []
    for _answer in answers:
        with taken(phone, ["/s"], [], known=PRINTS) as one:
            digests.append(one.digest)
            assert Entry(b"/s/a", 1, 1.0) in list(one)

    assert (digests[0] == digests[1], len(set(digests))) == (True, 3)


def test_a_bad_end_without_a_word_is_a_problem_too() -> None:
    phone = FakePhone({"find -H": Answer(b"", b"", 9)})

    *_no_end, problem = listing(phone, ["/s"], known=PRINTS)

    assert isinstance(problem, Problem)
    assert "status 9" in problem.reason


def test_a_listing_without_its_end_is_none_though_the_shell_says_that_all_is_well() -> None:
    phone = FakePhone({"find -H": Answer(b"f 1 1 /s/a\0", b"", 0)})

    found = list(listing(phone, ["/s"], known=PRINTS))

    assert found == [
        Entry(b"/s/a", 1, 1.0, Kind.FILE),
        Problem(None, "the listing has no end"),
    ]


@recorded
@pytest.mark.parametrize("release", ["0.8.0", "0.8.4", "0.8.11"])
def test_recorded_complaints_name_their_paths(release: str) -> None:
    text = (SAMPLES / "toybox_built" / f"unreadable_toybox-{release}.stderr.txt").read_bytes()

    found = list(complaints(text.replace(b"rc=1\n", b"")))

    assert found == [
        Problem(b"./noread.txt", "Permission denied"),
        Problem(b"./nodir", "Permission denied"),
    ]
