"""A draft names who alone can have done it; few see it, and people decide."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from fleet.access.actor import SYSTEM, Actor, HeldRole
from fleet.access.errors import NotAllowed
from fleet.compliance.findings import open_finding
from fleet.conduct import approvals
from fleet.conduct.errors import NotOnesOwnViolation, ViolationDecided, ViolationNotFound
from fleet.conduct.models import Violation
from fleet.conduct.queries import violation, violations
from fleet.conduct.services import dismiss, keep
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.findings import Rule
from fleet.contracts.violations import ViolationQuery, ViolationState
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.vault.queries import pin_of
from fleet.vault.services import credential_for


@pytest.fixture
def ann(make):
    return make.employee()


@pytest.fixture
def phone(session, make, ann):
    device = make.device()
    issue(session, to=ann, devices=[device], actor=make.actor())
    credential_for(session, pin_of(device))
    return device


def found(session, tools, phone, **given):
    told = {"since": now() - timedelta(hours=1), "digest": "0" * 64, **given}
    return open_finding(session, tools, phone, Rule.PIN_REFUSED, actor=SYSTEM, **told)


def drafts(session):
    return list(session.scalars(select(Violation)))


def actor(role, *, department=None, employee=None):
    return Actor(uuid4(), role, (HeldRole(role, department),), employee_id=employee)


def test_a_finding_on_a_held_phone_is_drafted_once(session, tools, phone, ann):
    finding = found(session, tools, phone)
    found(session, tools, phone)

    [draft] = drafts(session)

    assert (draft.employee, draft.clause, draft.finding) == (ann, "A7", finding)
    assert draft.state is ViolationState.DRAFT


def test_a_phone_that_nobody_holds_accuses_nobody(session, tools, make):
    found(session, tools, make.device())

    assert drafts(session) == []


def test_where_two_held_it_in_that_time_nobody_is_named(session, tools, make, phone):
    bob = make.employee()
    before = Holding(
        thing="device",
        device=phone,
        employee=bob,
        issued_at=now() - timedelta(days=9),
        issued_by="x",
        returned_at=now() - timedelta(minutes=30),
    )
    session.add(before)
    session.flush()

    found(session, tools, phone)

    assert drafts(session) == []


def test_whoever_gave_it_back_before_all_was_well_is_not_named(session, tools, make, phone, ann):
    session.add(
        Holding(
            thing="device",
            device=phone,
            employee=make.employee(),
            issued_at=now() - timedelta(days=9),
            issued_by="x",
            returned_at=now() - timedelta(days=2),
        )
    )
    session.flush()

    found(session, tools, phone)

    assert [one.employee for one in drafts(session)] == [ann]


def test_where_a_station_may_have_done_it_nobody_is_named(session, tools, phone):
    found(session, tools, phone, by_a_station=True)

    assert drafts(session) == []


def test_an_approved_request_covers_the_change(session, tools, phone, ann, monkeypatch):
    asked = []

    def approved(_session, credential, employee, since):
        asked.append((credential.subject, employee, since is not None))
        return True

    monkeypatch.setattr(approvals, "APPROVED", [approved])

    found(session, tools, phone)

    assert drafts(session) == []
    assert asked == [(phone.tag, ann, True)]


def test_few_see_a_draft(session, tools, make, phone, ann):
    found(session, tools, phone)
    other = make.employee()
    seen = {
        "himself": actor(Role.EMPLOYEE, employee=ann.id),
        "another": actor(Role.EMPLOYEE, employee=other.id),
        "his head": actor(Role.MANAGER, department=ann.department_id),
        "another head": actor(Role.MANAGER, department=other.department_id),
        "supervisor": actor(Role.SUPERVISOR),
        "auditor": actor(Role.AUDITOR),
    }

    count = {
        name: len(violations(session, ViolationQuery(), actor=who)[0]) for name, who in seen.items()
    }

    assert [name for name, number in count.items() if number] == [
        "himself",
        "his head",
        "supervisor",
        "auditor",
    ]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OPERATOR, Role.SECURITY])
def test_it_is_none_of_the_desks_business(session, role):
    with pytest.raises(NotAllowed):
        violations(session, ViolationQuery(), actor=actor(role))


@pytest.mark.parametrize(("decide", "state"), [(dismiss, "dismissed"), (keep, "kept")])
def test_a_draft_is_decided_once_with_a_reason(session, tools, phone, ann, decide, state):
    found(session, tools, phone)
    [draft] = drafts(session)
    head = actor(Role.MANAGER, department=ann.department_id)

    decide(session, draft.number, reason="she was told to", actor=head)

    assert (draft.state, draft.decided_by, draft.reason) == (state, head.name, "she was told to")
    with pytest.raises(ViolationDecided):
        dismiss(session, draft.number, reason="again", actor=head)


def test_nobody_decides_on_his_own(session, tools, phone, ann):
    found(session, tools, phone)
    [draft] = drafts(session)
    herself = actor(Role.MANAGER, department=ann.department_id, employee=ann.id)

    with pytest.raises(NotOnesOwnViolation):
        dismiss(session, draft.number, reason="it was not me", actor=herself)
    with pytest.raises(NotAllowed):
        dismiss(session, draft.number, reason="it was not me", actor=actor(Role.AUDITOR))


def test_a_draft_out_of_reach_does_not_exist(session, tools, make, phone):
    found(session, tools, phone)
    [draft] = drafts(session)

    with pytest.raises(ViolationNotFound):
        violation(session, draft.number, actor=actor(Role.MANAGER, department=uuid4()))
