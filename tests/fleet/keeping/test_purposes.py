"""What a backup is made for follows from why it is made, where nobody says so."""

import pytest

from fleet.backups.services import plan_backup
from fleet.contracts.backups import BackupState
from fleet.contracts.incidents import IncidentKind
from fleet.contracts.keeping import Purpose
from fleet.custody.issuing import issue
from fleet.devices.lifecycle import State
from fleet.incidents.services import report


@pytest.fixture
def purpose(session, tools, make):
    def of(device, **given) -> Purpose:
        planned = plan_backup(session, tools, device, reason="x", actor=make.actor(), **given)
        return planned.purpose

    return of


def test_an_ordinary_one_is_routine(make, purpose):
    assert purpose(make.device(State.ISSUED)) is Purpose.ROUTINE


def test_of_a_phone_on_its_way_back_it_is_for_the_return(make, purpose):
    assert purpose(make.device(State.RETURNING)) is Purpose.RETURN


def test_what_somebody_says_counts(make, purpose):
    phone = make.device(State.RETURNING)

    assert purpose(phone, purpose=Purpose.LEAVING) is Purpose.LEAVING


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(IncidentKind.STOLEN, Purpose.INCIDENT), (IncidentKind.DRIFT, Purpose.ROUTINE)],
)
def test_while_something_has_happened_to_it_it_is_for_that(
    session, tools, make, purpose, kind, expected
):
    phone = make.device()
    issue(session, to=make.employee(), devices=[phone], sims=[], accounts=[], actor=make.actor())
    report(session, tools, kind, [phone], actor=make.actor())

    assert purpose(phone) is expected


def test_what_ended_before_is_settled_and_not_judged_again(shelf):
    judged = {state: shelf.backup(state=state).is_settled for state in BackupState}

    assert {state for state, settled in judged.items() if settled} == {
        BackupState.COMPLETE,
        BackupState.CANCELLED,
        BackupState.DAMAGED,
        BackupState.DELETING,
        BackupState.DELETED,
    }
