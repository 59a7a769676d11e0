"""Turns what was recorded into plain lines, whatever console or editor it went through."""

import codecs
import re
from collections.abc import Iterator
from itertools import chain, pairwise

# Console colours and titles: CSI sequences, OSC sequences, then single-character escapes.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
INVISIBLE = dict.fromkeys((0x0000, 0xFEFF, 0x200B, 0x200E, 0x200F))
CONSOLE_WIDTHS = range(70, 251)  # shorter lines of one length are tables, longer ones are data
FULL_LINES = 3
ONE_LINE_FROM = 200  # characters
UNREADABLE = "\ufffd"  # stands where bytes were lost on the way
YES = {"1", "true", "yes", "on", "y"}
NO = {"0", "false", "no", "off", "n"}


def text_of(raw: bytes) -> str:
    """Decode a recording and lay it out as the phone did; never raises.

    Any UTF, GBK lines among UTF-8 ones, CR LF, colours, lines a console broke or ran together.
    """
    text = ESCAPES.sub("", _decoded(raw).translate(INVISIBLE))
    text = re.sub(r"\r+\n|\r", "\n", text)
    return _unfolded(_unwrapped([_unspoilt(line.rstrip(" ")) for line in text.split("\n")]))


def _decoded(raw: bytes) -> str:
    for bom, encoding in BOMS:
        if raw.startswith(bom):
            return raw[len(bom) :].decode(encoding, "replace")
    wide = _wide_encoding(raw)
    if wide:
        return raw.decode(wide, "replace")
    return "\n".join(_line(line) for line in raw.split(b"\n"))


def _wide_encoding(raw: bytes) -> str | None:
    """Recognise UTF-16 without its mark by where the zero bytes of its ASCII part stand."""
    head = raw[:256]
    half = len(head) // 2
    if half == 0:
        return None
    low, high = head[0::2].count(0), head[1::2].count(0)
    if high > half * 0.4 and low < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if low > half * 0.4 and high < half * 0.1 else None


def _line(line: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace")


def _unspoilt(line: str) -> str:
    """Undo what a Chinese console does when it takes UTF-8 for GBK: 涓浗 was 中国."""
    if line.isascii():
        return line
    try:
        return line.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return line


def _unwrapped(lines: list[str]) -> str:
    """Join what a console broke at its edge: several lines that all end in the same column.

    What goes on is not indented; an indented line begins something of its own.
    """
    widest = max(map(len, lines))
    full = sum(len(line) == widest for line in lines)
    if widest not in CONSOLE_WIDTHS or full < FULL_LINES:
        return "\n".join(lines)
    ends = (
        "" if len(line) == widest and after[:1] != " " else "\n" for line, after in pairwise(lines)
    )
    return "".join(chain.from_iterable(zip(lines, ends, strict=False))) + lines[-1]


def _unfolded(text: str) -> str:
    """Break a text that lost its line breaks where its lines were indented."""
    if len(text) < ONE_LINE_FROM or text.count("\n") > 1:
        return text
    return re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", "\n  ", text)


def blocks_of(heading: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Give each heading with what stands between it and the next one."""
    starts = list(heading.finditer(text))
    for start, end in zip(
        starts, [*(later.start() for later in starts[1:]), len(text)], strict=False
    ):
        yield start, text[start.end() : end]


def lines_of(text: str) -> Iterator[str]:
    """Give the lines without the blanks around them, empty ones left out."""
    return (line for raw in text.split("\n") if (line := raw.strip()))


def whole(text: str | None) -> int | None:
    """Read a whole number of a sane length, or give `None`."""
    found = re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()) if text else None
    return int(found[0]) if found else None


def number(text: str | None) -> float | None:
    found = re.fullmatch(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,9})?", text.strip()) if text else None
    return float(found[0]) if found else None


def yes_or_no(text: str | None) -> bool | None:
    word = text.strip().lower() if text else ""
    if word in YES:
        return True
    return False if word in NO else None


def said(text: str | None) -> str | None:
    """Give a value unless it is one of the words that stand for "nothing"."""
    value = text.strip() if text else ""
    if UNREADABLE in value:
        return None
    return None if value.lower() in {"", "null", "unknown", "none", "n/a", "(null)"} else value
