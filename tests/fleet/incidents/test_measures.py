"""Measures end by what the house sees, or by somebody's word; an incident ends after them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.accounts.lifecycle import Move as AccountMove
from fleet.accounts.services import move_account
from fleet.contracts.clock import now
from fleet.contracts.incidents import (
    IncidentKind,
    IncidentQuery,
    IncidentState,
    MeasureKind,
    MeasureState,
)
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.incidents.errors import (
    IncidentClosed,
    MeasureEnded,
    MeasureNotFound,
    MeasuresOpen,
)
from fleet.incidents.models import Incident
from fleet.incidents.queries import counted, incidents
from fleet.incidents.services import close, end_measure, report
from fleet.reports.queries import summary
from fleet.rotation.services import end, plan_rotation
from fleet.sims.lifecycle import Move as SimMove
from fleet.sims.services import move_sim
from fleet.vault.services import promote, reveal
from tests.fleet.custody.proofs import rotate_pin

LEAKED = IncidentKind.PASSWORD_LEAKED


@pytest.fixture
def desk(make):
    return make.actor()


@pytest.fixture
def leaked(session, tools, held, desk):
    """Give the incident of a PIN that others know."""
    rotate_pin(session, tools, held.phone)
    incident, _ = report(session, tools, LEAKED, [held.phone], actor=held.actor)
    session.commit()
    return incident


def rotated(session, tools, thing, level, actor, *, shown=False):
    rotation = plan_rotation(session, tools, thing, reason="incident", actor=actor)
    if shown:
        reveal(
            session, tools, rotation.credential, reason="x", ticket=None, pending=True, actor=actor
        )
    promote(session, tools, rotation.version, level, actor=actor)
    end(session, rotation, RotationState(level.value), level, actor=actor)
    return rotation


def test_a_proven_rotation_ends_its_measure_by_itself(session, tools, held, desk, leaked):
    rotated(session, tools, held.phone, Level.PROVEN, desk)

    [measure] = leaked.measures
    assert (measure.state, measure.level) == (MeasureState.DONE, Level.PROVEN)


def test_a_rotation_that_failed_ends_nothing(session, tools, held, desk, leaked):
    rotation = plan_rotation(session, tools, held.phone, reason="x", actor=desk)
    end(session, rotation, RotationState.REFUSED, Level.NONE, actor=desk)

    assert leaked.measures[0].state is MeasureState.OPEN


def test_a_value_that_was_shown_before_the_report_is_as_good_as_leaked(session, tools, held, desk):
    rotate_pin(session, tools, held.phone)
    rotation = plan_rotation(session, tools, held.phone, reason="x", actor=desk)
    reveal(session, tools, rotation.credential, reason="x", ticket=None, pending=True, actor=desk)
    incident, _ = report(session, tools, LEAKED, [held.phone], actor=held.actor)

    promote(session, tools, rotation.version, Level.PROVEN, actor=desk)
    end(session, rotation, RotationState.PROVEN, Level.PROVEN, actor=desk)

    assert incident.measures[0].state is MeasureState.OPEN


def test_a_password_changed_by_a_person_ends_its_measure(session, tools, held, desk):
    incident, _ = report(session, tools, LEAKED, [held.account], actor=held.actor)

    rotated(session, tools, held.account, Level.OBSERVED, desk, shown=True)

    assert incident.measures[0].level is Level.OBSERVED


def test_freezing_and_blocking_end_theirs(session, tools, held, desk):
    incident, _ = report(session, tools, IncidentKind.STOLEN, [held.phone], actor=desk)
    move_account(session, held.account, move=AccountMove.FREEZE, reason="stolen", actor=desk)
    held.sim.state = held.sim.state.IN_STOCK  # the register suspends what is in stock
    move_sim(session, held.sim, move=SimMove.SUSPEND, reason="lost", actor=desk)

    still = [one.kind for one in incident.measures if one.state is MeasureState.OPEN]

    assert still == [MeasureKind.CHANGE]


def test_a_persons_word_is_declared_and_a_waiver_says_why(session, tools, held, desk):
    incident, _ = report(session, tools, IncidentKind.STOLEN, [held.phone], actor=desk)
    sim, account = (one for one in incident.measures if one.kind in {"block_sim", "change_value"})

    end_measure(session, incident, sim.number, note="10086 has blocked it", actor=desk)
    end_measure(session, incident, account.number, note="deregistered", not_needed=True, actor=desk)

    states = {one.state: one.level for one in (sim, account)}
    assert states == {MeasureState.DONE: Level.DECLARED, MeasureState.NOT_NEEDED: Level.NONE}


def test_what_has_ended_does_not_end_again(session, tools, held, desk, leaked):
    end_measure(session, leaked, 1, note="changed by hand", actor=desk)

    with pytest.raises(MeasureEnded):
        end_measure(session, leaked, 1, note="again", actor=desk)
    with pytest.raises(MeasureNotFound):
        end_measure(session, leaked, 2, note="which", actor=desk)


def test_an_incident_closes_only_once_nothing_is_open(session, tools, held, desk, leaked):
    with pytest.raises(MeasuresOpen, match="1"):
        close(session, leaked, note="done", actor=desk)
    end_measure(session, leaked, 1, note="changed by hand", actor=desk)

    close(session, leaked, note="done", actor=desk)

    assert (leaked.state, leaked.closed_by) == (IncidentState.CLOSED, desk.name)
    with pytest.raises(IncidentClosed):
        close(session, leaked, note="again", actor=desk)


def test_after_it_is_closed_a_report_opens_a_new_one(session, tools, held, desk, leaked):
    end_measure(session, leaked, 1, note="changed by hand", actor=desk)
    close(session, leaked, note="done", actor=desk)

    again, joined = report(session, tools, LEAKED, [held.phone], actor=held.actor)

    assert (again.number != leaked.number, joined) == (True, False)


def test_what_is_overdue_shows_in_the_day(session, tools, held, desk, leaked):
    assert counted(session) == (1, 0)
    leaked.measures[0].due_at = now() - timedelta(minutes=1)
    session.flush()

    day = summary(session, tools.settings, actor=desk)
    late, _ = incidents(session, IncidentQuery(overdue=True), actor=desk)

    assert (day.incidents_open, day.measures_overdue) == (1, 1)
    assert [one.number for one in late] == [leaked.number]


def test_more_incidents_do_not_mean_more_questions(session, tools, make, desk, count_queries):
    from fleet.custody.issuing import issue
    from fleet.incidents.queries import shown

    def fill(count):
        for _ in range(count):
            phone = make.device()
            issue(session, to=make.employee(), devices=[phone], actor=desk)
            report(session, tools, LEAKED, [phone], actor=desk)
        session.flush()
        session.expire_all()

    def asked():
        with count_queries() as sent:
            rows, _ = incidents(session, IncidentQuery(limit=100), actor=desk)
            assert [shown(row) for row in rows]
        return len(sent)

    fill(1)
    few = asked()
    fill(4)

    assert asked() == few
    assert len(session.scalars(select(Incident)).all()) == 5
