"""What each rule says: of a phone that breaks it, of one that is well, and of one not known."""

from dataclasses import replace
from datetime import timedelta
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.compliance.ledger import Ledger
from fleet.compliance.rules.catalogue import CATALOGUE, JUDGED, OF_THE_PIN, judged
from fleet.compliance.rules.rule import Phone
from fleet.compliance.rules.work_apps import numbers_of
from fleet.compliance.terms import STANDARD
from fleet.contracts.compliance import Ruling, Terms
from fleet.contracts.facts import (
    AppState,
    Battery,
    Debugging,
    Gap,
    Integrity,
    Lock,
    Os,
    PhoneFacts,
    Settings,
    Sim,
    Skin,
    Storage,
    User,
)
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.proof import Level
from fleet.contracts.work_apps import WECHAT, WECOM
from fleet.devices.lifecycle import State
from tests.fleet.compliance.seen import (
    APPS,
    AT,
    KEYBOARD,
    OTHER,
    OTHER_CARD,
    WELL,
    at_once,
    days_ago,
    facts,
    holder,
    ledger,
    phone,
    signed_in,
    work_app,
)

NOTHING = PhoneFacts(probed_at=None)
LEDGER_ONLY = Ledger(state=State.ISSUED, found_at=AT)


def integrity(**seen):
    return phone(facts(integrity=WELL["integrity"].model_copy(update=seen)))


def debugging(**seen):
    return phone(facts(debugging=WELL["debugging"].model_copy(update=seen)))


def settings(**seen):
    return phone(facts(settings=WELL["settings"].model_copy(update=seen)))


def apps(*changed, without=(), **terms):
    """Give a phone with these apps in the place of its own."""
    others = {app.package: app for app in APPS if app.package not in without}
    new = {app.package: app for app in changed}
    return phone(facts(apps=tuple({**others, **new}.values())), **terms)


EMPTY = {"accounts": (), "lock": Lock(secure=False), "apps": (KEYBOARD,)}


def stocked(state=State.IN_STOCK, known=None, **changed):
    """Give a phone that came back thirty days ago, was erased, and is as empty as it should be."""
    back = {"state": state, "emptied_at": days_ago(30), "holder": None, **(known or {})}
    return phone(facts(**{**EMPTY, **changed}), ledger(**back))


def erased(**changed):
    known = {"emptied_at": days_ago(30), "holder": None, **changed}
    return ledger(**{"state": State.WIPED, "last_seen_at": days_ago(1), **known})


def of_work_app(package, name):
    unsigned = work_app(package, certificate=None)
    return {
        Rule(f"{name}_missing"): apps(without=(package,)),
        Rule(f"{name}_off"): apps(work_app(package, suspended=True)),
        Rule(f"{name}_old"): phone(least_versions={package: "8.0.60"}),
        Rule(f"{name}_resigned"): apps(work_app(package, certificate="0badcafe" * 8)),
        Rule(f"{name}_cloned"): apps(work_app(package, users=(0, 999))),
        Rule(f"{name}_unregistered"): phone(facts(accounts=signed_in(2, package=package))),
    }, {
        Rule(f"{name}_off"): apps(work_app(package, enabled=None)),
        Rule(f"{name}_old"): apps(
            work_app(package, version_name="beta"), least_versions={package: "8.0.60"}
        ),
        Rule(f"{name}_resigned"): apps(unsigned),
        Rule(f"{name}_cloned"): apps(work_app(package, users=())),
    }


WECHAT_BROKEN, WECHAT_UNKNOWN = of_work_app(WECHAT, "wechat")
WECOM_BROKEN, WECOM_UNKNOWN = of_work_app(WECOM, "wecom")

BROKEN = {
    Rule.LOCK_NOT_SET: phone(facts(lock=Lock(secure=False))),
    Rule.PIN_NOT_HELD: phone(known=ledger(pin_level=Level.NONE)),
    Rule.PIN_OVERDUE: phone(known=ledger(pin_due_at=days_ago(1))),
    Rule.SCREEN_STAYS_ON: settings(screen_timeout_ms=1_800_000),
    Rule.BOOTLOADER_UNLOCKED: integrity(bootloader_locked=False),
    Rule.BOOT_NOT_VERIFIED: integrity(verified_boot="red"),
    Rule.ROOTED: integrity(su=True),
    Rule.SELINUX_OFF: integrity(selinux="permissive"),
    Rule.NOT_ENCRYPTED: integrity(encrypted=False),
    Rule.CONTAINER: phone(facts(os=Os(sdk=31, container=True))),
    Rule.PATCH_OLD: phone(facts(os=Os(sdk=35, security_patch="2020-01-01"))),
    Rule.ANDROID_OLD: phone(facts(os=Os(android="7.0", sdk=24))),
    **WECHAT_BROKEN,
    **WECOM_BROKEN,
    Rule.APP_FORBIDDEN: phone(forbidden=[OTHER.package]),
    Rule.APP_NOT_IN_CATALOGUE: phone(catalogue=[WECOM]),
    Rule.APP_OLD: phone(least_versions={OTHER.package: "3"}),
    Rule.UNKNOWN_SOURCES: debugging(unknown_sources=True),
    Rule.INSTALLS_UNVERIFIED: debugging(verify_installs=False),
    Rule.WIRELESS_DEBUGGING: debugging(wireless=True),
    Rule.HOSTS_TRUSTED: debugging(trusted_hosts=2),
    Rule.DEVELOPER_OPTIONS: phone(known=ledger(present=False)),
    Rule.OWNER_FOREIGN: phone(facts(device_owner="com.other.mdm")),
    Rule.ADMIN_FOREIGN: phone(facts(device_admins=("com.other.mdm/.Admin",))),
    Rule.ACCESSIBILITY_FOREIGN: settings(accessibility_services=("a.reader/.Service",)),
    Rule.LISTENER_FOREIGN: settings(notification_listeners=("a.reader/.Listener",)),
    Rule.VPN_FOREIGN: settings(always_on_vpn="a.tunnel"),
    Rule.INPUT_METHOD_FOREIGN: settings(input_method="a.keyboard/.Keys"),
    Rule.SECOND_SPACE: phone(facts(users=(User(id=0), User(id=10, kind="second")))),
    Rule.CLOCK_WRONG: phone(facts(clock_offset_seconds=-7200.0)),
    Rule.CLOCK_BY_HAND: settings(automatic_time=False),
    Rule.SIM_ABSENT: phone(facts(sims=(Sim(slot=0, state="absent"),))),
    Rule.SIM_DIFFERS: phone(facts(sims=(Sim(slot=0, iccid=OTHER_CARD),))),
    Rule.SIM_UNREGISTERED: phone(known=ledger(registered=frozenset())),
    Rule.STORAGE_FULL: phone(facts(storage=Storage(total_bytes=1000, free_bytes=99))),
    Rule.BATTERY_WORN: phone(facts(battery=Battery(health="good", capacity_percent=60))),
    Rule.BATTERY_HOT: phone(facts(battery=Battery(health="good", temperature=61.0))),
    Rule.PHONE_SILENT: phone(known=ledger(last_seen_at=days_ago(8.5))),
    Rule.HOLDER_LEFT: phone(known=ledger(holder=holder(has_left=True))),
    Rule.RETURN_OVERDUE: phone(known=ledger(state=State.RETURNING, returning_since=days_ago(20))),
    Rule.BACKUP_OLD: phone(known=ledger(backed_up_at=None)),
    Rule.STOCK_NOT_EMPTY: stocked(accounts=signed_in(1)),
    Rule.WIPE_NOT_SEEN: phone(facts(probed_at=days_ago(31)), erased(last_seen_at=days_ago(31))),
}
# With these terms, and the phone that is well, every rule has something to say.
ALL_TERMS = {
    "forbidden": ["a.b"],
    "catalogue": [OTHER.package, WECOM],
    "least_versions": {WECHAT: "8.0", WECOM: "8.0.54", OTHER.package: "2.1"},
}
IN_RETURN = phone(known=ledger(state=State.RETURNING, returning_since=days_ago(2)), **ALL_TERMS)
# Rules for phones that nobody has.
ELSEWHERE = {
    Rule.STOCK_NOT_EMPTY: stocked(),
    Rule.WIPE_NOT_SEEN: phone(known=erased()),
}
# Where an empty phone is not what leaves a rule without an answer.
UNKNOWN = {
    Rule.STOCK_NOT_EMPTY: stocked(users=()),
    Rule.WIPE_NOT_SEEN: phone(known=erased(emptied_at=None)),
    **WECHAT_UNKNOWN,
    **WECOM_UNKNOWN,
    Rule.CLOCK_WRONG: phone(facts(clock_offset_seconds=float("nan"))),
    Rule.PATCH_OLD: phone(facts(os=Os(security_patch="unknown"))),
    Rule.PIN_OVERDUE: phone(known=ledger(pin_level=Level.NONE, pin_due_at=None)),
    Rule.STORAGE_FULL: phone(facts(storage=Storage(total_bytes=0, free_bytes=0))),
    Rule.SIM_ABSENT: phone(facts(sims=(Sim(slot=0),))),
    Rule.SIM_DIFFERS: phone(facts(sims=(Sim(slot=0, state="loaded"),))),
    Rule.INPUT_METHOD_FOREIGN: phone(facts(apps=(KEYBOARD.model_copy(update={"system": None}),))),
    Rule.ACCESSIBILITY_FOREIGN: phone(facts(gaps=(Gap(part="settings_secure", reason="refused"),))),
}
# The registers always say something.
ALWAYS_KNOWN = {
    Rule.PIN_NOT_HELD,
    Rule.PHONE_SILENT,
    Rule.HOLDER_LEFT,
    Rule.RETURN_OVERDUE,
    Rule.BACKUP_OLD,
}


def outcome(rule, seen):
    return CATALOGUE[rule].judge(seen).outcome


def test_every_rule_there_is_is_declared_and_in_the_table():
    assert CATALOGUE.keys() == set(Rule)
    assert BROKEN.keys() == set(Rule) - OF_THE_PIN
    assert len(CATALOGUE) >= 30


@pytest.mark.parametrize("rule", BROKEN)
def test_a_phone_that_breaks_a_rule_is_told_in_words(rule):
    verdict = CATALOGUE[rule].judge(BROKEN[rule])

    assert verdict.outcome is Ruling.BROKEN
    assert "WF-0001" in CATALOGUE[rule].said("WF-0001", verdict.seen)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_phone_that_is_well_meets_it(rule):
    assert outcome(rule, ELSEWHERE.get(rule, IN_RETURN)) is Ruling.MET


@pytest.mark.parametrize("rule", sorted(BROKEN.keys() - ALWAYS_KNOWN))
def test_what_is_not_known_is_neither(rule):
    empty = replace(IN_RETURN, facts=NOTHING)
    if rule is Rule.DEVELOPER_OPTIONS:
        empty = phone(NOTHING, ledger(present=False))

    assert outcome(rule, UNKNOWN.get(rule, empty)) is Ruling.NOT_KNOWN


def test_one_thing_wrong_is_one_finding():
    alone = set(BROKEN) - {Rule.CONTAINER}
    found = {
        rule: {one for one, said in judged(BROKEN[rule]).items() if said.outcome is Ruling.BROKEN}
        for rule in alone
    }

    assert {rule: more for rule, more in found.items() if more != {rule}} == {}


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id.value)
def test_a_rule_the_terms_switch_off_says_nothing(rule):
    seen = BROKEN[rule.id]
    off = seen.terms.model_copy(update={"rules": Terms(rules={rule.id: {"on": False}}).rules})

    assert rule.judge(replace(seen, terms=off)).outcome is Ruling.OFF


@pytest.mark.parametrize("state", [State.LOST, State.ACCEPTED, State.IN_REPAIR, State.RETIRED])
def test_nothing_is_asked_of_a_phone_out_of_use(state):
    seen = phone(NOTHING, ledger(state=state))

    assert {said.outcome for said in judged(seen).values()} == {Ruling.OFF}


def test_of_an_android_inside_of_another_system_the_registers_alone_speak():
    said = judged(phone(facts(os=Os(sdk=31, container=True), lock=Lock(secure=False))))

    assert said[Rule.LOCK_NOT_SET].outcome is Ruling.NOT_KNOWN
    assert said[Rule.PHONE_SILENT].outcome is Ruling.MET


def test_a_signer_that_the_terms_allow_is_met_though_it_is_not_the_usual_one():
    ours = apps(work_app(certificate="0badcafe" * 8), signers={WECHAT: ["0badcafe" * 8]})

    assert outcome(Rule.WECHAT_RESIGNED, ours) is Ruling.MET


def test_wecom_is_not_asked_for_where_nobody_has_an_account():
    without = phone(facts(apps=(work_app(), KEYBOARD)), ledger(accounts={}))

    assert outcome(Rule.WECOM_MISSING, without) is Ruling.OFF


def test_an_app_that_only_another_user_has_is_missing_for_the_owner():
    assert outcome(Rule.WECHAT_MISSING, apps(work_app(users=(999,)))) is Ruling.BROKEN


def test_a_work_profile_is_no_clone():
    seen = facts(
        apps=(work_app(users=(0, 10)),), users=(User(id=0, kind="owner"), User(id=10, kind="work"))
    )

    assert outcome(Rule.WECHAT_CLONED, phone(seen)) is Ruling.MET


def test_a_package_the_terms_trust_may_be_in_charge():
    seen = facts(device_owner="com.ours.mdm")

    assert outcome(Rule.OWNER_FOREIGN, phone(seen, trusted=["com.ours.mdm"])) is Ruling.MET


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("8.0.54", (8, 0, 54)), ("8.0.54_beta1", (8, 0, 54)), ("v8", ()), ("", ()), ("8..1", (8,))],
)
def test_versions_are_read_number_by_number(version, numbers):
    assert numbers_of(version) == numbers


def test_the_patch_day_of_harmonyos_says_nothing():
    seen = facts(os=Os(sdk=31, skin=Skin.HARMONYOS, security_patch="2020-01-01"))

    assert outcome(Rule.PATCH_OLD, phone(seen)) is Ruling.NOT_KNOWN


def test_a_later_version_is_newer_though_its_text_sorts_before():
    seen = apps(work_app(version_name="8.0.100"), least_versions={WECHAT: "8.0.54"})

    assert outcome(Rule.WECHAT_OLD, seen) is Ruling.MET


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=lambda rule: rule.id.value)
def test_sentences_have_the_blanks_that_are_filled(rule):
    allowed = {"tag", *rule.blanks}
    blanks = {name for _text, name, *_rest in Formatter().parse(rule.remedy) if name}
    assert blanks <= allowed
    assert {name for _text, name, *_rest in Formatter().parse(rule.title) if name} <= {"app"}


def app_in_full(package, version, enabled):
    """Give an app as a whole visit tells of it: `enabled` by user."""
    users = tuple(sorted(enabled))
    states = tuple(AppState(user=user, installed=True, enabled=enabled[user]) for user in users)
    told = {"users": users, "states": states, "enabled": enabled.get(0, True)}
    return work_app(package, version_name=version, **told)


@given(
    st.lists(
        st.builds(
            app_in_full,
            st.sampled_from([WECHAT, WECOM, "a.b", OTHER.package]),
            st.sampled_from(["1", "3", "beta"]),
            st.dictionaries(st.sampled_from([0, 999]), st.booleans()),
        ),
        unique_by=lambda app: app.package,
    )
)
def test_what_is_awaited_is_neither_found_nor_done_with(told):
    asked = {**ALL_TERMS, "least_versions": dict.fromkeys(("a.b", WECHAT, OTHER.package), "2")}
    whole = phone(facts(apps=(*told, KEYBOARD)), **asked)
    said = judged(whole)

    first = judged(replace(whole, facts=at_once(whole.facts)))

    assert {
        rule: one.outcome
        for rule, one in first.items()
        if one.outcome not in {said[rule].outcome, Ruling.NOT_KNOWN}
    } == {}


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        (Rule.WECHAT_CLONED, "wechat"),
        (Rule.WECHAT_OFF, "wechat"),
        (Rule.WECHAT_MISSING, "packages"),
        (Rule.APP_FORBIDDEN, "packages"),
        (Rule.APP_NOT_IN_CATALOGUE, "packages_third_party"),
    ],
)
def test_what_is_not_among_apps_that_were_not_all_told_is_not_known(rule, part):
    there = () if rule is Rule.WECHAT_MISSING else (work_app(),)
    seen = facts(apps=(*there, KEYBOARD), gaps=(Gap(part=part, reason="timed_out"),))
    asked = {"forbidden": ["a.b"], "catalogue": [WECHAT]}

    assert outcome(rule, phone(seen, **asked)) is Ruling.NOT_KNOWN


def test_by_default_everything_urgent_is_due_soonest():
    days = [STANDARD.due_days[one] for one in Severity]

    assert days == sorted(days, reverse=True)


# A visit may say anything that the contract lets through; no rule may fall over it.
ODD = st.text(max_size=12) | st.sampled_from(["8.0.54", "2026-01-01", "absent", "a/b", "{", "999"])
FIELDS = {
    "os": st.builds(
        Os, android=ODD, sdk=st.integers() | st.none(), security_patch=ODD, container=st.booleans()
    ),
    "integrity": st.builds(
        Integrity, build_tags=ODD, build_type=ODD, selinux=ODD, verified_boot=ODD
    ),
    "battery": st.builds(
        Battery,
        temperature=st.floats(allow_nan=True) | st.none(),
        capacity_percent=st.integers() | st.none(),
    ),
    "lock": st.builds(Lock, secure=st.booleans() | st.none()),
    "storage": st.builds(
        Storage, total_bytes=st.integers() | st.none(), free_bytes=st.integers() | st.none()
    ),
    "debugging": st.builds(Debugging, trusted_hosts=st.integers() | st.none()),
    "settings": st.builds(
        Settings,
        input_method=ODD,
        accessibility_services=st.tuples(ODD),
        screen_timeout_ms=st.integers() | st.none(),
    ),
    "apps": st.lists(
        st.builds(
            work_app,
            st.sampled_from([WECHAT, WECOM, "a.b"]),
            version_name=ODD | st.none(),
            signer=ODD | st.none(),
            certificate=ODD | st.none(),
            users=st.lists(st.integers(), max_size=3).map(tuple),
        ),
        max_size=4,
    ).map(tuple),
    "users": st.lists(st.builds(User, id=st.integers()), max_size=3).map(tuple),
    "sims": st.lists(
        st.builds(Sim, slot=st.integers(), state=ODD | st.none(), iccid=ODD | st.none()), max_size=3
    ).map(tuple),
    "device_owner": ODD | st.none(),
    "clock_offset_seconds": st.floats() | st.none(),
}


@given(st.fixed_dictionaries({}, optional=FIELDS), st.sampled_from(State))
def test_no_facts_whatever_make_a_rule_raise(told, state):
    seen = Phone(PhoneFacts(probed_at=AT, **told), ledger(state=state), STANDARD, AT)
    for terms in (STANDARD, phone(**ALL_TERMS).terms):
        for rule, verdict in judged(replace(seen, terms=terms)).items():
            assert verdict.outcome in Ruling
            if verdict.outcome is Ruling.BROKEN:
                assert CATALOGUE[rule].said("WF-0001", verdict.seen)


def test_a_phone_of_which_nothing_is_known_has_no_finding_of_its_own_state():
    said = judged(Phone(NOTHING, replace(LEDGER_ONLY, pin_level=Level.PROVEN), STANDARD, AT))

    assert [rule for rule, one in said.items() if one.outcome is Ruling.BROKEN] == []


def test_days_are_counted_from_the_issue_where_nothing_was_seen_yet():
    fresh = ledger(last_seen_at=None, holder=holder(issued_at=AT - timedelta(days=2)))

    assert outcome(Rule.PHONE_SILENT, phone(known=fresh)) is Ruling.MET


USED = work_app(last_used="2026-11-02 10:00:00")
LOCKED = Lock(secure=True, credential_type="pin")


@pytest.mark.parametrize(
    ("seen", "left"),
    [
        (stocked(lock=LOCKED), Ruling.MET),  # its PIN is the company's: it was made ready
        (stocked(apps=(work_app(),)), Ruling.MET),  # installed for the next, and not used
        (stocked(lock=LOCKED, known={"pin_level": Level.NONE}), "lock"),
        (stocked(apps=(USED,)), "work_apps"),
        (stocked(State.WIPED, lock=LOCKED, apps=(work_app(),)), "lock, work_apps"),
        (stocked(users=(User(id=0), User(id=10)), storage=Storage(sd_card=True)),
         "users, memory_card"),
        (stocked(accounts=signed_in(1), probed_at=days_ago(31)), Ruling.NOT_KNOWN),
        (stocked(accounts=signed_in(1),
                 known={"emptied_at": None, "found_at": days_ago(2)}), Ruling.OFF),
        (stocked(accounts=signed_in(1),
                 known={"emptied_at": None, "found_at": days_ago(9)}), "accounts"),
    ],
)  # fmt: skip
def test_what_is_left_on_a_phone_in_stock(seen, left):
    verdict = CATALOGUE[Rule.STOCK_NOT_EMPTY].judge(seen)

    assert (verdict.seen.get("left") or verdict.outcome) == left


def test_what_is_left_is_said_in_sentences():
    said = CATALOGUE[Rule.STOCK_NOT_EMPTY].said("WF-0001", {"left": "lock, memory_card"})

    assert said == "WF-0001 is to be empty and is not. A lock is set. A memory card is in it."


def test_a_phone_erased_lately_or_seen_since_is_waited_for():
    unseen = {"last_seen_at": days_ago(40)}

    assert outcome(Rule.WIPE_NOT_SEEN, phone(known=erased(**unseen))) is Ruling.BROKEN
    lately = phone(known=erased(**unseen, emptied_at=days_ago(2)))
    assert outcome(Rule.WIPE_NOT_SEEN, lately) is Ruling.MET
