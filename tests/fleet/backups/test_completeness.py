"""I5: no manifest is complete unless every listed path is accounted for, exactly once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fleet.backups.completeness import Verdict, judge
from fleet.contracts.backups import FileState, ManifestFile, ManifestHead
from fleet.contracts.paths import blinded
from fleet.contracts.proof import Level

AT = datetime(2026, 11, 22, tzinfo=UTC)
PACKS = [sha256(bytes([n])).hexdigest() for n in range(3)]
HASH, OTHER = sha256(b"a").hexdigest(), sha256(b"b").hexdigest()


@dataclass
class Manifest:
    """A manifest that can still be changed, and the packs the storage has."""

    files: list[ManifestFile]
    packs: list[str]
    listed: int
    relisted: int
    present: set[str]
    carried: int = 1  # of the packs

    def judged(self) -> Verdict:
        head = ManifestHead(
            backup="b", serial="s", build="x", roots=["/sdcard"], excludes=[], started_at=AT,
            ended_at=AT, listed=self.listed, relisted=self.relisted, packs=self.packs,
            carried=self.carried, index=HASH,
        )  # fmt: skip
        return judge(head, iter(self.files), self.present)


def key_of(path: str) -> str:
    return blinded(bytes(32), path.encode()).hex()


def stored(path: str, pack: int = 1) -> ManifestFile:
    return ManifestFile(
        key=key_of(path),
        size=1,
        mtime=0,
        state=FileState.STORED,
        sha256=HASH,
        phone_sha256=HASH,
        pack=pack,
    )


def carried(path: str) -> ManifestFile:
    given = {"state": FileState.CARRIED, "sha256": HASH, "pack": 1}
    return ManifestFile(key=key_of(path), size=1, mtime=0, **given)


def changed(path: str, pack: int = 1, reason: str = "changed") -> ManifestFile:
    given = {"sha256": HASH, "phone_sha256": OTHER, "pack": pack, "reason": reason}
    return ManifestFile(key=key_of(path), size=1, mtime=0, state=FileState.CHANGED, **given)


def missing(path: str, reason: str = "Permission denied") -> ManifestFile:
    return ManifestFile(key=key_of(path), size=1, mtime=0, state=FileState.MISSING, reason=reason)


def whole(files: list[ManifestFile]) -> Manifest:
    vanished = sum(file.reason == "vanished" for file in files)
    return Manifest(files, list(PACKS), len(files), len(files) - vanished, set(PACKS))


names = st.text(min_size=1, max_size=12)
packs = st.integers(1, len(PACKS))


@st.composite
def wholes(draw: st.DrawFn) -> Manifest:
    """Draw any manifest that accounts for every file of a phone."""
    lines = []
    for path in draw(st.lists(names, unique=True, max_size=12)):
        kind = draw(st.sampled_from("sskcmv"))
        pack = draw(packs)
        lines.append(
            {
                "s": stored(path, pack),
                "k": carried(path),
                "c": changed(path, pack),
                "m": missing(path),
                "v": missing(path, "vanished"),
            }[kind]
        )
    return whole(lines)


Fault = Callable[[Manifest, int], None]


def alter(**given: object) -> Fault:
    def fault(manifest: Manifest, n: int) -> None:
        manifest.files[n] = manifest.files[n].model_copy(update=given)

    return fault


def drop(manifest: Manifest, n: int) -> None:
    del manifest.files[n]


def repeat(manifest: Manifest, n: int) -> None:
    manifest.files.append(manifest.files[n])
    manifest.listed += 1
    manifest.relisted += 1


def repeat_in_place_of_another(manifest: Manifest, n: int) -> None:
    assume(len(manifest.files) > 1)
    manifest.files[n - 1] = manifest.files[n]


def hide_one_that_came(manifest: Manifest, _n: int) -> None:
    manifest.relisted += 1


def hide_one_that_went(manifest: Manifest, _n: int) -> None:
    manifest.relisted -= 1


def lose_a_pack(manifest: Manifest, _n: int) -> None:
    manifest.present.discard(PACKS[0])


def name_a_pack_twice(manifest: Manifest, _n: int) -> None:
    manifest.packs[1] = manifest.packs[0]


def list_one_more(manifest: Manifest, _n: int) -> None:
    manifest.listed += 1
    manifest.relisted += 1


def store_another_content(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is FileState.STORED)
    alter(sha256=OTHER)(manifest, n)


def store_unread(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is FileState.STORED)
    alter(phone_sha256=None)(manifest, n)


def put_in_no_pack(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is not FileState.MISSING)
    alter(pack=len(PACKS) + 1)(manifest, n)


def put_before_the_first_pack(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is not FileState.MISSING)
    alter(pack=0)(manifest, n)


def say_no_pack(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is not FileState.MISSING)
    alter(pack=None)(manifest, n)


def say_no_reason(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is FileState.MISSING)
    alter(reason="  ")(manifest, n)


def miss_and_store(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is FileState.MISSING)
    alter(pack=1)(manifest, n)


def carry_what_was_stored_now(manifest: Manifest, n: int) -> None:
    assume(manifest.files[n].state is not FileState.MISSING)
    alter(state=FileState.CARRIED, pack=2)(manifest, n)


def carry_more_packs_than_there_are(manifest: Manifest, _n: int) -> None:
    manifest.carried = len(manifest.packs) + 1


FAULTS: list[Fault] = [
    drop,
    repeat,
    repeat_in_place_of_another,
    hide_one_that_came,
    hide_one_that_went,
    lose_a_pack,
    name_a_pack_twice,
    list_one_more,
    store_another_content,
    store_unread,
    put_in_no_pack,
    put_before_the_first_pack,
    say_no_pack,
    say_no_reason,
    miss_and_store,
    carry_what_was_stored_now,
    carry_more_packs_than_there_are,
    alter(size=-1),
]


@given(wholes())
def test_a_manifest_that_accounts_for_all_is_complete(manifest: Manifest) -> None:
    verdict = manifest.judged()

    assert (verdict.complete, verdict.faults) == (True, ())
    named = verdict.counts.changed + verdict.counts.missing
    unsure = named + verdict.counts.uncompared
    assert verdict.level is (Level.OBSERVED if unsure else Level.VERIFIED)
    assert verdict.counts.uncompared <= verdict.counts.carried <= verdict.counts.stored
    assert verdict.counts.stored + named == verdict.counts.files == len(manifest.files)


@pytest.mark.parametrize("fault", FAULTS)
@given(st.data())
def test_one_fault_anywhere_makes_it_incomplete(fault: Fault, data: st.DataObject) -> None:
    manifest = data.draw(wholes().filter(lambda drawn: drawn.files))

    fault(manifest, data.draw(st.integers(0, len(manifest.files) - 1)))
    verdict = manifest.judged()

    assert not verdict.complete
    assert verdict.level is Level.NONE


def test_an_empty_phone_is_complete() -> None:
    assert whole([]).judged().level is Level.VERIFIED


def test_what_is_missing_is_said_with_its_reason() -> None:
    files = [stored("a"), missing("b"), missing("c"), missing("d", "too large")]

    verdict = whole(files).judged()

    assert verdict.reasons == ["2 files: Permission denied", "1 files: too large"]


def test_a_file_that_was_stored_and_then_went_is_accounted_for() -> None:
    assert whole([stored("a"), changed("b", reason="vanished")]).judged().complete
