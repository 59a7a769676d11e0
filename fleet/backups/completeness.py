"""Whether a backup is complete: every path listed on the phone is accounted for, exactly once.

The server judges this from the manifest itself. A file is stored and equal to what the phone
hashed, or stored and named as changed, or named as missing with the reason; whatever else a
manifest says, or leaves out, makes the backup incomplete.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from fleet.contracts.backups import FileState, ManifestFile, ManifestHead
from fleet.contracts.proof import Level

KEPT: Final = {FileState.STORED, FileState.CARRIED}
VANISHED: Final = "vanished"  # listed first, and gone when the phone was listed last


@dataclass(frozen=True)
class Counts:
    """`bytes` are those of the files that are in packs.

    `stored` are in a pack and equal, or as they were when they were equal: of these, `carried` are
    in packs of earlier backups, and `uncompared` of the carried were not hashed again.
    """

    files: int = 0
    stored: int = 0
    carried: int = 0
    uncompared: int = 0
    changed: int = 0
    missing: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Verdict:
    """`faults` say why it is not complete; `missing` why files are missing in spite of it."""

    counts: Counts
    faults: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.faults

    @property
    def level(self) -> Level:
        """`verified` where every file is stored and equal, `observed` where some are named."""
        if not self.complete:
            return Level.NONE
        named = self.counts.changed + self.counts.missing + self.counts.uncompared
        return Level.OBSERVED if named else Level.VERIFIED

    @property
    def reasons(self) -> list[str]:
        return [*self.faults, *self.missing]


@dataclass
class _Ledger:
    """What was read so far: one blinded name a path, and nothing else that grows."""

    packs: int
    old_packs: int  # the first so many are of earlier backups
    seen: set[bytes] = field(default_factory=set)
    states: Counter[FileState] = field(default_factory=Counter)
    bytes: int = 0
    carried: int = 0
    vanished: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    why_missing: Counter[str] = field(default_factory=Counter)

    def enter(self, file: ManifestFile) -> None:
        self.states[file.state] += 1
        self.vanished += file.reason == VANISHED
        if file.state is FileState.MISSING:
            self.why_missing[file.reason or ""] += 1
        else:
            self.bytes += file.size
        self.carried += file.state in KEPT and (file.pack or 0) <= self.old_packs
        fault = self._repeated(file) or fault_of(file, packs=self.packs, old_packs=self.old_packs)
        if fault:
            self.faults[fault] += 1

    def _repeated(self, file: ManifestFile) -> str | None:
        key = bytes.fromhex(file.key)
        if key in self.seen:
            return "listed twice"
        self.seen.add(key)
        return None


def judge(head: ManifestHead, files: Iterable[ManifestFile], present: Collection[str]) -> Verdict:
    """Judge a manifest; `present` are the digests of the packs that are in storage."""
    ledger = _Ledger(packs=len(head.packs), old_packs=head.carried)
    for file in files:
        ledger.enter(file)
    faults = [f"{count} files: {fault}" for fault, count in sorted(ledger.faults.items())]
    faults += _faults_of_head(head, ledger, present)
    missing = [f"{count} files: {why}" for why, count in sorted(ledger.why_missing.items())]
    return Verdict(_counts(ledger), tuple(faults), tuple(missing))


def fault_of(file: ManifestFile, *, packs: int, old_packs: int) -> str | None:
    """Return why a line of the manifest does not account for its file, None where it does."""
    if file.size < 0:
        return "without a size"
    if file.state is FileState.MISSING:
        return _fault_of_missing(file)
    return _fault_of_stored(file, packs, old_packs)


def _fault_of_stored(file: ManifestFile, packs: int, old_packs: int) -> str | None:
    if file.sha256 is None or file.pack is None:
        return "said to be stored, and not said where"
    if not 1 <= file.pack <= packs:
        return "in a pack that does not exist"
    if file.state is FileState.CARRIED and file.pack > old_packs:
        return "said to be of an earlier backup, and in a pack of this one"
    if file.state is FileState.STORED and file.sha256 != file.phone_sha256:
        return "stored, and not equal to what is on the phone"
    return None


def _fault_of_missing(file: ManifestFile) -> str | None:
    if not (file.reason or "").strip():
        return "missing without a reason"
    if file.pack is not None or file.sha256 is not None:
        return "both missing and stored"
    return None


def _faults_of_head(head: ManifestHead, ledger: _Ledger, present: Collection[str]) -> list[str]:
    lines = ledger.states.total()
    faults = []
    if lines != head.listed:
        faults.append(f"{head.listed} files were listed, {lines} are accounted for")
    if head.listed - head.relisted != ledger.vanished:
        faults.append(
            f"{head.relisted} files were there at the end of {head.listed}, "
            f"and {ledger.vanished} are said to have vanished"
        )
    absent = sum(digest not in present for digest in head.packs)
    if absent:
        faults.append(f"{absent} packs are not in storage")
    if len(set(head.packs)) != len(head.packs):
        faults.append("a pack is named twice")
    if not 0 <= head.carried <= len(head.packs):
        faults.append("more packs are of earlier backups than there are")
    return faults


def _counts(ledger: _Ledger) -> Counts:
    return Counts(
        files=ledger.states.total(),
        stored=ledger.states[FileState.STORED] + ledger.states[FileState.CARRIED],
        carried=ledger.carried,
        uncompared=ledger.states[FileState.CARRIED],
        changed=ledger.states[FileState.CHANGED],
        missing=ledger.states[FileState.MISSING],
        bytes=ledger.bytes,
    )
