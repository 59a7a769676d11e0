"""A restore of a part, one that was stopped, and targets and packs that mean no good."""

import io
import json
import os
import subprocess
import sys
import tarfile
from contextlib import closing, contextmanager
from pathlib import Path

import pyrage
import pytest
import zstandard

from agents.station.backup import errors, opening
from agents.station.backup.reading_index import Asked, opened
from agents.station.backup.restoring import folder, work
from agents.station.backup.restoring.folder import NAMES, OURS, FolderTarget
from agents.station.backup.restoring.origins import SealedPack
from agents.station.backup.restoring.patterns import Patterns
from api.client import ServerUnreachable
from fleet.contracts.backups import FileState
from tests.agents.station.backup.made import IDENTITY, Made
from tests.pieces import FromPieces, restore

ROOT = Path(__file__).parents[4]
FILES = {
    "Download/WeiXin/合同.pdf".encode(): b"%PDF" * 900,
    b"Download/WeiXin/odd\xff\nname": b"odd",
    b"Download/IMG[1].jpg": b"jpeg",
    b"DCIM/a.jpg": b"a" * 5000,
}


@pytest.fixture
def made(tmp_path) -> Made:
    made = Made(tmp_path)
    for name, data in FILES.items():
        made.pack({name: data})
    return made


@pytest.fixture
def identity(tmp_path) -> Path:
    file = tmp_path / "key.txt"
    file.write_text(str(IDENTITY))
    return file


@pytest.fixture
def bring(tmp_path, made, identity):
    """Give a restore of what fits patterns; `opens` stands in for the packs."""

    def run(*only: str, opens=None, to="to"):
        origin = FromPieces(opens or made.open, [made.manifest()])
        with opened(origin.pieces, [IDENTITY], identity, None) as wanted:
            if only:
                wanted.choose(Patterns(only).fits)
            with closing(FolderTarget.of(tmp_path / to, wanted)) as target:
                return work.Restoring(origin, [IDENTITY], identity, wanted, target).run()

    return run


def under(to: Path) -> dict[bytes, bytes]:
    found = (path for path in to.rglob("*") if path.is_file() and OURS not in path.parts)
    return {os.fsencode(path.relative_to(to)): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("Download/WeiXin/*", {0, 1}),
        ("Download", {0, 1, 2}),
        ("*.jpg", {2, 3}),
        ("Download/IMG[1].jpg", {2}),
        (r"Download/WeiXin/odd\xff" + "\n" + "name", {1}),
        ("download/*", set()),
    ],
)
def test_a_pattern_asks_for_what_it_fits(pattern, names):
    every = list(FILES)
    assert {at for at, name in enumerate(every) if Patterns([pattern]).fits(name)} == names


def test_only_the_packs_that_are_needed_are_opened(made, bring, tmp_path):
    asked = []

    def opens(number):
        asked.append(number)
        return made.open(number)

    report = bring("DCIM/*", "*.pdf", opens=opens)

    assert (report.whole, report.files, asked) == (True, 2, [1, 4])
    assert set(under(tmp_path / "to")) == {next(iter(FILES)), b"DCIM/a.jpg"}


def test_what_was_restored_before_it_was_stopped_is_not_fetched_again(made, bring, tmp_path):
    asked = []

    def opens(number):
        asked.append(number)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return made.open(number)

    with pytest.raises(KeyboardInterrupt):
        bring(opens=opens)
    report = bring(opens=opens)

    assert (report.whole, report.files, report.kept) == (True, 4, 2)
    assert asked == [1, 2, 3, 3, 4]
    assert under(tmp_path / "to") == FILES
    assert not (tmp_path / "to" / OURS).exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from agents.station.backup.restoring import folder
from tests.pieces import FromPieces, restore
folder_put, seen = folder.FolderTarget.put, []
def put(self, path, expected, part):
    seen.append(path)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return folder_put(self, path, expected, part)
folder.FolderTarget.put = put
from contextlib import closing, contextmanager
home = Path(sys.argv[1])
@contextmanager
def opens(number):
    yield [(home / f"{number}.age").read_bytes()]
restore(FromPieces(opens, [(home / "manifest").read_bytes()]), home / "key.txt", home / "to")
"""


def test_a_restore_that_was_killed_goes_on_by_the_same_command(made, identity, bring, tmp_path):
    for number, pack in enumerate(made.packs, start=1):
        (tmp_path / f"{number}.age").write_bytes(pack)
    (tmp_path / "manifest").write_bytes(made.manifest())
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False, cwd=ROOT)
    assert killed.returncode == -9
    assert len(under(tmp_path / "to")) == 2

    report = bring()

    assert (report.whole, report.files, report.kept) == (True, 4, 2)
    assert under(tmp_path / "to") == FILES


def test_what_was_spoilt_since_is_not_taken_for_restored(made, bring, tmp_path):
    """Half a file after a loss of power, or somebody's own: neither is written over."""
    with pytest.raises(KeyboardInterrupt):
        bring(opens=lambda number: _stops_at(made, number, 4))
    (tmp_path / "to/Download/IMG[1].jpg").write_bytes(b"jp\0\0")

    report = bring()

    assert (report.whole, report.kept) == (True, 2)
    [other] = report.renamed
    assert (other.path, other.reason) == ("Download/IMG[1].jpg", "taken")
    assert (tmp_path / "to" / other.restored_as).read_bytes() == b"jpeg"
    assert (tmp_path / "to/Download/IMG[1].jpg").read_bytes() == b"jp\0\0"


def _stops_at(made, number, last):
    if number == last:
        raise KeyboardInterrupt
    return made.open(number)


def test_a_target_of_another_backup_is_refused(made, bring, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        bring(opens=lambda number: _stops_at(made, number, 2))
    mark = tmp_path / "to" / OURS / "backup.json"
    mark.write_text(mark.read_text().replace('"b"', '"c"'))

    with pytest.raises(errors.TargetOfAnother):
        bring()


def test_a_mark_behind_a_link_is_somebody_elses(made, bring, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        bring(opens=lambda number: _stops_at(made, number, 2))
    (tmp_path / "to" / OURS).rename(tmp_path / "elsewhere")
    (tmp_path / "to" / OURS).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(errors.TargetNotEmpty):
        bring()


def test_a_path_that_leads_outside_is_not_even_looked_at(made, bring, tmp_path):
    (tmp_path / "outside").write_bytes(b"equal")
    made.pack({b"../outside": b"equal"})
    with pytest.raises(KeyboardInterrupt):
        bring(opens=lambda number: _stops_at(made, number, 2))

    report = bring()

    assert [problem.reason for problem in report.problems] == ["escapes"]


def test_a_pack_for_other_keys_is_named_and_the_others_are_restored(made, identity, tmp_path):
    other = pyrage.x25519.Identity.generate().to_public()
    made.packs[1] = pyrage.encrypt(pyrage.decrypt(made.packs[1], [IDENTITY]), [other])
    origin = FromPieces(made.open, [made.manifest(names="ab" * 32)])
    with (
        opened(origin.pieces, [IDENTITY], identity, None) as wanted,
        closing(FolderTarget.of(tmp_path / "to", wanted)) as target,
    ):
        report = work.Restoring(origin, [IDENTITY], identity, wanted, target).run()

    assert (report.files, report.damaged_packs) == (3, {2: "sealed_to_other_keys"})


def test_two_restores_at_once_into_one_folder_are_refused(made, bring):
    def opens(number):
        with pytest.raises(errors.TargetInUse):
            bring()
        return made.open(number)

    assert bring("DCIM/*", opens=opens).whole


def test_a_pack_that_broke_off_goes_on_where_it_was(made, identity, tmp_path, monkeypatch):
    monkeypatch.setattr("agents.station.backoff.random.uniform", lambda *_: 0.001)
    starts = []

    class Flaky(FromPieces):
        def pack(self, number, digest):
            return SealedPack(digest, len(made.packs[number - 1]), self._open(number))

        def _open(self, number):
            @contextmanager
            def opens(start):
                starts.append(start)
                yield self._some(number, start)

            return opens

        def _some(self, number, start):
            yield made.packs[number - 1][start : start + 300]
            if start + 300 < len(made.packs[number - 1]):
                raise ServerUnreachable(server="x", reason="cut")

    origin = Flaky(made.open, [made.manifest()])
    with opened(origin.pieces, [IDENTITY], identity, None) as wanted:
        target = FolderTarget.of(tmp_path / "to", wanted)
        report = work.Restoring(origin, [IDENTITY], identity, wanted, target).run()

    assert report.whole
    assert {0, 300} <= set(starts)
    assert under(tmp_path / "to") == FILES


@pytest.mark.parametrize("handles", [True, False])
@pytest.mark.parametrize("where", ["Download", "Download/WeiXin", "workfleet-renamed"])
def test_a_link_in_the_target_leads_nowhere(made, bring, tmp_path, where, handles, monkeypatch):
    monkeypatch.setattr(folder, "HANDLES", handles)
    outside = tmp_path / "outside"
    outside.mkdir()
    made.pack({b"n" * 300: b"1"})

    def opens(number):
        link = tmp_path / "to" / where
        if number == 1 and not link.is_symlink():
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(outside)
        return made.open(number)

    report = bring(opens=opens)

    assert list(outside.iterdir()) == []
    lost = ["taken"] if where == "workfleet-renamed" else []
    assert [problem.reason for problem in report.problems] == lost
    assert report.files == 5 - len(lost)


def test_other_names_are_written_down_at_once_and_once(made, bring, tmp_path):
    made.packs.clear()
    made.lines.clear()
    made.pack({b"n" * 300: b"1"})
    made.pack({b"b": b"2"})
    with pytest.raises(KeyboardInterrupt):
        bring(opens=lambda number: _stops_at(made, number, 2))
    [line] = (tmp_path / "to" / NAMES).read_text("utf-8").splitlines()

    report = bring()

    assert [one.restored_as for one in report.renamed] == [json.loads(line)["restored_as"]]
    assert (tmp_path / "to" / NAMES).read_text("utf-8").splitlines() == [line]


def test_what_is_restored_is_for_its_owner_alone(bring, tmp_path):
    bring()
    assert (tmp_path / "to").stat().st_mode & 0o077 == 0


def test_every_file_is_told_once(made, identity, tmp_path):
    origin, lines = FromPieces(made.open, [made.manifest()]), []
    made.packs[3] = made.packs[3][:-9]
    with opened(origin.pieces, [IDENTITY], identity, None) as wanted:
        target = FolderTarget.of(tmp_path / "to", wanted)
        work.Restoring(origin, [IDENTITY], identity, wanted, target, tell=lines.append).run()

    told = {line.path: (line.outcome, line.reason) for line in lines}
    assert told.pop("DCIM/a.jpg") == ("not_restored", "pack 4: digest")
    assert list(told.values()) == [("restored", None)] * 3
    assert len(lines) == 4


def test_a_file_that_is_called_as_ours_are_is_not_mixed_up(tmp_path, identity, made, bring):
    made.pack({b".workfleet-restore/backup.json": b"evil", b"Workfleet-Names.jsonl": b"mine"})

    report = bring()

    assert (report.whole, report.files, len(report.renamed)) == (True, 6, 2)
    contents = set(under(tmp_path / "to").values())
    assert {b"evil", b"mine"} <= contents


def test_what_was_not_equal_when_it_was_read_is_said(made, bring):
    made.lines[0] = made.lines[0].model_copy(
        update={"state": FileState.CHANGED, "reason": "it was cut short while it was read"}
    )

    report = bring()

    [doubt] = report.doubtful
    assert (report.whole, doubt.path) == (True, "Download/WeiXin/合同.pdf")


def sealed(tar: bytes) -> bytes:
    return pyrage.encrypt(zstandard.compress(tar), [IDENTITY.to_public()])


def hostile(kind: bytes, name: str = "bad", size: int = 0) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.size = kind, "/etc/passwd", size
        tar.addfile(entry, io.BytesIO(bytes(size)) if size else None)
    return sealed(out.getvalue())


@pytest.mark.parametrize(
    "kind", [tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_what_is_no_file_in_a_pack_is_refused_by_name(tmp_path, identity, kind):
    made = Made(tmp_path)
    made.packs.append(hostile(kind))
    made.line(b"bad", pack=1, sha256="0" * 64)

    report = restore(FromPieces(made.open, [made.manifest()]), identity, tmp_path / "to")

    assert [problem.reason for problem in report.problems] == ["not_a_file"]
    assert not os.path.lexists(tmp_path / "to/bad")


def test_a_file_that_swells_takes_no_more_room_than_it_should(tmp_path, identity, monkeypatch):
    made = Made(tmp_path)
    made.packs.append(hostile(tarfile.REGTYPE, size=50_000_000))
    made.line(b"bad", pack=1, sha256="0" * 64, size=3)
    sizes = []
    monkeypatch.setattr(work, "_copied", lambda *given: sizes.append(_copy(*given)) or "")

    report = restore(FromPieces(made.open, [made.manifest()]), identity, tmp_path / "to")

    assert [problem.reason for problem in report.problems] == ["differs"]
    assert sizes == [4]


_COPIED = work._copied


def _copy(content, part, size):
    _COPIED(content, part, size)
    return part.stat().st_size


def test_a_pack_that_swells_is_refused(tmp_path, identity, monkeypatch):
    monkeypatch.setattr(work, "UNASKED", 1_000_000)
    made = Made(tmp_path)
    made.packs.append(hostile(tarfile.REGTYPE, "nobody asked", size=50_000_000))
    made.line(b"bad", pack=1, sha256="0" * 64, size=3)

    report = restore(FromPieces(made.open, [made.manifest()]), identity, tmp_path / "to")

    assert report.damaged_packs == {1: opening.SWELLS}


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_swells_is_refused_before_it_is_read(tmp_path, identity, kind):
    made = Made(tmp_path)
    made.packs.append(hostile(kind, size=20_000_000))
    made.line(b"bad", pack=1, sha256="0" * 64)

    report = restore(FromPieces(made.open, [made.manifest()]), identity, tmp_path / "to")

    assert report.damaged_packs == {1: opening.SWELLS}


def test_headers_about_headers_without_end_are_damage(tmp_path, identity):
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 0
    made = Made(tmp_path)
    made.packs.append(sealed(header.tobuf() * 5000 + bytes(1024)))
    made.line(b"bad", pack=1, sha256="0" * 64)

    report = restore(FromPieces(made.open, [made.manifest()]), identity, tmp_path / "to")

    assert report.damaged_packs == {1: opening.NOT_OPENED}


def test_a_disk_that_is_too_small_is_known_before_anything_is_fetched(tmp_path):
    with pytest.raises(errors.TargetTooSmall):
        folder.refuse_too_small(tmp_path / "a/b", Asked(1, 1, (1,)), largest=1 << 60)
    assert not (tmp_path / "a").exists()
