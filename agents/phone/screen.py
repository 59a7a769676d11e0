"""What a phone's screen shows, as far as it concerns us: known labels, and nothing else of it.

A screen holds private words. The parser keeps only labels it was asked for, and which apps share
the screen; everything else is forgotten before anybody could log it.
"""

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import Event
from types import MappingProxyType
from xml.etree import ElementTree as ET

from agents.phone.errors import CommandFailed, CommandTimedOut
from agents.phone.phone import Phone
from agents.phone.wire import Deadline

DUMP_SECONDS = 40.0  # uiautomator itself waits up to 10 s for a second of rest, and starts slowly
BETWEEN_LOOKS = 1.0

# As the apps write them, in older and newer versions.
PASSWORD_CHANGED = frozenset(
    {"修改成功", "密码修改成功", "密码设置成功", "设置成功", "密码已修改", "微信密码已修改"}
)
ON_THE_WAY = frozenset(
    {"我", "设置", "帐号与安全", "账号与安全", "帐号安全", "账号安全"}
    | {"微信密码", "企业微信密码", "修改密码", "设置密码"}
)
LABELS = PASSWORD_CHANGED | ON_THE_WAY
ACCOUNT_APPS = frozenset({"com.tencent.mm", "com.tencent.wework"})
MAIN_SHARE = 0.5  # of the nodes: below it the screen is shared with something else

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
NUMBER = r"(-?[0-9]{1,9})"
BOUNDS = re.compile(rf"\[{NUMBER},{NUMBER}\]\[{NUMBER},{NUMBER}\]")
DOTS = frozenset("•●∙⬤*")
BEGINNING, END = "<hierarchy", "</hierarchy>"
ERROR, KILLED = "ERROR: ", "Killed"
DENIALS = ("not found", "Permission denied", "SecurityException")
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Label:
    """A known text on the screen; `bounds` are left, top, right and bottom in pixels."""

    text: str
    package: str
    bounds: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Field:
    """A place to type into; of what it holds only the number of dots is kept.

    `dots` is None where it holds something that is neither dots nor empty: a hint, or clear text.
    """

    package: str
    password: bool
    focused: bool
    dots: int | None


@dataclass(frozen=True)
class Screen:
    """`shares`: which part of the visible nodes belongs to which app."""

    labels: tuple[Label, ...]
    shares: Mapping[str, float] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(sorted({label.text for label in self.labels}))

    @property
    def main_package(self) -> str | None:
        package = max(self.shares, key=self.shares.__getitem__, default=None)
        return package if package and self.shares[package] >= MAIN_SHARE else None

    @property
    def digest(self) -> str:
        """SHA-256 of what is kept of the screen, for a proof."""
        lines = (f"{one.text} {one.package} {one.bounds}" for one in self.labels)
        return hashlib.sha256("\n".join((str(self.main_package), *lines)).encode()).hexdigest()


class NotAScreen(ValueError):
    """What uiautomator printed holds no screen; the text is its own reason."""


def parse(dump: str, wanted: Collection[str] = LABELS) -> Screen:
    """Read a dump, whatever a vendor prints before and behind it; raises NotAScreen."""
    tree = _tree(dump)
    display = _display(tree)
    nodes = [node for node in tree.iter("node") if _visible(node, display)]
    packages = Counter(node.get("package", "") for node in nodes)
    labels = (_label(node, text) for node in nodes for text in _texts(node) if text in wanted)
    shares = {package: count / len(nodes) for package, count in packages.items()}
    fields = tuple(_field(node) for node in nodes if _is_field(node))
    return Screen(tuple(labels), MappingProxyType(shares), fields)


def read(phone: Phone, wanted: Collection[str] = LABELS) -> Screen:
    """Look at the screen once; a phone that cannot show it refuses with CommandFailed."""
    answer = phone.script("uiautomator dump /dev/tty", deadline=DUMP_SECONDS)
    try:
        return parse(f"{answer.text}\n{answer.complaint}", wanted)
    except NotAScreen as reason:
        if "ERROR:" in f"{answer.complaint}{answer.text}":
            raise CommandFailed(phone.serial, "uiautomator dump", str(reason)) from None
    # Without a terminal behind it, /dev/tty cannot be opened on some phones: a file then.
    answer = phone.script(_to_file(), deadline=DUMP_SECONDS)
    try:
        return parse(answer.text, wanted)
    except NotAScreen as reason:
        said = _refusal(f"{answer.complaint}\n{answer.text}") or str(reason)
        raise CommandFailed(phone.serial, "uiautomator dump", said) from None


def wait_for(
    phone: Phone, texts: Collection[str], *, deadline: float, stop: Event
) -> Screen | None:
    """Look until one of `texts` shows; None when stopped, CommandTimedOut when it never does.

    A look that fails is tried again: an app that moves cannot be looked at.
    """
    limit = Deadline(deadline)
    while not stop.is_set():
        try:
            screen = read(phone, frozenset(texts) | LABELS)
            if any(label.text in texts for label in screen.labels):
                return screen
        except CommandFailed:
            pass
        try:
            stop.wait(min(BETWEEN_LOOKS, limit.left()))
        except TimeoutError:
            raise CommandTimedOut(phone.serial, "uiautomator dump", deadline) from None
    return None


def password_changed(screen: Screen) -> bool:
    """Whether the messenger itself says that the account's password was changed."""
    if screen.main_package not in ACCOUNT_APPS:
        return False
    return any(
        label.text in PASSWORD_CHANGED and label.package == screen.main_package
        for label in screen.labels
    )


def _to_file() -> str:
    # A dump that fails leaves an older file as it was, and says so with status 0: delete it first.
    path = f"/data/local/tmp/.wf-{secrets.token_hex(8)}.xml"
    return f"rm -f {path}; uiautomator dump {path} >&2; cat {path}; rm -f {path}"


def _tree(dump: str) -> ET.Element:
    hierarchy = _hierarchy(dump)
    if hierarchy is None:
        raise NotAScreen(_refusal(dump) or "no hierarchy in the dump")
    try:
        # Nothing stands before the element, so that no entity can be declared.
        return ET.fromstring(hierarchy)  # noqa: S314
    except (ET.ParseError, ValueError) as error:
        raise NotAScreen(f"damaged dump: {error}") from None


def _hierarchy(dump: str) -> str | None:
    """Return the element that holds the screen; looked for once, however often it begins."""
    _, beginning, rest = dump.partition(BEGINNING)
    if not beginning or rest[:1] not in {" ", "\t", "\n", "\r", ">", "/"}:
        return None
    head, closed, _ = rest.partition(">")
    if closed and head.endswith("/"):
        return f"{BEGINNING}{head}>"
    inside, end, _ = rest.partition(END)
    return f"{BEGINNING}{inside}{END}" if end else None


def _refusal(text: str) -> str | None:
    for line in text.splitlines():
        _, error, reason = line.partition(ERROR)
        if error and reason:
            return reason.strip()[:LONGEST_REASON]
        if KILLED in line:
            return KILLED
        if any(words in line for words in DENIALS):
            return line.strip()[:LONGEST_REASON]
    return None


def _display(tree: ET.Element) -> tuple[int, int]:
    """Return the right and the bottom edge of what the outermost windows cover."""
    outer = [bounds for node in tree if (bounds := _bounds(node))]
    return max((one[2] for one in outer), default=0), max((one[3] for one in outer), default=0)


def _visible(node: ET.Element, display: tuple[int, int]) -> bool:
    """Whether it has a place on the display: drawers wait beside it, where a tap hits nothing."""
    bounds = _bounds(node)
    if bounds is None:
        return False
    left, top, right, bottom = bounds
    return 0 <= left < right <= display[0] and 0 <= top < bottom <= display[1]


def _bounds(node: ET.Element) -> tuple[int, int, int, int] | None:
    found = BOUNDS.fullmatch(node.get("bounds", ""))
    if found is None:
        return None
    left, top, right, bottom = map(int, found.groups())
    return left, top, right, bottom


def _texts(node: ET.Element) -> set[str]:
    raw = (node.get("text", ""), node.get("content-desc", ""))
    return {text.translate(INVISIBLE).strip() for text in raw}


def _label(node: ET.Element, text: str) -> Label:
    return Label(text, node.get("package", ""), _bounds(node) or (0, 0, 0, 0))


def _is_field(node: ET.Element) -> bool:
    return node.get("password") == "true" or node.get("class", "").endswith("EditText")


def _field(node: ET.Element) -> Field:
    return Field(
        package=node.get("package", ""),
        password=node.get("password") == "true",
        focused=node.get("focused") == "true",
        dots=_dots(node.get("text", "")),
    )


def _dots(text: str) -> int | None:
    """Count the dots of a password; a phone may show the last character for a moment."""
    hidden = text if text[-1:] in DOTS else text[:-1]
    if set(hidden) <= DOTS and (hidden or not text):
        return len(text)
    return None
