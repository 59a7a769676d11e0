"""I5 for sources: whatever was asked for is answered, and the lines agree with the answer."""

import pytest

from fleet.backups.completeness import judge
from fleet.contracts.backups import FileState, ManifestFile, ManifestHead
from fleet.contracts.plans import ArchiveSeen, Source, SourceLine, SourceState
from fleet.contracts.proof import Level
from tests.fleet.backups.test_completeness import AT, HASH, PACKS, key_of, missing, stored

TITLE = {"zh": "测试", "en": "test"}
SHARED = Source(id="shared", kind="files", title=TITLE, places=["."])
SMS = Source(
    id="sms", kind="content", title=TITLE, provider="content://sms", columns=["_id", "body"]
)
FACTS = Source(id="facts", kind="facts", title=TITLE)
CHATS = Source(
    id="chats", kind="attested", title=TITLE, archive={"how": "vendor-clone", "content": "*"}
)
TAKEN, EMPTY, ABSENT, SHUT = SourceState


def line(source: str, state: SourceState = TAKEN, **given) -> SourceLine:
    return SourceLine(source=source, state=state, **given)


def of(source: str | None, file: ManifestFile, **given) -> ManifestFile:
    return file.model_copy(update={"source": source, **given})


def records(source: str, **given) -> ManifestFile:
    said = {"state": FileState.TAKEN, "phone_sha256": None, **given}
    return of(source, stored(source), **said)


def verdict(files, said, *, asked=(SHARED,), spaces=("0",)):
    head = ManifestHead(
        backup="b", serial="s", build="x", roots=["/sdcard"], excludes=[], started_at=AT,
        ended_at=AT, listed=len(files), relisted=len(files), packs=PACKS, index=HASH,
        sources=said,
    )  # fmt: skip
    return judge(head, files, set(PACKS), asked, spaces)


WRONG_KIND = "1 files: compared where the phone has no hash, or not where it has"
BOTH = {"asked": (SHARED, SMS)}
A = of("shared", stored("a"))
ARCHIVE = ArchiveSeen(made_at=AT, bytes=1, files=2)

WHOLE = [
    ([A], [line("shared")], {}, Level.VERIFIED),
    ([], [line("shared", EMPTY)], {}, Level.VERIFIED),
    (
        [A, records("facts")],
        [line("shared"), line("facts")],
        {"asked": (SHARED, FACTS)},
        Level.VERIFIED,
    ),
    ([A, records("sms")], [line("shared"), line("sms")], BOTH, Level.OBSERVED),
    ([A], [line("shared"), line("sms", SHUT, reason="refused")], BOTH, Level.OBSERVED),
    ([A], [line("shared"), line("shared@999", SHUT)], {"spaces": ("0", "999")}, Level.OBSERVED),
    ([A], [line("shared", reason="partly")], {}, Level.OBSERVED),
    (
        [A],
        [line("shared"), line("shared@1A2B-3C4D", EMPTY)],
        {"spaces": ("0", "card")},
        Level.VERIFIED,
    ),
]


@pytest.mark.parametrize(("files", "said", "given", "level"), WHOLE)
def test_what_is_answered_is_complete_and_no_more_than_it_is(files, said, given, level):
    found = verdict(files, said, **given)

    assert (found.faults, found.level) == ((), level)


FAULTY = [
    ([A], [line("shared")], BOTH, "nothing is said of the source sms"),
    ([A], [], {}, "nothing is said of the source shared"),
    ([A], [line("shared")], {"spaces": ("0", "999")}, "nothing is said of the space 999"),
    ([A], [line("shared")], {"spaces": ("0", "card")}, "nothing is said of the space card"),
    ([A], [line("shared"), line("shared")], {}, "the source shared is named twice"),
    ([A], [line("shared", ABSENT)], {}, "shared is said to be absent, and 1 files are of it"),
    ([], [line("shared")], {}, "shared is said to be taken, and no file is of it"),
    ([stored("a")], [line("shared", EMPTY)], {}, "1 files: of no source"),
    (
        [of("x", stored("a"))],
        [line("shared", EMPTY)],
        {},
        "1 files: of a source that nobody asked for",
    ),
    (
        [of("shared@9", stored("a"))],
        [line("shared", EMPTY)],
        {},
        "files of shared@9, of which nothing is said",
    ),
    ([records("shared")], [line("shared")], {}, WRONG_KIND),
    ([A, of("sms", stored("b"))], [line("shared"), line("sms")], BOTH, WRONG_KIND),
    (
        [records("sms", phone_sha256=HASH)],
        [line("shared", EMPTY), line("sms")],
        BOTH,
        "1 files: said to have no hash on the phone, and has one",
    ),
    (
        [of("chats", stored("a"))],
        [line("shared", EMPTY), line("chats", archive=ARCHIVE)],
        {"asked": (SHARED, CHATS)},
        "the archive of chats has other files than were seen",
    ),
]


@pytest.mark.parametrize(("files", "said", "given", "fault"), FAULTY)
def test_what_is_not_answered_or_answered_falsely_is_not_complete(files, said, given, fault):
    found = verdict(files, said, **given)

    assert fault in found.faults
    assert found.level is Level.NONE


def test_what_is_missing_of_a_source_that_cannot_be_reached_is_no_contradiction():
    file = of("shared", missing("Android/data", "not listed: Permission denied"))

    assert verdict([file], [line("shared", SHUT, reason="permission")]).complete


def test_the_lines_of_a_source_add_up():
    files = [of("shared", stored(name)) for name in "ab"] + [of("shared", missing("c"))]

    [found] = verdict(files, [line("shared")]).sources

    assert (found.equal, found.missing, found.files, found.bytes) == (2, 1, 3, 2)
    assert key_of("a") not in found.model_dump_json()
