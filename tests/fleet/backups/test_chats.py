"""How well it is known that chats are safe: each level stands on the one below."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.backups.attesting import declare_chats, witness_chats
from fleet.backups.chats import chat_history
from fleet.backups.errors import (
    ArchiveNotVerified,
    ChatsDeclaredAlready,
    ChatsNotDeclared,
    ChatsWitnessIsTheSame,
)
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.facts import Identity
from fleet.contracts.plans import ArchiveSeen, How, SourceState
from fleet.contracts.proof import Level
from fleet.contracts.sheets import Attested, SourceFound
from fleet.custody.proofs import proofs_of
from fleet.plans.queries import PLANS
from tests.fleet.custody.proofs import back_up

CHATS = next(one for one in PLANS.built_in["xiaomi"].content.sources if one.id == "xiaomi-chats")


@pytest.fixture
def phone(make):
    return make.device(returning_since=now() - timedelta(hours=1))


@pytest.fixture
def ann(make):
    return make.actor()


def say_made(session, phone, actor, how=How.VENDOR_CLONE):
    note = "with the phone's own backup"
    return declare_chats(session, phone, what=Attested.MADE, how=how, note=note, actor=actor)


def back_up_with(session, phone, *, age=timedelta(), equal=2, **given):
    """Let a backup be complete that looked for an archive and found one so old."""
    backup = back_up(session, phone)
    seen = ArchiveSeen(made_at=now() - age, bytes=9, files=2)
    found = {"state": SourceState.TAKEN, "archive": seen, "equal": equal, "changed": 2 - equal}
    backup.sources = [CHATS.model_dump(mode="json")]
    backup.found = [SourceFound(source=CHATS.id, **found | given).model_dump(mode="json")]
    session.flush()
    return backup


def level(session, phone) -> Level:
    return chat_history(session, phone).level


def test_an_archive_that_nobody_spoke_of_is_nothing(session, phone):
    back_up_with(session, phone)

    assert level(session, phone) is Level.NONE


def test_what_a_person_says_is_declared_until_a_station_finds_it(session, phone, ann):
    say_made(session, phone, ann)
    assert level(session, phone) is Level.DECLARED

    back_up_with(session, phone)

    assert level(session, phone) is Level.OBSERVED


def test_with_a_witness_and_the_phones_hash_it_is_verified(session, make, phone, ann):
    say_made(session, phone, ann)
    back_up_with(session, phone)

    witness_chats(session, phone, actor=make.actor())

    assert level(session, phone) is Level.VERIFIED


def test_a_restore_that_two_people_saw_proves_it(session, make, phone, ann):
    say_made(session, phone, ann)
    witness_chats(session, phone, actor=make.actor())
    back_up_with(session, phone)
    given = {"what": Attested.RESTORED, "how": How.VENDOR_CLONE, "note": "on test phone 3"}
    declare_chats(session, phone, **given, actor=ann)
    assert level(session, phone) is Level.VERIFIED

    witness_chats(session, phone, actor=make.actor())

    assert level(session, phone) is Level.PROVEN


WEAKER = [
    ({"age": timedelta(hours=2)}, Level.DECLARED, "too_old"),
    ({"equal": 1}, Level.OBSERVED, None),
    (
        {"archive": None, "state": SourceState.ABSENT, "reason": "growing"},
        Level.DECLARED,
        "growing",
    ),
]


@pytest.mark.parametrize(("given", "known", "why"), WEAKER)
def test_what_is_old_or_unequal_or_unfinished_is_not_verified(
    session, make, phone, ann, given, known, why
):
    say_made(session, phone, ann)
    witness_chats(session, phone, actor=make.actor())
    back_up_with(session, phone, **given)

    found = chat_history(session, phone)

    assert (found.level, found.missing) == (known, why)


def test_an_archive_of_another_kind_does_not_stand_for_what_was_said(session, phone, ann):
    say_made(session, phone, ann, How.WECHAT_OWN_BACKUP)

    back_up_with(session, phone)

    assert level(session, phone) is Level.DECLARED


def test_what_was_said_before_the_return_does_not_count(session, phone, ann):
    say_made(session, phone, ann).said_at = now() - timedelta(hours=2)
    session.flush()

    assert level(session, phone) is Level.NONE


def test_two_people_are_two(session, make, phone, ann):
    with pytest.raises(ChatsNotDeclared):
        witness_chats(session, phone, actor=ann)
    say_made(session, phone, ann)
    with pytest.raises(ChatsWitnessIsTheSame):
        witness_chats(session, phone, actor=ann)
    with pytest.raises(ChatsDeclaredAlready):
        say_made(session, phone, make.actor())
    given = {"what": Attested.RESTORED, "how": How.VENDOR_CLONE, "note": "test"}
    with pytest.raises(ArchiveNotVerified):
        declare_chats(session, phone, **given, actor=ann)


def test_who_may_not_say_it_is_refused_and_who_said_it_is_in_the_trail(session, make, phone, ann):
    with pytest.raises(NotAllowed):
        say_made(session, phone, make.actor(Role.AUDITOR))
    say_made(session, phone, ann)
    witness_chats(session, phone, actor=make.actor())

    session.commit()

    told = select(AuditEntry.event).where(AuditEntry.event.like("chat_history.%"))
    assert list(session.scalars(told.order_by(AuditEntry.sequence))) == [
        "chat_history.declared",
        "chat_history.witnessed",
    ]


def test_the_desk_is_told_what_a_person_does_on_this_phone(session, make, ann):
    facts = make.facts(identity=Identity(brand="Redmi", manufacturer="Xiaomi"))
    phone = make.device(facts=facts.model_dump(mode="json"))

    assert "local backup" in chat_history(session, phone).guide[0]
    assert chat_history(session, make.device()).guide == []
    say_made(session, phone, ann)
    back_up_with(session, phone)
    assert chat_history(session, phone).guide == []


def both(session, phone, backup) -> set[Level]:
    """Return what the gate and the sheet say, by the same backup."""
    known = proofs_of(session, [phone])
    return {
        known.chats_of(phone, phone.returning_since).level,
        chat_history(session, phone, backup).level,
        chat_history(session, phone).level,
    }


def said_before(session, phone, make, age) -> None:
    said = say_made(session, phone, make.actor())
    witness_chats(session, phone, actor=make.actor())
    said.said_at = now() - age
    session.flush()


@pytest.mark.parametrize("returning", [None, timedelta(hours=1)])
@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=2), timedelta(days=3)])
def test_gate_and_sheet_say_the_same(session, make, returning, age):
    phone = make.device(returning_since=returning and now() - returning)
    said_before(session, phone, make, age)

    assert len(both(session, phone, back_up_with(session, phone))) == 1


def test_a_word_of_long_ago_is_not_of_the_archive_of_today(session, make):
    phone = make.device()
    said_before(session, phone, make, timedelta(days=300))

    assert both(session, phone, back_up_with(session, phone)) == {Level.NONE}


def test_a_word_of_today_is_not_of_an_archive_of_long_ago(session, make):
    phone, long_ago = make.device(), now() - timedelta(days=300)
    backup = back_up_with(session, phone, age=timedelta(days=300))
    backup.planned_at = backup.ended_at = long_ago
    said_before(session, phone, make, timedelta())

    assert both(session, phone, backup) == {Level.DECLARED}


def test_the_sheet_of_a_backup_of_before_the_return_goes_on_saying_what_was_so(session, make):
    phone, then = make.device(), timedelta(days=2)
    said_before(session, phone, make, then)
    backup = back_up_with(session, phone, age=then)
    backup.planned_at = backup.ended_at = now() - then
    assert both(session, phone, backup) == {Level.VERIFIED}

    phone.returning_since = now()
    say_made(session, phone, make.actor())

    assert chat_history(session, phone, backup).level is Level.VERIFIED
    gate = proofs_of(session, [phone]).chats_of(phone, phone.returning_since)
    assert (gate.level, gate.missing) == (Level.DECLARED, "too_old")
