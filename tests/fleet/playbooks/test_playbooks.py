"""Playbooks: which fits a phone, what is refused, and that nothing that has begun changes."""

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.contracts.access import Role
from fleet.contracts.facts import App, Settings
from fleet.contracts.playbooks import Playbook, PlaybookQuery
from fleet.paging import PageMarkUnreadable, SortUnknown
from fleet.playbooks.checking import require_sound
from fleet.playbooks.errors import (
    BindingShowsNoNumber,
    PlaybookChangesOther,
    PlaybookCheckUnclear,
    PlaybookHasNoNewPassword,
    PlaybookLabelVoid,
    PlaybookNamesTwice,
    PlaybookNameUnclear,
    PlaybookNotFound,
    PlaybookOutOfOrder,
    PlaybookSeesTooEarly,
    PlaybookStepMisplaced,
    PlaybookVersionsUnclear,
)
from fleet.playbooks.queries import BOOKS, chosen, chosen_for, listed, playbook
from fleet.playbooks.services import foreseen, set_playbook

WECHAT = "com.tencent.mm"
PAGE = BOOKS.built_in["wechat-zh-page"].content


def changed(**given):
    """Return the Chinese playbook of the newer version with something else in it."""
    return Playbook.model_validate(PAGE.model_dump(mode="json") | given)


def steps(*order):
    """Return the steps with these ids, in this order."""
    found = {step.id: step.model_dump(mode="json") for step in (*PAGE.steps, *PAGE.check)}
    return [found[name] for name in order]


@pytest.mark.parametrize("name", sorted(BOOKS.built_in))
def test_what_comes_with_the_product_is_sound(name):
    require_sound(BOOKS.built_in[name].content)


@pytest.mark.parametrize(
    ("version", "language", "name", "warnings"),
    [
        ("8.0.39", "zh-CN", "wechat-zh-dialog", ()),
        ("8.0.40", "zh-Hans-CN", "wechat-zh-page", ()),
        ("8.0.61", "en-US", "wechat-en-page", ()),
        ("6.7.3", "zh-CN", "wechat-zh-page", ("version_unknown",)),
        ("8.0.61_play", "zh-CN", "wechat-zh-page", ("version_unknown",)),
        (None, "zh-CN", "wechat-zh-page", ("version_unknown",)),
        ("8.0.39", "fr-FR", "wechat-zh-dialog", ("language_unknown",)),
    ],
)
def test_the_playbook_is_chosen_by_version_and_language(session, version, language, name, warnings):
    choice = chosen(session, WECHAT, version=version, language=language)

    assert (choice.known.name, choice.warnings) == (name, warnings)


def test_an_app_without_a_playbook_has_none(session):
    assert chosen(session, "com.example.none", version="1.0", language="zh") is None


def test_a_phone_is_asked_for_its_version_and_language(session, make):
    apps = (App(package=WECHAT, version_name="8.0.12"),)
    facts = make.facts(apps=apps, settings=Settings(locale="en-GB"))
    phone = make.device(facts=facts.model_dump(mode="json"))

    assert chosen_for(session, phone, WECHAT).known.name == "wechat-en-dialog"


REFUSED = [
    (PlaybookNamesTwice, {"follow_ups": [{"id": "old", "say": {"zh": "是的", "en": "yes"}}]}),
    (PlaybookLabelVoid, {"success": [" | "]}),
    (PlaybookHasNoNewPassword, {"steps": steps("tabs", "old", "confirm")}),
    (PlaybookOutOfOrder, {"steps": steps("new", "old")}),
    (PlaybookStepMisplaced, {"steps": steps("new", "test"), "check": []}),
    (PlaybookStepMisplaced, {"steps": steps("new"), "check": steps("old")}),
    (PlaybookCheckUnclear, {"check": steps("check_tabs")}),
    (PlaybookCheckUnclear, {"accepted": []}),
    (PlaybookSeesTooEarly, {"success": ["修改微信密码"]}),
    (PlaybookVersionsUnclear, {"from_version": "8.0.40", "before_version": "8.0.40"}),
]


@pytest.mark.parametrize(("refusal", "given"), REFUSED)
def test_what_could_not_be_followed_is_refused(refusal, given):
    with pytest.raises(refusal):
        require_sound(changed(**given))


BINDING = BOOKS.built_in["wecom-zh-binding"].content


@pytest.mark.parametrize(
    ("refusal", "given"),
    [
        (PlaybookChangesOther, {"package": "com.tencent.mm"}),
        (PlaybookChangesOther, {"changes": "password"}),
        (PlaybookStepMisplaced, {"steps": steps("new", "confirm")}),
        (BindingShowsNoNumber, {"success": ["绑定成功"]}),
        (BindingShowsNoNumber, {"steps": steps("tabs")}),
    ],
)
def test_a_binding_ends_at_the_companys_number_and_types_nothing(refusal, given):
    with pytest.raises(refusal):
        require_sound(Playbook.model_validate(BINDING.model_dump(mode="json") | given))


def test_a_version_of_ones_own_goes_before_the_products_and_is_in_the_trail(session, make):
    actor = make.actor(Role.SECURITY)
    own = changed(success=["改好了"])

    made = set_playbook(session, "wechat-zh-page", own, reason="new texts", actor=actor)

    assert made.number == 2
    choice = chosen(session, WECHAT, version="8.0.61", language="zh-CN")
    assert choice.known.content.success == ["改好了"]
    session.commit()
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "playbook.set"))
    assert entry.actor_name == actor.name


def test_an_older_version_can_still_be_looked_at(session, make):
    actor = make.actor()
    set_playbook(session, "wechat-zh-page", changed(success=["改好了"]), reason="new", actor=actor)

    assert playbook(session, "wechat-zh-page", 1, actor=actor).content == PAGE
    with pytest.raises(PlaybookNotFound):
        playbook(session, "wechat-zh-page", 3, actor=actor)


def test_a_dry_run_adds_nothing(session, make):
    foreseen(session, "wechat-zh-page", PAGE, reason="try", actor=make.actor())

    assert chosen(session, WECHAT, version="8.0.61", language="zh-CN").known.number == 1


def test_a_name_that_cannot_stand_in_an_address_is_refused(session, make):
    with pytest.raises(PlaybookNameUnclear):
        set_playbook(session, "../x", PAGE, reason="try", actor=make.actor())


def test_whoever_runs_the_phones_does_not_say_where_passwords_are_typed(session, make):
    with pytest.raises(NotAllowed):
        set_playbook(session, "mine", PAGE, reason="try", actor=make.actor(Role.OPERATOR))


def test_the_list_is_filtered_sorted_and_paged(session, make):
    actor = make.actor(Role.OPERATOR)
    first, mark = listed(session, PlaybookQuery(sort="-name", limit=3), actor=actor)
    rest, end = listed(session, PlaybookQuery(sort="-name", limit=3, after=mark), actor=actor)

    names = [one.name for one in (*first, *rest)]
    assert names == sorted(BOOKS.built_in, reverse=True)
    assert end is None
    english, _ = listed(session, PlaybookQuery(language="en", q="DIALOG"), actor=actor)
    assert [one.name for one in english] == ["wechat-en-dialog"]


@pytest.mark.parametrize(
    ("refusal", "given"), [(SortUnknown, {"sort": "x"}), (PageMarkUnreadable, {"after": "x"})]
)
def test_a_list_asked_wrongly_is_refused(session, make, refusal, given):
    with pytest.raises(refusal):
        listed(session, PlaybookQuery(**given), actor=make.actor())
