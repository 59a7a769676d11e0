"""SIMs and accounts come back, and an account goes on to the next person."""

import pytest
from sqlalchemy.orm import Session

from fleet.accounts.errors import AccountMoveNotAllowed
from fleet.accounts.lifecycle import State
from fleet.accounts.models import Account
from fleet.contracts.custody import CheckName
from fleet.contracts.proof import Level
from fleet.custody.errors import GateOpen, NotHeld, OneAccountOfAKind, RegistrantNotSeen
from fleet.custody.issuing import issue
from fleet.custody.queries import history, open_holding
from fleet.custody.services import reassign, return_account, return_sim
from fleet.people.models import Employee
from tests.factories import Make
from tests.fleet.custody.proofs import change_password, waive


@pytest.fixture
def ann(make: Make) -> Employee:
    return make.employee(name="王芳")


@pytest.fixture
def account(session: Session, make: Make, ann: Employee) -> Account:
    """Give an account that is with Ann, on her phone."""
    account = make.account()
    issue(session, to=ann, devices=[make.device()], accounts=[account], actor=make.actor())
    return account


def test_a_sim_comes_back_into_stock(session, make, ann):
    sim = make.sim()
    issue(session, to=ann, sims=[sim], actor=make.actor())

    return_sim(session, sim, actor=make.actor())

    assert (sim.state.value, open_holding(session, sim)) == ("in_stock", None)


def test_a_sim_nobody_holds_cannot_come_back(session, make):
    with pytest.raises(NotHeld):
        return_sim(session, make.sim(), actor=make.actor())


def test_an_account_stays_with_its_holder_until_its_password_changed(session, tools, make, account):
    return_account(session, account, actor=make.actor())
    with pytest.raises(GateOpen):
        return_account(session, account, actor=make.actor())
    assert open_holding(session, account) is not None

    change_password(session, tools, account)
    return_account(session, account, actor=make.actor())

    assert (account.state, open_holding(session, account)) == (State.IN_STOCK, None)


def test_an_account_in_use_is_not_passed_on(session, make, account):
    with pytest.raises(AccountMoveNotAllowed):
        reassign(session, account, to=make.employee(), actor=make.actor())


@pytest.mark.parametrize("level", [None, Level.NONE, Level.DECLARED])
def test_an_account_is_not_passed_on_while_its_password_is_its_holders(
    session, tools, make, account, level
):
    change_password(session, tools, account, Level.OBSERVED)
    return_account(session, account, actor=make.actor())
    if level is not None:
        change_password(session, tools, account, level)

    with pytest.raises(GateOpen) as refusal:
        reassign(session, account, to=make.employee(), actor=make.actor())

    assert refusal.value.open == ["accounts"]
    assert refusal.value.code == "account_gate_open"
    assert f"`workfleet rotate {account.handle}`" in refusal.value.next_step()
    assert "workfleet gate" not in str(refusal.value)
    assert open_holding(session, account) is not None


def test_with_its_password_changed_it_goes_on(session, tools, make, ann, account):
    ben, phone = make.employee(), make.device()
    return_account(session, account, actor=make.actor())
    change_password(session, tools, account)

    reassign(session, account, to=ben, device=phone, actor=make.actor())

    spans = history(session, account, actor=make.actor())
    assert [span.holder.number for span in spans] == [ann.number, ben.number]
    assert (spans[0].returned_at is None, spans[1].returned_at) == (False, None)
    assert (account.state, account.device) == (State.ISSUED, phone)


def test_a_waiver_lets_it_go_on(session, make, account):
    return_account(session, account, actor=make.actor())
    given = {"check": CheckName.ACCOUNTS, "reason": "the holder has died", "actor": make.actor()}
    waive(session, account.device, **given)

    reassign(session, account, to=make.employee(), actor=make.actor())

    assert account.state is State.ISSUED


def test_an_account_in_stock_can_be_passed_on(session, make):
    account, ben = make.account(), make.employee()

    reassign(session, account, to=ben, actor=make.actor())

    assert open_holding(session, account).employee is ben


def test_the_new_holder_hears_of_the_first_registrant(session, make):
    account = make.account(registrant="赵敏")

    with pytest.raises(RegistrantNotSeen):
        reassign(session, account, to=make.employee(), actor=make.actor())


def test_the_new_holder_has_no_other_of_the_kind(session, make):
    ben = make.employee()
    issue(session, to=ben, accounts=[make.account()], actor=make.actor())

    with pytest.raises(OneAccountOfAKind):
        reassign(session, make.account(), to=ben, actor=make.actor())
