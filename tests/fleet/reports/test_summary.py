"""The numbers of the day are counted by the database, in a fixed number of questions."""

from datetime import timedelta

from sqlalchemy import select

from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.devices.lifecycle import State
from fleet.reports.queries import summary
from fleet.vault.models import Credential
from tests.fleet.custody.proofs import back_up, change_password, rotate_pin


def test_an_empty_house_has_no_numbers(session, make, tools):
    seen = summary(session, tools.settings, actor=make.actor())

    assert (seen.phones, seen.phones_by_state, seen.pins_by_level, seen.cases_open) == (
        0,
        {},
        {},
        0,
    )


def test_phones_are_counted_by_state_and_pins_by_level(session, tools, make):
    proven, declared, _unknown = make.device(), make.device(State.ISSUED), make.device(State.LOST)
    make.device(State.RETIRED)
    rotate_pin(session, tools, proven)
    rotate_pin(session, tools, declared, Level.DECLARED)

    seen = summary(session, tools.settings, actor=make.actor())

    assert seen.phones_by_state == {"in_stock": 1, "issued": 1, "lost": 1, "retired": 1}
    assert seen.pins_by_level == {"proven": 1, "declared": 1, "none": 1}


def test_a_phone_that_is_out_and_was_not_seen_is_silent(session, make, tools):
    make.device(State.ISSUED, last_seen_at=now())
    make.device(State.ISSUED, last_seen_at=now() - timedelta(days=8))
    make.device(State.RETURNING)
    make.device(State.IN_STOCK)

    assert summary(session, tools.settings, actor=make.actor()).phones_silent == 2


def test_a_phone_that_is_out_without_a_backup_is_counted(session, make, tools):
    backed_up = make.device(State.ISSUED)
    back_up(session, backed_up)
    make.device(State.ISSUED)

    assert summary(session, tools.settings, actor=make.actor()).phones_without_backup == 1


def test_a_password_of_an_account_that_has_none_is_nobodys_work(session, tools, make):
    for kind in (AccountKind.WECHAT, AccountKind.WECOM):
        change_password(session, tools, make.account(kind))
    for credential in session.scalars(select(Credential)):
        credential.due_at = now()

    assert summary(session, tools.settings, actor=make.actor()).passwords_due == 1


def test_more_phones_do_not_mean_more_questions(session, tools, make, count_queries):
    with count_queries() as few:
        summary(session, tools.settings, actor=make.actor())
    for _ in range(5):
        rotate_pin(session, tools, make.device(State.ISSUED))
    session.flush()
    with count_queries() as many:
        summary(session, tools.settings, actor=make.actor())

    assert len(many) == len(few)
