"""A number that was somebody's rests, and none is given away while it opens an account."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from fleet.access.errors import NotAllowed
from fleet.accounts.lifecycle import Move as AccountMove
from fleet.accounts.services import add_account, correct_account, move_account
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.sims import SimQuery
from fleet.custody.errors import AlreadyHeld, NumberBoundToOthers, NumberInQuarantine
from fleet.custody.issuing import issue
from fleet.custody.numbers import replace_card
from fleet.custody.queries import holders, open_holding
from fleet.custody.register import sims
from fleet.custody.services import return_sim
from fleet.database import make_sessions
from fleet.errors import FleetError
from fleet.people.models import Employee
from fleet.sims.errors import NumberBound, NumberGone, SimMoveNotAllowed, SimTaken
from fleet.sims.lifecycle import Move, State
from fleet.sims.models import Sim
from fleet.sims.numbers import QUARANTINE_DAYS, number_policy, set_number_policy
from fleet.sims.queries import sim
from fleet.sims.services import add_sim, move_sim
from fleet.vault.models import Credential
from tests.factories import Make
from tests.fleet.custody.test_two_operators import at_once

NEW = "89860012345678905678"


@pytest.fixture
def freed(session, make):
    """Give a SIM that somebody has just given back."""
    card = make.sim()
    issue(session, to=make.employee(), sims=[card], actor=make.actor())
    return_sim(session, card, actor=make.actor())
    return card


def test_a_freed_number_rests_as_long_as_the_policy_says(session, make, freed):
    rests = freed.quarantined_until - now()
    assert timedelta(days=QUARANTINE_DAYS - 1) < rests <= timedelta(days=QUARANTINE_DAYS)

    (line,), _mark = sims(session, SimQuery(quarantined=True), actor=make.actor())

    assert (line.number, line.quarantined_until) == (freed.number, freed.quarantined_until)


def test_another_is_not_handed_a_number_that_rests(session, make, freed):
    with pytest.raises(NumberInQuarantine) as refusal:
        issue(session, to=make.employee(), sims=[freed], actor=make.actor(Role.OPERATOR))

    assert refusal.value.until == freed.quarantined_until.astimezone().date().isoformat()


def test_whoever_had_it_gets_it_back_at_any_time(session, make):
    card, ann = make.sim(), make.employee()
    issue(session, to=ann, sims=[card], actor=make.actor())
    return_sim(session, card, actor=make.actor())

    issue(session, to=ann, sims=[card], actor=make.actor(Role.OPERATOR))

    assert (card.state, card.quarantined_until) == (State.ISSUED, None)


def test_a_number_that_has_rested_is_handed_out(session, make, freed):
    freed.quarantined_until = now() - timedelta(seconds=1)

    issue(session, to=make.employee(), sims=[freed], actor=make.actor(Role.OPERATOR))

    assert freed.state is State.ISSUED


def test_an_exception_is_for_whoever_may_waive_and_is_kept(session, make, freed):
    given = {"to": make.employee(), "sims": [freed], "exception": "the same desk"}
    with pytest.raises(NumberInQuarantine):
        issue(session, **given, actor=make.actor(Role.OPERATOR))

    [holding] = issue(session, **given, actor=make.actor(Role.ADMINISTRATOR)).holdings

    assert holding.exception == "the same desk"
    assert recorded(session)[-1].exception == "the same desk"


def test_how_long_numbers_rest_is_for_security_to_say(session, make, freed):
    before = freed.quarantined_until
    with pytest.raises(NotAllowed):
        set_number_policy(session, quarantine_days=0, reason="why", actor=make.actor(Role.OPERATOR))

    set_number_policy(session, quarantine_days=0, reason="a trial", actor=make.actor(Role.SECURITY))

    assert number_policy(session, actor=make.actor()).quarantine_days == 0
    assert freed.quarantined_until == before  # what was said of it stays
    other = make.sim()
    issue(session, to=make.employee(), sims=[other], actor=make.actor())
    return_sim(session, other, actor=make.actor())
    assert other.quarantined_until is None


def test_a_number_that_opens_anothers_account_is_not_reused(session, make, freed):
    freed.quarantined_until = None
    account = make.account(number=freed.number)

    with pytest.raises(NumberBoundToOthers) as refusal:
        issue(session, to=make.employee(), sims=[freed], actor=make.actor(Role.OPERATOR))
    assert refusal.value.accounts == account.handle

    given = {"sims": [freed], "accounts": [account]}
    issue(session, to=make.employee(), **given, actor=make.actor(Role.OPERATOR))
    assert freed.state is State.ISSUED


def test_a_new_number_of_an_account_that_is_out_is_warned_of(session, make):
    card, ann = make.sim(), make.employee()
    account = make.account(number=card.number)
    issue(session, to=ann, accounts=[account], actor=make.actor())

    assert issue(session, to=make.employee(), sims=[card], actor=make.actor()).warnings
    other = make.sim()
    account.number = other.number
    assert issue(session, to=ann, sims=[other], actor=make.actor()).warnings == []


def test_a_number_that_is_bound_is_not_cancelled(session, make):
    card = make.sim()
    account = make.account(number=card.number)

    move_sim(session, card, move=Move.GIVE_UP, reason="nobody needs it", actor=make.actor())
    with pytest.raises(NumberBound) as refusal:
        move_sim(session, card, move=Move.CANCEL, reason="done", actor=make.actor())
    assert account.handle in str(refusal.value)

    move_account(session, account, move=AccountMove.DEREGISTER, reason="gone", actor=make.actor())
    move_sim(session, card, move=Move.CANCEL, reason="done", actor=make.actor())
    assert (card.state, card.quarantined_until is None) == (State.CANCELLED, False)


def test_a_number_that_is_given_up_is_handed_to_nobody(session, make):
    card = make.sim(state=State.TO_BE_CANCELLED)

    with pytest.raises(SimMoveNotAllowed):
        issue(session, to=make.employee(), sims=[card], actor=make.actor())
    move_sim(session, card, move=Move.KEEP, reason="needed", actor=make.actor())
    issue(session, to=make.employee(), sims=[card], actor=make.actor())


def test_no_account_is_bound_to_a_number_that_is_gone(session, make):
    card = make.sim(state=State.CANCELLED)

    with pytest.raises(NumberGone):
        add_account(session, handle="wx-1", number=card.number, actor=make.actor())


def test_a_number_comes_back_on_another_card_and_rests_on(session, make, freed):
    move_sim(session, freed, move=Move.CANCEL, reason="done", actor=make.actor())

    again = add_sim(session, number=freed.number, iccid=NEW, actor=make.actor())

    assert sim(session, freed.number) is again
    assert sim(session, freed.iccid) is freed
    with pytest.raises(NumberInQuarantine):
        issue(session, to=make.employee(), sims=[again], actor=make.actor(Role.OPERATOR))


def test_a_new_card_takes_the_place_of_the_old(session, make):
    card, ann = make.sim(plan="59"), make.employee()
    make.account(number=card.number)
    issue(session, to=ann, sims=[card], actor=make.actor())
    code = Credential(kind=CredentialKind.SIM_PIN, sim_id=card.id, subject="x", due_at=now())
    session.add(code)

    new = replace_card(session, card, iccid=NEW, reason="broken", actor=make.actor())

    assert (card.state, new.state, new.plan) == (State.CANCELLED, State.ISSUED, "59")
    assert open_holding(session, new).employee is ann
    assert open_holding(session, card) is None
    assert (code.sim_id, code.due_at) == (card.id, None)
    assert sim(session, new.number) is new
    assert card.iccid not in str(recorded(session)[-1])
    with pytest.raises(SimTaken):
        replace_card(session, new, iccid=card.iccid, reason="again", actor=make.actor())


def test_the_day_of_a_count_is_today_where_none_is_said(session, make):
    account = make.account()

    correct_account(session, account, {"contacts": 214}, actor=make.actor())

    assert account.contacts_on == now().astimezone().date()


@pytest.mark.parametrize("first", ["return", "issue"])
def test_of_two_who_give_back_and_hand_out_a_number_one_is_refused(engine: Engine, first):
    """Whoever comes second finds the number with its holder, or resting: never with two."""
    own_sessions = make_sessions(engine)
    with own_sessions.begin() as session:
        make = Make(session)
        card, ann, ben = make.sim(), make.employee(), make.employee()
        issue(session, to=ann, sims=[card], actor=make.actor())
    operator = make.actor(Role.OPERATOR)
    acts = ["return", "issue"] if first == "return" else ["issue", "return"]

    def act(n: int) -> None:
        with own_sessions.begin() as session:
            held = session.get_one(Sim, card.id)
            if acts[n] == "return":
                return_sim(session, held, actor=operator)
            else:
                issue(session, to=session.get_one(Employee, ben.id), sims=[held], actor=operator)

    refusals = at_once(act, 2)

    assert [type(one) for one in refusals] in ([NumberInQuarantine], [AlreadyHeld])
    assert all(isinstance(one, FleetError) for one in refusals)
    with own_sessions() as session:
        assert holders(session, "sim", [card.id]) == {}
