"""A line of the change log is a change of the phone: no gap is one, and no gap that was filled."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.contracts.facts import (
    AccountCount,
    App,
    AppState,
    Capability,
    Debugging,
    Gap,
    Network,
    Os,
    PhoneFacts,
    Settings,
    Sim,
    User,
)
from fleet.contracts.flat import Difference, brought_up, flattened

QUESTIONS = (
    *("accounts", "capabilities", "certificates", "device_policy", "getprop", "isub"),
    *("packages", "packages_disabled", "packages_third_party", "settings_global"),
    *("settings_secure", "signers", "users", "work_apps"),
)


@dataclass(frozen=True)
class Truth:
    """How a phone is."""

    patch: str
    owner: str | None
    listeners: tuple[str, ...]
    wireless: bool | None
    authorities: int
    contacts: bool
    apps: tuple[tuple[str, str, tuple[int, ...]], ...]  # package, version and certificate, users
    accounts: tuple[str, ...]
    card: str | None
    clone: bool


some = st.sampled_from
truths = st.builds(
    Truth,
    patch=some(["2026-10", "2026-11"]),
    owner=some([None, "com.boss", "com.thief"]),
    listeners=some([(), ("a/.N",), ("a/.N", "b/.N")]),
    wireless=some([None, True, False]),
    authorities=some([0, 1]),
    contacts=st.booleans(),
    apps=st.lists(
        st.tuples(some(["com.a", "com.b"]), some("12"), some([(0,), (0, 999)])),
        max_size=2,
        unique_by=lambda app: app[0],
    ).map(tuple),
    accounts=some([(), ("com.x",), ("com.x", "com.y")]),
    card=some([None, "8986001", "8986002"]),
    clone=st.booleans(),
)
gaps = st.frozensets(st.sampled_from(QUESTIONS))


def visit(truth: Truth, unanswered: frozenset[str] = frozenset()) -> PhoneFacts:
    """Return what a visit learns that could not ask some questions, as stations put it together."""
    asked = frozenset(QUESTIONS) - unanswered
    is_told = "settings_secure" in asked
    return PhoneFacts(
        os=Os(security_patch=truth.patch if "getprop" in asked else None),
        device_owner=truth.owner if "device_policy" in asked else None,
        settings=Settings(notification_listeners=truth.listeners if is_told else ()),
        debugging=Debugging(wireless=truth.wireless if "settings_global" in asked else None),
        network=Network(user_certificates=truth.authorities if "certificates" in asked else None),
        capabilities=(_contacts(truth, asked),),
        apps=_apps(truth, asked),
        users=_users(truth) if "users" in asked else (),
        sims=_sims(truth, asked),
        accounts=_accounts(truth) if "accounts" in asked else (),
        gaps=tuple(Gap(part=part, reason="later") for part in sorted(unanswered)),
    )


def _contacts(truth: Truth, asked: frozenset[str]) -> Capability:
    """A right says that it may be read, whatever a try would say."""
    if "capabilities" in asked:
        return Capability(name="read_contacts", allowed=truth.contacts, how="tried")
    return Capability(name="read_contacts", allowed=True, how="told")


def _apps(truth: Truth, asked: frozenset[str]) -> tuple[App, ...]:
    system = App(package="com.maker", version_name="1", users=(0,), system=True)
    own = tuple(_app(app, asked) for app in truth.apps)
    if "packages" in asked:
        is_apart = "packages_third_party" in asked
        return (*own, system if is_apart else system.model_copy(update={"system": None}))
    return own[:1] if "packages_third_party" in asked else ()  # cut off


def _app(app: tuple[str, str, tuple[int, ...]], asked: frozenset[str]) -> App:
    package, version, users = app
    in_full = "work_apps" in asked
    return App(
        package=package,
        version_name=version if in_full else None,
        certificate=f"of {version}" if "signers" in asked else None,
        enabled=True if "packages_disabled" in asked else None,
        users=users if in_full else (0,),
        states=tuple(AppState(user=user, installed=True) for user in users) if in_full else (),
        system=False if "packages_third_party" in asked else None,
    )


def _users(truth: Truth) -> tuple[User, ...]:
    clone = (User(id=999, kind="clone"),) if truth.clone else ()
    return (User(id=0, kind="owner"), *clone)


def _sims(truth: Truth, asked: frozenset[str]) -> tuple[Sim, ...]:
    states = {0: "loaded" if truth.card else "absent", 1: "absent"} if "getprop" in asked else {}
    cards = {0: truth.card} if truth.card and "isub" in asked else {}
    return tuple(
        Sim(slot=slot, state=states.get(slot), iccid=cards.get(slot))
        for slot in sorted(states.keys() | cards.keys())
    )


def _accounts(truth: Truth) -> tuple[AccountCount, ...]:
    return tuple(AccountCount(type=kind, count=1) for kind in truth.accounts)


def told(noted: dict[str, str], *visits: PhoneFacts) -> tuple[dict[str, str], list[Difference]]:
    lines: list[Difference] = []
    for facts in visits:
        noted, found = brought_up(noted, facts)
        lines += found
    return noted, lines


def in_short(lines: list[Difference]) -> set[object]:
    """Name an app that came or went once: a visit with gaps may know less of it."""
    return {
        (line.field.rpartition(".")[0], "came" if line.old is None else "went")
        if line.field.startswith("apps.") and None in {line.old, line.new}
        else line
        for line in lines
    }


@given(truths, st.lists(gaps, max_size=5))
def test_a_phone_that_is_the_same_has_no_line_whatever_could_not_be_asked(truth, several):
    noted, lines = told({}, *(visit(truth, unanswered) for unanswered in several))

    assert lines == []
    assert told(noted, visit(truth))[1] == []


@given(st.lists(st.tuples(truths, st.lists(gaps, max_size=2)), max_size=5))
def test_visits_with_gaps_in_between_tell_what_whole_ones_tell(story):
    whole, parted = {}, {}
    for truth, several in story:
        whole, once = told(whole, visit(truth))
        parted, lines = told(parted, *(visit(truth, gap) for gap in several), visit(truth))

        assert parted == whole
        assert in_short(lines) == in_short(once)


@given(st.lists(st.tuples(truths, gaps), max_size=6))
def test_a_line_says_of_before_and_of_now_what_was_so(story):
    noted, were = {}, []
    for truth, unanswered in story:
        noted, lines = told(noted, visit(truth, unanswered))
        now = flattened(visit(truth))
        for line in lines:
            assert line.old != line.new
            assert line.new == (now.get(line.field) or None)
            assert line.old in {before.get(line.field) or None for before in were}
        were.append(now)


CLONED = (User(id=0), User(id=999, kind="clone"))
CARD = Sim(slot=0, state="loaded", iccid="8986")


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("device_owner", {}, {"device_owner": "com.thief"}),
        ("debugging.wireless", {}, {"debugging": Debugging(wireless=True)}),
        ("sims.0.iccid", {"sims": (Sim(slot=0, state="absent"),)}, {"sims": (CARD,)}),
        ("accounts.com.x", {}, {"accounts": (AccountCount(type="com.x", count=1),)}),
        ("users.999", {"users": (User(id=0),)}, {"users": CLONED}),
    ],
)
def test_what_was_nothing_and_is_something_is_a_change_and_back(name, before, after):
    none, some = PhoneFacts(**before), PhoneFacts(**after)

    noted, lines = told({}, none, some)
    _noted, back = told(noted, none)

    value = flattened(some)[name]
    assert [(line.old, line.new) for line in lines if line.field == name] == [(None, value)]
    assert [(line.old, line.new) for line in back if line.field == name] == [(value, None)]


def test_a_card_that_is_not_read_after_a_restart_has_not_been_taken_out():
    ready = PhoneFacts(sims=(CARD,))
    locked = PhoneFacts(sims=(Sim(slot=0, state="pin_required"),))

    _noted, lines = told({}, ready, locked, ready)

    assert [line.field for line in lines] == ["sims.0.state"] * 2
