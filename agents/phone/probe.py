"""Asks a phone everything in one round trip; what fails is a named gap, not a lost visit.

What costs a phone seconds is asked in a second one, a few times a day; what is known before it is
told by then.
"""

import hashlib
import re
import secrets
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from agents.phone.errors import CommandTimedOut
from agents.phone.memory import Kept, Memory, Start, due, start_of
from agents.phone.parts.catalogue import GETPROP, PARTS
from agents.phone.parts.facts import facts_of
from agents.phone.parts.part import Part, Recorded
from agents.phone.parts.text import text_of
from agents.phone.phone import Phone
from fleet.contracts.clock import now
from fleet.contracts.facts import PhoneFacts

DEADLINE = 90.0  # seconds for the whole visit; each part has its own limit where the phone can
SLOW_DEADLINE = 120.0  # for the slow questions, where all of them are due

# For any Bourne shell of a phone; `p` asks one part. Starting a program is what costs a phone most,
# so a part costs one fork: it is a job with a process group of its own (-m), which a single watcher
# (`w`, told by descriptor 5) kills when its time is over, and which is killed when it has ended:
# a child that outlives its parent (pm is a script) neither speaks into a later part nor keeps the
# output open. What is longer than its limit is cut by whoever reads.
# A shell without jobs or `read -t` does the same with programs, tried and not guessed: `t` runs
# one under timeout(1), `h` cuts with `head -c` what goes out by descriptor 4, and the exit status
# comes by 3. What is asked never gets these descriptors.
PRELUDE = """K=%s;M=;T=;H=
a(){ (echo x|read -t 9 x)&&set -m;case $- in *m*)M=y;return;esac
timeout 9 true&&T=y
[ x = "$(echo xy|head -c 1)" ]&&H=y;}
t(){ if [ "$T" ];then timeout $S "$@";else "$@";fi;}
h(){ S=$((S*2+2));if [ "$H" ];then t head -c $1;else t cat;fi;}
p(){ S=$2;echo "$K<$1"
if [ $M ];then
(eval "$4") 2>&1 4>&- 5>&-&
echo $! $S>&5;wait $!;s=$?;kill -9 -$!
[ $s = 137 ]&&s=124
else s=$({ { (eval "$4") 2>&1 3>&- 4>&- 5>&-;echo $?>&3;}|h $3>&4;} 3>&1)
fi;echo
echo "$K>$1 $s";}
w(){ P=;S=99;while :;do
if read -t $S q r;then P=$q;S=$r
else [ "$P" ]||break;kill -9 -$P;P=;S=99
fi;done;}
"""
OUT_OF_TIME = 124  # the status of a part that was stopped
LONGEST_MARK = 100  # bytes: the mark itself, a part's name and its status
LONG_NUMBER = re.compile(r"\d{7,}")


@dataclass(frozen=True)
class RawPart:
    """One answer as it came, in bytes; `cut` when it was longer than its limit."""

    name: str
    command: str
    data: bytes = field(repr=False)
    status: int | None = None
    cut: bool = False

    @property
    def recorded(self) -> Recorded:
        return Recorded(text_of(self.data), self.status, self.cut)


@dataclass(frozen=True)
class Visit:
    """What one round trip brought; `rest`, where it is one, asks the slow questions that are due.

    It asks the same phone, and gives the whole visit.
    """

    taken_at: datetime
    parts: tuple[RawPart, ...] = field(repr=False)
    facts: PhoneFacts = field(repr=False)
    rest: Callable[[Phone], "Visit"] | None = field(default=None, repr=False, compare=False)

    @property
    def has_started(self) -> bool:
        """Tell whether Android was up: adb answers some half a minute before its services do.

        The activity manager sets the property when it has finished booting (AOSP,
        ActivityManagerService.finishBooting); one that does not tell all of them is taken as it is.
        """
        said = next((part for part in self.parts if part.name == GETPROP.name), None)
        if said is None or said.cut or said.status != 0:
            return True
        props, _why = GETPROP.understand(said.recorded)
        return props is None or props.get("sys.boot_completed") == "1"

    @property
    def digest(self) -> str:
        """Give the SHA-256 of the transcript without the numbers that name a person or card."""
        return digest_of(self.parts)


def digest_of(parts: Iterable[RawPart]) -> str:
    said = hashlib.sha256()
    for part in parts:
        text = LONG_NUMBER.sub("#", part.recorded.text)
        said.update(f"{part.name} {part.status}\n{text}\n".encode())
    return said.hexdigest()


def probe(
    phone: Phone,
    *,
    parts: Sequence[Part[Any]] = PARTS,
    memory: Memory | None = None,
    deadline: float = DEADLINE,
) -> Visit:
    """Visit a phone; refused when it cannot be reached at all or does not finish in time.

    With a `memory`, slow questions that are due are asked too, and the others are as they were.
    """
    visit = look(phone, parts=parts, memory=memory, deadline=deadline)
    return visit.rest(phone) if visit.rest else visit


def look(
    phone: Phone,
    *,
    parts: Sequence[Part[Any]] = PARTS,
    memory: Memory | None = None,
    deadline: float = DEADLINE,
) -> Visit:
    """Begin a visit with what a phone answers at once; refused as `probe` is."""
    taken_at = now()
    raw = ask(phone, parts, deadline)
    recorded = {part.name: part.recorded for part in raw}
    start = start_of(recorded) if memory else None
    if memory is None or start is None:
        return Visit(taken_at, raw, facts_of(recorded, probed_at=taken_at))
    begun = _Begun(taken_at, raw, start, memory, memory.parts, memory.kept(start.serial))
    slow = due(begun.asked, begun.kept, start, taken_at)
    return begun.so_far(slow) if slow else begun.whole((), {})


@dataclass(frozen=True)
class _Begun:
    """What a phone answered at once; `asked` are all slow questions, `kept` what they brought."""

    taken_at: datetime
    raw: tuple[RawPart, ...]
    start: Start
    memory: Memory
    asked: Sequence[Part[Any]]
    kept: Mapping[str, Kept]

    def so_far(self, slow: Sequence[Part[Any]]) -> Visit:
        """Give what is known before slow questions are asked: what was told of this build too."""
        earlier = {
            part.name: one
            for part in self.asked
            if (one := self.kept.get(part.name)) is not None
            and (one.command, one.start.build) == (part.command, self.start.build)
        }
        awaited = {part.name for part in self.asked} - earlier.keys()
        facts = self._facts(earlier, old=earlier.keys(), awaited=awaited)
        return Visit(self.taken_at, self.raw, facts, rest=partial(self._rest, slow))

    def _rest(self, slow: Sequence[Part[Any]], phone: Phone) -> Visit:
        said = _ask_slow(phone, slow)
        fresh = {
            part.name: Kept(part.command, self.taken_at, self.start, part.recorded) for part in said
        }
        self.memory.keep(self.start.serial, fresh)
        return self.whole(said, fresh)

    def whole(self, said: tuple[RawPart, ...], fresh: Mapping[str, Kept]) -> Visit:
        kept = {part.name: self.kept[part.name] for part in self.asked if part.name in self.kept}
        known = {**kept, **fresh}
        facts = self._facts(known, old=known.keys() - fresh.keys())
        return Visit(self.taken_at, (*self.raw, *said), facts)

    def _facts(
        self, known: Mapping[str, Kept], *, old: Iterable[str], awaited: Iterable[str] = ()
    ) -> PhoneFacts:
        recorded = {part.name: part.recorded for part in self.raw}
        recorded |= {name: one.recorded for name, one in known.items()}
        earlier = {name: known[name].at for name in old}
        return facts_of(recorded, probed_at=self.taken_at, earlier=earlier, awaited=awaited)


def ask(phone: Phone, parts: Sequence[Part[Any]], deadline: float) -> tuple[RawPart, ...]:
    """Ask these parts in one round trip."""
    if not parts:
        return ()
    mark = secrets.token_hex(16)
    with phone.stream(script_of(parts, mark), deadline=deadline, idle=deadline) as said:
        return tuple(split(bounded(said, parts, mark), parts, mark))


def _ask_slow(phone: Phone, parts: Sequence[Part[Any]]) -> tuple[RawPart, ...]:
    """Ask slow questions; a phone that takes too long over them was visited all the same."""
    try:
        return ask(phone, parts, SLOW_DEADLINE)
    except CommandTimedOut:
        return tuple(RawPart(part.name, part.command, b"", OUT_OF_TIME) for part in parts)


def script_of(parts: Iterable[Part[Any]], mark: str) -> str:
    """Write the visit as one script; `mark` is unguessable, so no answer can imitate it."""
    asked = (
        f"p {part.name} {part.seconds} {part.kilobytes * 1024} {shlex.quote(part.command)}\n"
        for part in parts
    )
    watched = "[ $M ]&&echo - 9>&5;} 5>&1 >&4|w 4>&-;} 4>&1 </dev/null 2>/dev/null\n"
    return PRELUDE % mark + "{ { a\n" + "".join(asked) + watched


def bounded(chunks: Iterable[bytes], parts: Sequence[Part[Any]], mark: str) -> bytes:
    """Join the chunks, leaving out what no part may say so much of: memory stays flat."""
    most = max(part.kilobytes for part in parts) * 1024
    kept, begin = bytearray(), 0
    for chunk in chunks:
        unseen = max(begin, len(kept) - LONGEST_MARK)
        kept += chunk
        begin = max(begin, kept.rfind(mark.encode(), unseen))
        # What ends the output may be half of the next mark.
        del kept[begin + LONGEST_MARK + most : -LONGEST_MARK]
    return bytes(kept)


def split(output: bytes, parts: Sequence[Part[Any]], mark: str) -> Iterator[RawPart]:
    """Cut the output at the marks; a part that was begun and never ended counts as cut."""
    asked = {part.name: part for part in parts}
    found = re.compile(rb"(?:^|\n)" + mark.encode() + rb"([<>])(\w+) ?(\d*)\r*(?=\n|$)")
    marks = [m for m in found.finditer(output) if m[2].decode() in asked]
    ends = {m[2]: m for m in marks if m[1] == b">"}
    for begin in (m for m in marks if m[1] == b"<"):
        yield _raw(asked[begin[2].decode()], output, begin, ends)


def _raw(
    part: Part[Any], output: bytes, begin: re.Match[bytes], ends: Mapping[bytes, re.Match[bytes]]
) -> RawPart:
    end = ends.get(begin[2])
    data = output[begin.end() + 1 : end.start() if end else len(output)]
    if data.endswith(b"\n\r") or data == b"\r":
        data = data[:-1]  # a terminal wrote the line break before the mark as two characters
    limit = part.kilobytes * 1024
    return RawPart(
        name=part.name,
        command=part.command,
        data=data[:limit],
        status=int(end[3]) if end and end[3] else None,
        cut=end is None or len(data) >= limit,
    )
