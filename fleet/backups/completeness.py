"""Whether a backup is complete: every path listed on the phone is accounted for, exactly once.

The server judges this from the manifest itself. A file is stored and equal to what the phone
hashed, or stored and named as changed, or named as missing with the reason; whatever else a
manifest says, or leaves out, makes the backup incomplete. The same holds for the sources that
were asked for: of each it is said what became of it, and the lines agree.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fleet.contracts.backups import KEPT, VANISHED, FileState, ManifestFile, ManifestHead
from fleet.contracts.plans import (
    CARD,
    WHOLE,
    Source,
    SourceKind,
    SourceLine,
    SourceState,
    parted,
)
from fleet.contracts.proof import Level
from fleet.contracts.sheets import SourceFound
from fleet.contracts.spelling import is_user


@dataclass(frozen=True)
class Counts:
    """`bytes` are those of the files that are in packs.

    `stored` are in a pack and equal, or as they were when they were equal: of these, `carried` are
    in packs of earlier backups, and `uncompared` of the carried were not hashed again. `taken` are
    in a pack too, and were never files of the phone.
    """

    files: int = 0
    stored: int = 0
    carried: int = 0
    uncompared: int = 0
    taken: int = 0
    changed: int = 0
    missing: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Verdict:
    """`faults` say why it is not complete; `missing` why files are missing in spite of it."""

    counts: Counts
    faults: tuple[str, ...]
    missing: tuple[str, ...] = ()
    sources: tuple[SourceFound, ...] = ()
    weak: int = 0  # records that nothing compares, and sources that could not be reached

    @property
    def complete(self) -> bool:
        return not self.faults

    @property
    def level(self) -> Level:
        """`verified` where every file is stored and equal, `observed` where some are named."""
        if not self.complete:
            return Level.NONE
        named = self.counts.changed + self.counts.missing + self.counts.uncompared + self.weak
        return Level.OBSERVED if named else Level.VERIFIED

    @property
    def reasons(self) -> list[str]:
        return [*self.faults, *self.missing]


@dataclass
class _Ledger:
    """What was read so far: one blinded name a path, and nothing else that grows."""

    packs: int
    old_packs: int  # the first so many are of earlier backups
    kinds: dict[str, SourceKind]  # of the sources that were asked for
    whole: bool  # one of them is all of a space: then every path belongs to some source
    seen: set[bytes] = field(default_factory=set)
    states: Counter[FileState] = field(default_factory=Counter)
    by_source: Counter[tuple[str, FileState]] = field(default_factory=Counter)
    source_bytes: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    carried: int = 0
    vanished: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    why_missing: Counter[str] = field(default_factory=Counter)

    def enter(self, file: ManifestFile) -> None:
        self.states[file.state] += 1
        self.by_source[file.source or "", file.state] += 1
        self.vanished += file.reason == VANISHED
        if file.state is FileState.MISSING:
            self.why_missing[file.reason or ""] += 1
        else:
            self.bytes += file.size
            self.source_bytes[file.source or ""] += file.size
        self.carried += file.state in KEPT and (file.pack or 0) <= self.old_packs
        fault = self._repeated(file) or fault_of(file, packs=self.packs, old_packs=self.old_packs)
        if fault := fault or self._of_no_source(file):
            self.faults[fault] += 1

    def _repeated(self, file: ManifestFile) -> str | None:
        key = bytes.fromhex(file.key)
        if key in self.seen:
            return "listed twice"
        self.seen.add(key)
        return None

    def _of_no_source(self, file: ManifestFile) -> str | None:
        if file.source is None:
            return "of no source" if self.whole or file.state is FileState.TAKEN else None
        kind = self.kinds.get(parted(file.source)[0])
        if kind is None:
            return "of a source that nobody asked for"
        beside = kind in {SourceKind.CONTENT, SourceKind.FACTS}
        if file.state in (KEPT if beside else {FileState.TAKEN}):
            return "compared where the phone has no hash, or not where it has"
        return None


def judge(
    head: ManifestHead,
    files: Iterable[ManifestFile],
    present: Collection[str],
    asked: Sequence[Source] = (),
    spaces: Collection[str] = (),
) -> Verdict:
    """Judge a manifest; `present` are the digests of the packs that are in storage.

    `asked` are the sources of the plan, `spaces` those that the phone is known to have.
    """
    ledger = _Ledger(
        packs=len(head.packs),
        old_packs=head.carried,
        kinds={one.id: one.kind for one in asked},
        whole=any(WHOLE in one.places for one in asked),
    )
    for file in files:
        ledger.enter(file)
    faults = [f"{count} files: {fault}" for fault, count in sorted(ledger.faults.items())]
    faults += _faults_of_head(head, ledger, present)
    found = [_found(line, ledger) for line in head.sources]
    if asked:
        faults += [*_unsaid(head.sources, asked, spaces), *_contradicted(found, ledger)]
    missing = [f"{count} files: {why}" for why, count in sorted(ledger.why_missing.items())]
    weak = sum(_is_weak(one, ledger) for one in found)
    return Verdict(_counts(ledger), tuple(faults), tuple(missing), tuple(found), weak)


def _is_weak(one: SourceFound, ledger: _Ledger) -> bool:
    """Tell what keeps a backup from being verified; facts are what they are, and keep nothing."""
    records = one.taken > 0 and ledger.kinds.get(one.source) is SourceKind.CONTENT
    return records or one.state is SourceState.UNREACHABLE or bool(one.reason and one.files)


def _unsaid(
    said: Sequence[SourceLine], asked: Sequence[Source], spaces: Collection[str]
) -> Iterator[str]:
    """Name what was asked and is not answered, and what is answered twice."""
    names = Counter(line.source for line in said)
    yield from (f"the source {one} is named twice" for one in names if names[one] > 1)
    for source in asked:
        if source.id not in names:
            yield f"nothing is said of the source {source.id}"
    tried = {parted(name)[1] for name in names}
    cards = {space for space in tried if not is_user(space)}
    for space in spaces:
        answered = cards if space == CARD else {space} & tried
        if not answered and any(one.spaces == "all" and WHOLE in one.places for one in asked):
            yield f"nothing is said of the space {space}"


def _contradicted(found: Sequence[SourceFound], ledger: _Ledger) -> Iterator[str]:
    """Name where the lines of a source are not what is said of it."""
    said = {one.source for one in found}
    unsaid = {name for name, _state in ledger.by_source if name} - said
    yield from (f"files of {name}, of which nothing is said" for name in sorted(unsaid))
    for one in found:
        stored = one.files - one.missing
        if one.state is SourceState.TAKEN and not one.files:
            yield f"{one.source} is said to be taken, and no file is of it"
        if one.state is not SourceState.TAKEN and stored:
            yield f"{one.source} is said to be {one.state}, and {stored} files are of it"
        if one.archive is not None and one.archive.files != one.files:
            yield f"the archive of {one.source} has other files than were seen"


def _found(line: SourceLine, ledger: _Ledger) -> SourceFound:
    of = {state: ledger.by_source[line.source, state] for state in FileState}
    return SourceFound(
        source=line.source,
        state=line.state,
        reason=line.reason,
        archive=line.archive,
        equal=of[FileState.STORED],
        uncompared=of[FileState.CARRIED],
        taken=of[FileState.TAKEN],
        changed=of[FileState.CHANGED],
        missing=of[FileState.MISSING],
        bytes=ledger.source_bytes[line.source],
    )


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
    if file.state is FileState.TAKEN and file.phone_sha256 is not None:
        return "said to have no hash on the phone, and has one"
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
        stored=sum(ledger.states[state] for state in (*KEPT, FileState.TAKEN)),
        carried=ledger.carried,
        uncompared=ledger.states[FileState.CARRIED],
        taken=ledger.states[FileState.TAKEN],
        changed=ledger.states[FileState.CHANGED],
        missing=ledger.states[FileState.MISSING],
        bytes=ledger.bytes,
    )
