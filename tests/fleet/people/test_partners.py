"""Partners are registered once, warned and given up with a reason."""

import pytest

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.people import PartnerQuery, PartnerState
from fleet.people.errors import PartnerNameTaken, PartnerNotFound, PartnerStateAlready
from fleet.people.partners import (
    add_partner,
    correct_partner,
    judge_partner,
    partner,
    partners,
)


@pytest.fixture
def actor(make):
    return make.actor(Role.OPERATOR)


def test_a_partner_is_registered_once(session, make, actor):
    place = make.department()
    add_partner(session, name="某某科技", contact="赵敏", department=place, actor=actor)

    with pytest.raises(PartnerNameTaken):
        add_partner(session, name="某某科技", actor=actor)

    found = partner(session, "某某科技")
    assert (found.state, found.contact, found.department) == (
        PartnerState.ACTIVE,
        "赵敏",
        place,
    )


def test_a_partner_is_warned_given_up_and_taken_up_again(session, make, actor):
    one = make.partner()
    for state in (PartnerState.WARNED, PartnerState.ENDED, PartnerState.ACTIVE):
        judge_partner(session, one, state=state, reason="as agreed", actor=actor)
        assert (one.state, one.because) == (state, "as agreed")
        with pytest.raises(PartnerStateAlready):
            judge_partner(session, one, state=state, reason="again", actor=actor)

    told = [(said.former, said.state) for said in recorded(session)]
    assert told[0] == (PartnerState.ACTIVE, PartnerState.WARNED)


def test_partners_are_found_by_state_department_and_name(session, make, actor):
    one = make.partner(name="某某科技")
    other = make.partner(name="另一家", state=PartnerState.ENDED)

    def names(**given):
        rows, _mark = partners(session, PartnerQuery(**given), actor=actor)
        return [row.name for row in rows]

    assert names(state=PartnerState.ENDED) == [other.name]
    assert names(department=one.department.code) == [one.name]
    assert names(q="科技") == [one.name]


def test_who_speaks_for_a_partner_is_corrected(session, make, actor):
    one = make.partner()

    correct_partner(session, one, {"contact": "李雷"}, actor=actor)

    assert (one.contact, recorded(session)[-1].name) == ("李雷", "partner.corrected")


def test_what_is_not_there_is_not_found_and_not_everybody_writes(session, make):
    with pytest.raises(PartnerNotFound):
        partner(session, "nobody")
    with pytest.raises(NotAllowed):
        add_partner(session, name="X", actor=make.actor(Role.AUDITOR))
