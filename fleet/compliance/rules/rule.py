"""What a rule is: a small declaration, and a check that looks at one phone and touches nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from operator import attrgetter
from string import Formatter
from typing import Any, Final

from fleet.compliance.ledger import EMPTY, Ledger
from fleet.contracts.compliance import Ruling, Terms
from fleet.contracts.facts import App, PhoneFacts
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.words import say, translated
from fleet.devices.lifecycle import State

NOTHING: Final = "—"
IN_USE: Final = frozenset({State.ISSUED, State.RETURNING})
OURS: Final = frozenset({State.IN_STOCK, State.ISSUED, State.RETURNING})
JUDGED: Final = OURS | EMPTY

# Where nothing is an answer too, if the question of this name was asked.
EMPTY_IS_AN_ANSWER: Final = {
    "accounts": "accounts",
    "device_admins": "device_policy",
    "device_owner": "device_policy",
    "settings.accessibility_services": "settings_secure",
    "settings.always_on_vpn": "settings_secure",
    "settings.notification_listeners": "settings_secure",
}


@dataclass(frozen=True)
class Phone:
    """One phone as a rule sees it: what it said, what the registers say, what is demanded."""

    facts: PhoneFacts
    ledger: Ledger
    terms: Terms
    at: datetime

    @cached_property
    def apps(self) -> Mapping[str, App]:
        return {app.package: app for app in self.facts.apps}

    def fact(self, name: str) -> Any:
        """Return what the phone said of itself under a name ("lock.secure")."""
        return _getter(name)(self.facts)

    def knows(self, need: str) -> bool:
        """Tell whether a fact is known of the phone."""
        value = self.fact(need)
        if value is not None and value != ():
            return True
        part = EMPTY_IS_AN_ANSWER.get(need)
        asked = part is not None and self.facts.probed_at is not None
        return asked and self.facts.missing(part or "") is None

    def trusts(self, package: str) -> bool | None:
        """Tell whether an app comes with the phone, or the terms let it be in charge."""
        if package in self.terms.trusted:
            return True
        app = self.apps.get(package)
        return False if app is None else app.system


@cache
def _getter(name: str) -> Callable[[PhoneFacts], Any]:
    return attrgetter(name)


@dataclass(frozen=True)
class Verdict:
    """`seen` fills the blanks of the rule's sentence, and says little enough to be kept."""

    outcome: Ruling
    seen: Mapping[str, str | int] = field(default_factory=dict)


def broken(**seen: str | int) -> Verdict:
    return Verdict(Ruling.BROKEN, seen)


def met(**seen: str | int) -> Verdict:
    return Verdict(Ruling.MET, seen)


NOT_KNOWN: Final = Verdict(Ruling.NOT_KNOWN)
OFF: Final = Verdict(Ruling.OFF)
MET: Final = Verdict(Ruling.MET)

Check = Callable[[Phone], Verdict]


@dataclass(frozen=True)
class Declared:
    """A rule; without a check it is found by asking the phone (see `drift`).

    Nothing is said of a phone of which a need is not known. `states`: for phones in these alone.
    `actions` are what a station can do against it, the first where nobody chooses; to `package`,
    or to the packages that were seen.
    `quick`: it may say otherwise of a phone that a visit found unchanged.
    """

    id: Rule
    title: str
    clauses: tuple[str, ...]
    severity: Severity
    found: str
    remedy: str
    check: Check | None = None
    needs: tuple[str, ...] = ()
    states: frozenset[State] = OURS
    terms: tuple[str, ...] = ()  # by which it is judged
    by_ledger: bool = False  # true whatever the phone says of itself
    quick: bool = False
    blanks: Mapping[str, str] = field(default_factory=dict)  # of title and sentences
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # for what was seen
    actions: tuple[RemedyAction, ...] = ()
    package: str | None = None

    @property
    def said_title(self) -> str:
        return self._said(self.title)

    def said(self, tag: str, seen: Mapping[str, Any]) -> str:
        """Return what was found on a phone, in words."""
        told = {name: self._worded(name, value) for name, value in seen.items()}
        return self._said(self.found, tag=tag, **told)

    def said_remedy(self, tag: str) -> str:
        return self._said(self.remedy, tag=tag)

    def concerned(self, seen: Mapping[str, Any]) -> list[str]:
        """Return the packages that were found."""
        if self.package is not None:
            return [self.package]
        return [name for name in str(seen.get("packages", "")).split(", ") if name]

    def concerned_users(self, seen: Mapping[str, Any]) -> list[int]:
        """Return the users of the phone that were found; where none is named, it is for all."""
        return [int(user) for user in str(seen.get("users", "")).split(", ") if user.isdecimal()]

    def _worded(self, name: str, value: Any) -> Any:
        """Return what was seen in sentences, where the rule has some for it."""
        words = self.words.get(name)
        if words is None:
            return value
        return " ".join(translated(words[one]) for one in str(value).split(", ") if one in words)

    def _said(self, text: str, **seen: Any) -> str:
        """Fill the blanks; one that an earlier version of the rule did not know is shown empty."""
        names = {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}
        own = {name: translated(word) for name, word in self.blanks.items()}
        return say(text, **{**dict.fromkeys(names, NOTHING), **seen, **own})

    def judge(self, phone: Phone) -> Verdict:
        if self.check is None or phone.ledger.state not in self.states:
            return OFF
        if not phone.terms.is_on(self.id):
            return OFF
        if phone.facts.os.container and not self.by_ledger:
            return NOT_KNOWN  # another Android answers, inside of the phone's own system
        if not all(map(phone.knows, self.needs)):
            return NOT_KNOWN
        return self.check(phone)

    def severity_by(self, terms: Terms) -> Severity:
        found = terms.rules.get(self.id)
        return found.severity if found and found.severity else self.severity
