"""What a provider of the phone answers, as lines of JSON: read twice and the same, or refused.

Values are not escaped (a message may hold a line that looks like the next row), so that rows are
counted by their keys, asked for alone first, and free text stands in the last column.
"""

import json
import re
import secrets
from collections.abc import Iterator, Sequence

from agents.phone.phone import Phone, quoted
from fleet.contracts.plans import Source

SECONDS = 600.0
NOTHING = b"No result found."
REFUSED = re.compile(rb"Error while accessing provider:|\[ERROR\]|Non-token detected")
WITHOUT_RIGHT = b"SecurityException"
WHOLE_NUMBER = re.compile(r"-?\d{1,18}")
SHORT = rb"[^,=\n]{0,200}"  # of a column that is not the last: with a comma it could be two
ROW = re.compile(rb"Row: (\d+) _id=(-?\d+)")

NO_RIGHT = "refused"
NO_PROVIDER = "no_provider"
CHANGING = "changing"
NOT_UNDERSTOOD = "not_understood"


class NotTaken(Exception):
    """The text is the code of the reason."""


def taken(phone: Phone, source: Source) -> bytes:
    """Return the lines, empty where the provider has nothing; NotTaken with the reason."""
    keys, first, second = _asked(phone, source)
    if first != second:
        raise NotTaken(CHANGING)
    rows = list(_rows(first, source.columns, _keys(keys)))
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _asked(phone: Phone, source: Source) -> Sequence[bytes]:
    mark = f"wf-{secrets.token_hex(12)}"
    keys, all_columns = (_query(source, asked) for asked in (source.columns[:1], source.columns))
    text = f"\necho {mark}\n".join((keys, all_columns, all_columns))
    answer = phone.script(text, deadline=SECONDS)
    said = answer.stdout + answer.stderr
    if refusal := REFUSED.search(_without_rows(answer.stdout) + answer.stderr):
        raise NotTaken(NO_RIGHT if WITHOUT_RIGHT in said[refusal.start() :] else NO_PROVIDER)
    parts = answer.stdout.split(mark.encode() + b"\n")
    if len(parts) != len((keys, all_columns, all_columns)):
        raise NotTaken(NOT_UNDERSTOOD)
    return [part.removesuffix(b"\n") for part in parts]


def _query(source: Source, columns: Sequence[str]) -> str:
    words = ("content", "query", "--uri", source.provider or "", "--projection", ":".join(columns))
    return quoted(words)


def _without_rows(said: bytes) -> bytes:
    """Return what stands before the first row: what people wrote may look like a refusal."""
    return said.partition(b"Row: 0 ")[0]


def _keys(said: bytes) -> list[bytes]:
    if said.strip() == NOTHING:
        return []
    found = [ROW.fullmatch(line.strip()) for line in said.splitlines()]
    keys = [row[2] for number, row in enumerate(found) if row and int(row[1]) == number]
    if len(keys) != len(found):
        raise NotTaken(NOT_UNDERSTOOD)
    return keys


def _rows(
    said: bytes, columns: Sequence[str], keys: Sequence[bytes]
) -> Iterator[dict[str, str | int | None]]:
    if not keys and said.strip() == NOTHING:
        return
    starts = _starts(said, columns, keys)
    ends = [row.start() - 1 for row in starts[1:]] + [len(said)]
    for row, end in zip(starts, ends, strict=True):
        _number, *values = (value.decode(errors="replace") for value in row.groups())
        text = said[row.end() : end].decode(errors="replace")
        yield dict(zip(columns, (*map(_value, values), text), strict=True))


def _starts(said: bytes, columns: Sequence[str], keys: Sequence[bytes]) -> list[re.Match[bytes]]:
    """Return where the rows begin: with the next number and the next key, and in one place only."""
    middle = b"".join(b", %s=(%s)" % (name.encode(), SHORT) for name in columns[1:-1])
    begins = re.compile(rb"^%s%s, %s=" % (ROW.pattern, middle, columns[-1].encode()), re.MULTILINE)
    rows = dict(enumerate(keys))
    found = [row for row in begins.finditer(said) if rows.get(int(row[1])) == row[2]]
    whole = bool(found) and found[0].start() == 0
    if not whole or [int(row[1]) for row in found] != list(rows):
        raise NotTaken(NOT_UNDERSTOOD)
    return found


def _value(text: str) -> str | int | None:
    if WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return None if text == "NULL" else text
