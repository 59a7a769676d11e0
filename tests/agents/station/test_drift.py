"""A person changes the PIN behind our back: what the phone counts, and what the house knows."""

from datetime import timedelta

import pytest
from sqlalchemy import select, true

from agents.handset.framework.lock import Kind
from fleet.compliance.checks import ask_check
from fleet.compliance.models import Finding, PinCheck
from fleet.compliance.rules.catalogue import OF_THE_PIN
from fleet.conduct.models import Violation
from fleet.contracts.clock import now
from fleet.contracts.findings import CheckResult, Rule
from fleet.contracts.incidents import IncidentState, MeasureState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.custody.issuing import issue
from fleet.devices.models import Device
from fleet.incidents.models import Incident
from fleet.rotation.services import plan_rotation
from fleet.vault.queries import known_credential, pin_of
from fleet.vault.services import adopt
from tests.agents.station.desk import (
    CLERK,
    ended,
    level_in_vault,
    present,
    rotation_due,
    until,
    value_in_vault,
)
from tests.factories import Make

pytestmark = pytest.mark.handset

OWN = "190264"  # what its holder sets
# Values tried: the old one, a wrong one as the build is new, the new one, the old one, the new one.
OF_A_ROTATION = 5


@pytest.fixture
def issued(desk, agent, handset):
    """Give a phone with a proven PIN in somebody's hands, last rotated two days ago."""
    until(lambda: present(desk, handset))
    rotation = rotation_due(desk, handset)
    assert until(lambda: ended(desk, rotation)).state is RotationState.PROVEN
    with desk.acting() as session:
        device = mine(session, handset)
        issue(session, to=Make(session).employee(), devices=[device], actor=CLERK)
        known_credential(session, pin_of(device)).changed_at = now() - timedelta(days=2)
    handset.lock.wrong_total = 0  # the rotation's own control is not of interest here
    return handset


def mine(session, handset):
    return session.scalars(select(Device).where(Device.serial == handset.serial)).one()


def come_again(desk, handset):
    handset.unplug()
    until(lambda: not present(desk, handset))
    handset.plug_in()
    until(lambda: present(desk, handset))


def found(desk, table):
    """Return the rows of a table; of findings those of the PIN, and not what else a visit saw."""
    of_it = table.rule.in_(OF_THE_PIN) if table is Finding else true()
    with desk.looking() as session:
        return session.scalars(select(table).where(of_it)).all()


def check_ended(desk, count=1):
    with desk.looking() as session:
        rows = session.scalars(select(PinCheck).order_by(PinCheck.planned_at)).all()
        ends = [row for row in rows if row.ended_at]
        return ends if len(ends) >= count else None


def attempts(handset):
    """Return what was tried on the phone since its rotation."""
    return [line for line in handset.journal if "verify --old" in line][OF_A_ROTATION:]


def test_a_pin_that_still_opens_it_is_confirmed_and_nothing_is_counted(desk, issued):
    come_again(desk, issued)

    [check] = until(lambda: check_ended(desk))

    assert (check.result, check.wrong_attempts) == (CheckResult.ACCEPTED, 0)
    assert len(attempts(issued)) == 1
    assert level_in_vault(desk, issued) is Level.PROVEN


def test_a_pin_changed_by_its_holder_is_found_for_one_attempt_and_nothing_is_lost(desk, issued):
    kept = value_in_vault(desk, issued)
    issued.person.change_pin(OWN)

    come_again(desk, issued)
    [check] = until(lambda: check_ended(desk))
    come_again(desk, issued)

    [finding], [incident], [draft] = (found(desk, kind) for kind in (Finding, Incident, Violation))
    assert (check.result, finding.rule) == (CheckResult.REFUSED, Rule.PIN_REFUSED)
    assert draft.finding_id == incident.finding_id == finding.id
    assert issued.lock.wrong_total == len(attempts(issued)) == 1
    assert value_in_vault(desk, issued) == kept
    assert desk.trail_is_whole()


def test_the_pin_that_its_holder_tells_is_rotated_and_all_of_it_closes(desk, issued):
    issued.person.change_pin(OWN)
    come_again(desk, issued)
    until(lambda: check_ended(desk))
    with desk.acting() as session:
        device = mine(session, issued)
        subject = pin_of(device)
        adopt(session, desk.tools, subject, value=OWN, reason="told by its holder", actor=CLERK)
        rotation = plan_rotation(session, desk.tools, device, reason="recover", actor=CLERK).id

    until(lambda: ended(desk, rotation))
    until(lambda: level_in_vault(desk, issued) is Level.PROVEN)

    assert issued.lock.secret == value_in_vault(desk, issued) != OWN
    [finding], [incident] = found(desk, Finding), found(desk, Incident)
    assert (finding.closed_because, incident.state) == ("rotated", IncidentState.OPEN)
    with desk.looking() as session:
        [measure] = session.merge(incident, load=False).measures
        assert (measure.state, measure.level) == (MeasureState.DONE, Level.PROVEN)


@pytest.mark.parametrize(
    ("kind", "secret", "rule"),
    [(Kind.NONE, "", Rule.LOCK_REMOVED), (Kind.PATTERN, "1478", Rule.LOCK_REPLACED)],
)
def test_a_lock_removed_or_replaced_is_found_without_an_attempt(desk, issued, kind, secret, rule):
    issued.person.change_lock(kind, secret)

    come_again(desk, issued)
    until(lambda: check_ended(desk))

    assert [one.rule for one in found(desk, Finding)] == [rule]
    assert attempts(issued) == []
    assert issued.lock.wrong_total == 0


def test_a_person_has_a_phone_asked_again_that_took_its_pin_back(desk, issued):
    kept = value_in_vault(desk, issued)
    issued.person.change_pin(OWN)
    come_again(desk, issued)
    until(lambda: check_ended(desk))
    issued.person.change_pin(kept)
    with desk.acting() as session:
        ask_check(session, mine(session, issued), actor=CLERK)

    until(lambda: check_ended(desk, 2))

    assert [one.closed_because for one in found(desk, Finding)] == ["accepted"]
    assert level_in_vault(desk, issued) is Level.VERIFIED
