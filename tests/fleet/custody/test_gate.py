"""I4: no phone reaches stock and no account is passed on past an unmet check without a waiver."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.accounts.opening import key_of
from fleet.audit.services import recorded
from fleet.backups.attesting import declare_chats
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.custody import CheckName
from fleet.contracts.plans import How
from fleet.contracts.proof import Level
from fleet.contracts.sheets import Attested
from fleet.contracts.stations import JobKind, JobState
from fleet.custody.acceptance import accept
from fleet.custody.errors import CannotBeDeclared, GateOpen
from fleet.custody.gate import DECLARABLE, gate
from fleet.custody.issuing import issue
from fleet.custody.models import Certificate
from fleet.custody.queries import held_by, open_holding
from fleet.custody.services import declare, start_return
from fleet.devices.errors import MoveNotAllowed
from fleet.devices.lifecycle import Move, State
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.plans.queries import PLANS
from fleet.plans.services import edit_plan
from fleet.sims.numbers import rests_until
from fleet.stations.models import Job
from fleet.vault.services import credential_for, promote, propose
from fleet.vault.tools import Tools
from tests.factories import Make
from tests.fleet.custody.proofs import (
    back_up,
    change_password,
    look,
    return_with_proof,
    rotate_pin,
    unbind,
    waive,
)


@pytest.fixture
def ann(make: Make) -> Employee:
    return make.employee(name="王芳")


@pytest.fixture
def phone(session: Session, make: Make, ann: Employee) -> Device:
    """Give a phone that is with Ann."""
    device = make.device()
    issue(session, to=ann, devices=[device], actor=make.actor())
    return device


def open_checks(session: Session, device: Device) -> set[CheckName]:
    return set(gate(session, device).open)


def check(session: Session, device: Device, name: CheckName):
    return next(item for item in gate(session, device).checks if item.check is name)


def test_what_was_shown_before_the_return_began_does_not_count(session, tools, make, phone):
    rotate_pin(session, tools, phone)
    back_up(session, phone)
    look(session, tools, make, phone)

    start_return(session, phone, actor=make.actor(), handed_back=False)

    assert open_checks(session, phone) == {
        CheckName.IDENTITY,
        CheckName.SEEN,
        CheckName.PIN,
        CheckName.BACKUP,
        CheckName.VENDOR_ACCOUNT,
        CheckName.HANDED_BACK,
    }


def test_a_gate_nobody_asked_to_pass_is_open(session, tools, make, phone):
    rotate_pin(session, tools, phone)
    back_up(session, phone)

    assert {CheckName.PIN, CheckName.BACKUP, CheckName.HANDED_BACK} <= open_checks(session, phone)


def test_with_every_proof_the_gate_closes(session, tools, make, phone, ann):
    return_with_proof(session, tools, make, phone, ann)

    seen = gate(session, phone)

    assert seen.open == []
    assert {item.check: item.level for item in seen.checks}[CheckName.PIN] is Level.PROVEN


@pytest.mark.parametrize("level", [Level.DECLARED, Level.OBSERVED, Level.VERIFIED])
def test_a_pin_that_is_not_proven_keeps_the_gate_open(session, tools, make, phone, level):
    start_return(session, phone, actor=make.actor())
    rotate_pin(session, tools, phone, level)

    assert check(session, phone, CheckName.PIN).ok is False


def test_an_account_on_the_phone_keeps_the_gate_open_until_its_password_changed(
    session, tools, make, phone, ann
):
    account = make.account()
    change_password(session, tools, account)
    issue(session, to=ann, accounts=[account], actor=make.actor())
    return_with_proof(session, tools, make, phone, ann)
    assert gate(session, phone).open == [CheckName.ACCOUNTS]

    change_password(session, tools, account, Level.DECLARED)
    assert gate(session, phone).open == [CheckName.ACCOUNTS]

    change_password(session, tools, account, Level.OBSERVED)
    assert gate(session, phone).open == []


def test_a_wecom_account_on_the_phone_is_done_by_its_binding_and_by_no_password(
    session, tools, make, phone, ann
):
    account = make.account(AccountKind.WECOM)
    issue(session, to=ann, accounts=[account], actor=make.actor())
    return_with_proof(session, tools, make, phone, ann)
    change_password(session, tools, account)
    assert "binding" in check(session, phone, CheckName.ACCOUNTS).advice

    binding = credential_for(session, key_of(account))
    number = propose(session, tools, binding, reason="t", actor=SYSTEM, value="13800002231")
    promote(session, tools, number, Level.OBSERVED, actor=SYSTEM)

    assert gate(session, phone).open == []


@pytest.mark.parametrize("changed", [AccountKind.WECHAT, AccountKind.WECOM])
def test_of_two_accounts_with_one_handle_neither_stands_for_the_other(
    session, tools, make, phone, ann, changed
):
    kinds = (AccountKind.WECHAT, AccountKind.WECOM)
    accounts = {kind: make.account(kind, handle="zhang.wei") for kind in kinds}
    issue(session, to=ann, accounts=list(accounts.values()), actor=make.actor())
    return_with_proof(session, tools, make, phone, ann)

    key = credential_for(session, key_of(accounts[changed]))
    value = propose(session, tools, key, reason="t", actor=SYSTEM, value="13800002231")
    promote(session, tools, value, Level.OBSERVED, actor=SYSTEM)

    assert gate(session, phone).open == [CheckName.ACCOUNTS]


def test_the_sim_of_the_ledger_has_to_be_in_it(session, tools, make, phone, ann):
    sim, other = make.sim(), make.sim()
    issue(session, to=ann, sims=[sim], actor=make.actor())
    return_with_proof(session, tools, make, phone, ann)
    look(session, tools, make, phone, sims=(other,))
    assert gate(session, phone).open == [CheckName.SIM]

    look(session, tools, make, phone, sims=(sim,))

    assert check(session, phone, CheckName.SIM).level is Level.VERIFIED


@pytest.mark.parametrize(
    "kind", ["com.xiaomi", "com.huawei.hwid", "com.google", "com.heytap.usercenter"]
)
def test_an_account_that_locks_the_phone_keeps_the_gate_open(
    session, tools, make, phone, ann, kind
):
    return_with_proof(session, tools, make, phone, ann)
    look(session, tools, make, phone, signed_in=(kind,))

    found = check(session, phone, CheckName.VENDOR_ACCOUNT)

    assert (found.ok, kind in found.sentence) == (False, True)


def test_a_persons_word_stands_where_the_phone_cannot_answer(session, make, phone):
    start_return(session, phone, actor=make.actor())
    declare(session, phone, check=CheckName.IDENTITY, note="IMEI of the tray", actor=make.actor())
    declare(session, phone, check=CheckName.SIM, note="taken out", actor=make.actor())
    declare(
        session, phone, check=CheckName.VENDOR_ACCOUNT, note="seen signed out", actor=make.actor()
    )

    assert open_checks(session, phone) == {CheckName.SEEN, CheckName.PIN, CheckName.BACKUP}
    assert check(session, phone, CheckName.VENDOR_ACCOUNT).level is Level.DECLARED


@pytest.mark.parametrize("name", sorted(set(CheckName) - DECLARABLE))
def test_no_word_stands_for_a_proof(session, make, phone, name):
    start_return(session, phone, actor=make.actor())

    with pytest.raises(CannotBeDeclared):
        declare(session, phone, check=name, note="trust me", actor=make.actor())


@pytest.mark.parametrize("name", [CheckName.PIN, CheckName.BACKUP, CheckName.ACCOUNTS])
def test_one_open_check_refuses_the_phone_and_names_itself(session, tools, make, phone, ann, name):
    account = make.account()
    issue(session, to=ann, accounts=[account], actor=make.actor())
    start_return(session, phone, actor=make.actor())
    prove = {
        CheckName.PIN: lambda: rotate_pin(session, tools, phone),
        CheckName.BACKUP: lambda: back_up(session, phone),
        CheckName.ACCOUNTS: lambda: change_password(session, tools, account),
    }
    look(session, tools, make, phone)
    unbind(session, make, phone)
    for other in set(prove) - {name}:
        prove[other]()

    with pytest.raises(GateOpen) as refusal:
        accept(session, phone, actor=make.actor())

    assert refusal.value.open == [name.value]
    assert refusal.value.checks[0]["advice"]
    assert phone.state is State.RETURNING


def test_a_waiver_lets_it_pass_and_says_who_and_why(session, tools, make, phone, ann):
    return_with_proof(session, tools, make, phone, ann)
    look(session, tools, make, phone, signed_in=("com.xiaomi",))
    boss = make.actor(name="Chen Hao")

    waive(session, phone, check=CheckName.VENDOR_ACCOUNT, reason="board is scrapped", actor=boss)
    taken = accept(session, phone, actor=make.actor(Role.OPERATOR))

    stood = {item["check"]: item for item in taken.certificate.checks}
    assert stood["vendor_account"]["waived_by"] == "Chen Hao"
    accepted = next(item for item in recorded(session) if item.name == "device.accepted")
    assert accepted.checks["vendor_account"] == "Chen Hao"


def test_an_operator_cannot_waive(session, make, phone):
    with pytest.raises(NotAllowed):
        waive(
            session,
            phone,
            check=CheckName.PIN,
            reason="in a hurry",
            actor=make.actor(Role.OPERATOR),
        )


def test_a_waiver_of_an_earlier_return_is_spent(session, tools, make, phone, ann):
    start_return(session, phone, actor=make.actor())
    waive(session, phone, check=CheckName.PIN, reason="screen is broken", actor=make.actor())
    assert check(session, phone, CheckName.PIN).ok

    phone.returning_since += timedelta(seconds=60)

    assert check(session, phone, CheckName.PIN).ok is False


def test_accepting_ends_the_holdings_and_plans_the_wipe(session, tools, make, phone, ann):
    account, sim = make.account(), make.sim()
    issue(session, to=ann, accounts=[account], sims=[sim], actor=make.actor())
    return_with_proof(session, tools, make, phone, ann)
    look(session, tools, make, phone, sims=(sim,))
    change_password(session, tools, account)

    taken = accept(session, phone, witness="Chen Hao", actor=make.actor())

    assert (phone.state, open_holding(session, phone)) == (State.ACCEPTED, None)
    assert held_by(session, ann) == []
    assert (account.state.value, sim.state.value) == ("in_stock", "in_stock")
    assert rests_until(sim) is not None  # its number was somebody's
    assert (taken.wipe.kind, taken.wipe.state) == (JobKind.WIPE, JobState.WAITING)
    assert (taken.certificate.number[:3], taken.certificate.witness) == ("CC-", "Chen Hao")
    assert taken.certificate.employee_id == ann.id


def test_a_refused_acceptance_leaves_nothing_behind(session, make, phone):
    start_return(session, phone, actor=make.actor())
    session.commit()

    with pytest.raises(GateOpen):
        accept(session, phone, actor=make.actor())
    session.rollback()

    assert session.scalars(select(Certificate)).all() == []
    assert session.scalars(select(Job).where(Job.kind == JobKind.WIPE)).all() == []


def test_only_a_phone_that_is_out_can_be_accepted(session, make):
    with pytest.raises(MoveNotAllowed):
        accept(session, make.device(), actor=make.actor())


def test_a_lost_phone_that_was_found_passes_the_gate_too(session, tools: Tools, make):
    found = make.device(state=State.LOST)
    found.move(Move.FIND)
    session.flush()

    with pytest.raises(GateOpen) as refusal:
        accept(session, found, actor=make.actor())

    assert set(refusal.value.open) == {*("identity", "seen", "pin", "backup", "vendor_account")}


def test_proofs_of_an_earlier_return_are_spent(session, tools, make, phone, ann):
    return_with_proof(session, tools, make, phone, ann)
    accept(session, phone, actor=make.actor())
    phone.move(Move.RESTOCK)
    issue(session, to=make.employee(), devices=[phone], actor=make.actor())
    rotate_pin(session, tools, phone)
    back_up(session, phone)
    look(session, tools, make, phone)

    assert {CheckName.PIN, CheckName.BACKUP, CheckName.HANDED_BACK} <= open_checks(session, phone)


def test_the_chat_history_is_asked_for_where_the_plan_says_so(session, tools, make, phone, ann):
    return_with_proof(session, tools, make, phone, ann)
    assert gate(session, phone).open == []
    demanded = PLANS.built_in["chat-history"].content.model_copy(
        update={"return_needs": Level.DECLARED}
    )
    edit_plan(session, "chat-history", demanded, reason="agreed", actor=make.actor())

    seen = check(session, phone, CheckName.CHAT_HISTORY)
    assert (seen.ok, seen.level, seen.needed) == (False, Level.NONE, Level.DECLARED)
    assert f"chat-history declare {phone.tag}" in seen.advice

    given = {"what": Attested.MADE, "how": How.VENDOR_CLONE, "note": "at the desk"}
    declare_chats(session, phone, **given, actor=make.actor())

    assert check(session, phone, CheckName.CHAT_HISTORY).ok


def test_the_chat_history_can_be_waived(session, make, phone):
    start_return(session, phone, actor=make.actor())
    demanded = PLANS.built_in["chat-history"].content.model_copy(
        update={"return_needs": Level.VERIFIED}
    )
    edit_plan(session, "chat-history", demanded, reason="agreed", actor=make.actor())
    given = {"check": CheckName.CHAT_HISTORY, "reason": "the screen is broken"}
    assert not check(session, phone, CheckName.CHAT_HISTORY).ok

    waive(session, phone, **given, actor=make.actor())

    assert check(session, phone, CheckName.CHAT_HISTORY).ok
