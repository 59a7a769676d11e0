"""Work accounts: one of a kind and handle, frozen and deregistered by hand."""

import pytest

from fleet.access.errors import NotAllowed
from fleet.accounts.errors import (
    AccountMoveNotAllowed,
    AccountNotFound,
    HandleOfSeveralKinds,
    HandleTaken,
)
from fleet.accounts.lifecycle import Move, State
from fleet.accounts.queries import account, accounts_on
from fleet.accounts.services import BY_HAND, add_account, move_account
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind


def test_a_handle_is_registered_once_in_its_kind(session, make):
    add_account(session, handle="sales-07", actor=make.actor())

    with pytest.raises(HandleTaken):
        add_account(session, handle="sales-07", actor=make.actor())
    add_account(session, handle="sales-07", kind=AccountKind.WECOM, actor=make.actor())


def test_an_account_is_found_by_its_handle(session, make):
    one = make.account(handle="sales-07")

    assert account(session, "sales-07") is one
    with pytest.raises(AccountNotFound):
        account(session, "sales-08")


def test_a_handle_with_a_colon_is_a_handle(session, make):
    odd = make.account(handle="shop:east")

    assert account(session, "shop:east") is odd


def test_a_handle_of_two_kinds_asks_which(session, make):
    make.account(handle="sales-07")
    wecom = make.account(kind=AccountKind.WECOM, handle="sales-07")

    with pytest.raises(HandleOfSeveralKinds):
        account(session, "sales-07")
    assert account(session, "wecom:sales-07") is wecom


def test_a_stolen_account_is_frozen_and_comes_back_by_the_gate(session, make):
    stolen = make.account(state=State.ISSUED)

    move_account(session, stolen, move=Move.FREEZE, reason="stolen", actor=make.actor())
    move_account(session, stolen, move=Move.THAW, reason="regained", actor=make.actor())

    assert (stolen.state, stolen.returning_since is None) == (State.RETURNING, False)


@pytest.mark.parametrize("move", sorted(set(Move) - BY_HAND))
def test_moves_with_conditions_are_not_made_by_hand(session, make, move):
    with pytest.raises(AccountMoveNotAllowed):
        move_account(session, make.account(), move=move, reason="x", actor=make.actor())


def test_accounts_are_found_by_their_phone(session, make):
    phone = make.device()
    used = make.account(device=phone)
    make.account()

    assert accounts_on(session, phone.id) == [used]


def test_an_auditor_registers_none(session, make):
    with pytest.raises(NotAllowed):
        add_account(session, handle="x", actor=make.actor(Role.AUDITOR))
