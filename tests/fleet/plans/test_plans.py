"""Plans: what is for a phone, what is refused, and that nothing that has begun changes."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.backups.services import plan_backup
from fleet.contracts.access import Role
from fleet.contracts.facts import App, Identity, Storage, User
from fleet.contracts.plans import Plan, PlanQuery
from fleet.contracts.proof import Level
from fleet.database import make_sessions
from fleet.keys.keyring import Keyring
from fleet.paging import PageMarkUnreadable, SortUnknown
from fleet.plans.checking import require_sound
from fleet.plans.errors import (
    PlaceTakenTwice,
    PlanNameUnclear,
    PlanNotFound,
    SourceNamedTwice,
    SourceWithoutArchive,
    SourceWithoutColumns,
    SourceWithoutPlace,
)
from fleet.plans.queries import PLANS, listed, plan, taken_of
from fleet.plans.services import edit_plan, foreseen
from fleet.settings import Settings
from fleet.vault.tools import Tools

PEOPLE = PLANS.built_in["people"].content
TITLE = {"zh": "合同系统", "en": "Contracts"}


def made(**given) -> Plan:
    """Return a plan of one source of files with something else in it."""
    source = {"id": "crm", "kind": "files", "title": TITLE, "places": ["crm"]} | given
    return Plan.model_validate({"title": TITLE, "sources": [source]})


def switched_on(name: str) -> Plan:
    given = PEOPLE.model_dump(mode="json")
    for source in given["sources"]:
        source["on"] = source["on"] or source["id"] == name
    return Plan.model_validate(given)


def test_what_comes_with_the_product_is_sound_side_by_side():
    plans = {name: one.content for name, one in PLANS.built_in.items()}

    for name, one in plans.items():
        require_sound(name, one, {other: plans[other] for other in plans if other != name})


def test_contacts_calls_and_messages_are_taken_by_nobody_who_did_not_say_so(session, make):
    taken = taken_of(session, make.device())

    assert {one.id for one in taken.left_off} == {"contacts", "call-log", "sms"}
    assert {"shared", "camera", "wechat", "wecom", "facts"} <= {one.id for one in taken.sources}


def phone_of(make, maker: str, **given):
    facts = make.facts(identity=Identity(brand=maker, manufacturer=maker), **given)
    return make.device(facts=facts.model_dump(mode="json"))


def test_a_phone_gets_what_is_for_its_maker_and_its_apps(session, make):
    apps = (App(package="com.tencent.mm"),)
    taken = taken_of(session, phone_of(make, "HONOR", apps=apps))

    names = {one.name for one in taken.plans}
    assert {"huawei", "storage", "wechat", "people"} <= names
    assert not {"xiaomi", "oppo", "wecom"} & names


def test_spaces_that_the_phone_is_known_to_have_must_be_answered_for(session, make):
    users = (User(id=0), User(id=999))
    taken = taken_of(session, phone_of(make, "oppo", users=users, storage=Storage(sd_card=True)))

    assert taken.spaces == ("0", "999", "card")


REFUSED = [
    (SourceWithoutPlace, {"places": []}),
    (SourceNamedTwice, {"id": "wechat"}),
    (PlaceTakenTwice, {"places": ["dcim"]}),
    (SourceWithoutColumns, {"kind": "content", "provider": "content://x", "columns": ["_id"]}),
    (SourceWithoutColumns, {"kind": "content", "provider": "content://x", "columns": ["a", "b"]}),
    (SourceWithoutColumns, {"kind": "content", "columns": ["_id", "b"]}),
    (SourceWithoutArchive, {"kind": "attested"}),
]


@pytest.mark.parametrize(("refusal", "given"), REFUSED)
def test_what_could_not_be_carried_out_is_refused(session, make, refusal, given):
    with pytest.raises(refusal):
        foreseen(session, "our-crm", made(**given), reason="test", actor=make.actor())


@pytest.mark.parametrize("place", ["/sdcard/x", "a/../b", "a//b", "", "./x", "a\0b"])
def test_a_place_stays_inside_of_its_space(place):
    with pytest.raises(ValidationError) as refusal:
        made(places=[place])
    assert {error["loc"][-2] for error in refusal.value.errors()} == {"places"}


def test_a_version_of_ones_own_counts_and_is_in_the_trail(session, make):
    actor = make.actor(Role.SECURITY)

    new = edit_plan(session, "people", switched_on("sms"), reason="agreed", actor=actor)

    session.commit()
    assert new.number == 2
    assert "sms" in {one.id for one in taken_of(session, make.device()).sources}
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "plan.edited"))
    assert entry.actor_name == actor.name
    assert plan(session, "people", 1, actor=actor).content == PEOPLE


def test_a_backup_keeps_the_sources_it_was_planned_with(session, make, tmp_path):
    tools = Tools(Keyring.of(bytes(32)), Settings(home=tmp_path, recipients=("age1test",)))
    actor = make.actor()
    backup = plan_backup(session, tools, make.device(), reason="asked", actor=actor)

    edit_plan(session, "people", switched_on("sms"), reason="agreed", actor=actor)

    assert "sms" not in {one.id for one in backup.asked_sources}
    assert "*/Android/obb" in backup.excludes


def test_what_a_return_needs_of_the_chats_is_in_the_plan(session, make):
    given = PLANS.built_in["chat-history"].content.model_dump(mode="json") | {
        "return_needs": "verified"
    }
    phone = make.device()
    assert taken_of(session, phone).return_needs is Level.NONE

    changed = Plan.model_validate(given)
    edit_plan(session, "chat-history", changed, reason="agreed", actor=make.actor())

    assert taken_of(session, phone).return_needs is Level.VERIFIED


def test_only_who_keeps_the_keys_edits_a_plan(session, make):
    with pytest.raises(NotAllowed):
        edit_plan(session, "people", PEOPLE, reason="test", actor=make.actor(Role.OPERATOR))
    with pytest.raises(PlanNameUnclear):
        foreseen(session, "No Name", made(), reason="test", actor=make.actor())
    with pytest.raises(PlanNotFound):
        plan(session, "people", 2, actor=make.actor())


def test_the_list_filters_sorts_and_goes_on(session, make):
    actor = make.actor()
    first, mark = listed(session, PlanQuery(limit=2, sort="-name"), actor=actor)
    rest, end = listed(session, PlanQuery(after=mark, sort="-name"), actor=actor)

    names = [one.name for one in (*first, *rest)]
    assert names == sorted(PLANS.built_in, reverse=True)
    assert end is None
    [mine], _mark = listed(session, PlanQuery(maker="honor"), actor=actor)
    assert mine.name == "huawei"
    with pytest.raises(SortUnknown):
        listed(session, PlanQuery(sort="colour"), actor=actor)
    with pytest.raises(PageMarkUnreadable):
        listed(session, PlanQuery(after="nowhere"), actor=actor)


def test_of_two_who_give_one_place_to_two_plans_at_once_one_is_refused(engine, make):
    sessions, actor = make_sessions(engine), make.actor()
    make.session.commit()

    def edit() -> None:
        with sessions.begin() as other:
            edit_plan(other, "second", made(id="second"), reason="test", actor=actor)

    with ThreadPoolExecutor(1) as pool, sessions.begin() as mine:
        edit_plan(mine, "first", made(id="first"), reason="test", actor=actor)
        later = pool.submit(edit)
        wait([later], timeout=1)
        mine.commit()
        with pytest.raises(PlaceTakenTwice):
            later.result()
