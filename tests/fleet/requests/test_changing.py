"""An approved request is appointed, closed by the proof of the change, and handed over once."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.access.policy import change_policy
from fleet.audit.services import recorded
from fleet.cases.opening import open_leaving
from fleet.contracts.access import AccessPolicyIn, Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.requests import Ended, Handed, RequestKind, RequestQuery, RequestState
from fleet.contracts.rotation import PinOutcome, RotationState
from fleet.contracts.stations import JobState
from fleet.custody.issuing import issue
from fleet.custody.queries import open_holding
from fleet.custody.services import close, return_sim, start_return
from fleet.requests import errors
from fleet.requests.appointments import appoint
from fleet.requests.handing import hand_over
from fleet.requests.queries import approved_for, requests, shown, today
from fleet.requests.services import ask, decide, withdraw
from fleet.rotation.queries import live_rotation
from fleet.rotation.services import plan_rotation
from fleet.stations.errors import JobUnderWay
from fleet.stations.jobs import cancel_job
from fleet.stations.queries import station_named
from fleet.stations.services import revoke
from fleet.vault import services as vault
from fleet.vault.queries import active_value, code_of, pin_of
from tests.fleet.requests.company import OLD, SOON
from tests.fleet.stations.desk import proven, steps


def settled(company, post, request=None, at=None):
    """Return an approved request whose appointment IT has settled."""
    request = request or company.approved()
    place = station_named(company.session, post.name)
    appoint(
        company.session,
        company.tools,
        request,
        station=place,
        at=at or company.soon(),
        actor=company.liu,
    )
    company.session.commit()
    return request


def at_the_appointment(ticks=SOON + timedelta(minutes=1)):
    return time_machine.travel(now() + ticks, tick=True)


@pytest.fixture
def changed(company, desk, post):
    """Give a request whose change a station has proven."""
    desk.plug_in(post, company.phone)
    request = settled(company, post)
    with at_the_appointment():
        desk.done(post, desk.lease(post), proven())
        yield request


def value(company):
    return active_value(company.session, company.tools.keyring, pin_of(company.phone))


def view(company, request, actor=None, how=Handed.SHOWN):
    actor = actor or company.as_(company.ann)
    return hand_over(company.session, company.tools, request, how=how, actor=actor)


def test_the_change_waits_for_the_appointment(company, desk, post):
    desk.plug_in(post, company.phone)
    request = settled(company, post)

    assert request.state is RequestState.APPOINTED
    assert desk.sync(post).leases == []
    with at_the_appointment():
        assert desk.lease(post)


def test_a_proven_change_closes_it_with_its_level(company, changed):
    assert (changed.state, changed.level) == (RequestState.DONE, Level.PROVEN)
    assert changed.rotation.state is RotationState.PROVEN
    assert "hand-over" in shown(changed).advice


def test_a_change_that_failed_leaves_it_open_with_what_to_do(company, desk, post):
    desk.plug_in(post, company.phone)
    request = settled(company, post)
    outcome = PinOutcome(
        state=RotationState.REFUSED,
        reason="old_refused",
        sentence="It says no.",
        steps=steps("look locked", "check_old refused"),
    )
    with at_the_appointment():
        desk.done(post, desk.lease(post), outcome)

    seen = shown(request)
    assert (seen.state, seen.outcome) == (RequestState.APPROVED, "old_refused")
    assert (seen.outcome_sentence, seen.level) == ("It says no.", Level.NONE)
    assert "somebody changed it" in seen.advice
    assert not seen.appointment_settled


def test_a_job_that_was_cancelled_needs_another_appointment(company, desk, post):
    request = settled(company, post)
    cancel_job(company.session, company.tools, request.rotation.job, actor=company.liu)

    assert (request.state, request.outcome) == (RequestState.APPROVED, "cancelled")
    settled(company, post, request)
    assert request.rotation.is_live


def test_a_change_that_was_planned_before_is_moved_to_the_appointment(company, post):
    planned = plan_rotation(
        company.session, company.tools, company.phone, reason="due", actor=company.liu
    )
    at = company.soon()

    request = settled(company, post, at=at)

    assert request.rotation is planned
    assert planned.job.not_before == at


def test_an_appointment_is_moved_with_its_job(company, post):
    request = settled(company, post)
    later = now() + timedelta(days=3)

    settled(company, post, request, at=later)

    assert request.rotation.job.not_before == request.appointed_for == later


def test_the_holder_proposes_and_it_settles_what_he_proposed(company, post):
    request, place = company.approved(), station_named(company.session, post.name)
    given = {"station": place, "at": company.soon()}
    ann = company.as_(company.ann)
    appoint(company.session, company.tools, request, **given, actor=ann)
    assert (request.state, shown(request).appointment_settled) == (RequestState.APPROVED, False)
    assert live_rotation(company.session, request.credential) is None

    nothing = {"station": None, "at": None}
    appoint(company.session, company.tools, request, **nothing, actor=company.liu)

    assert (request.state, request.appointed_by) == (RequestState.APPOINTED, "Liu")
    with pytest.raises(errors.RequestMoveNotAllowed):
        appoint(company.session, company.tools, request, **given, actor=ann)


def test_an_appointment_that_nobody_can_keep_is_refused(company, post):
    request, place = company.approved(), station_named(company.session, post.name)

    def name(station, at):
        appoint(company.session, company.tools, request, station=station, at=at, actor=company.liu)

    with pytest.raises(errors.NothingProposed):
        name(place, None)
    for away in (-timedelta(hours=1), timedelta(days=91)):
        with pytest.raises(errors.AppointmentNotPossible):
            name(place, now() + away)
    revoke(company.session, place, actor=SYSTEM)
    with pytest.raises(errors.StationAway):
        name(place, company.soon())


def test_what_is_not_approved_is_not_appointed(company, post):
    with pytest.raises(errors.RequestMoveNotAllowed):
        settled(company, post, company.asked())


def test_withdrawn_it_takes_its_change_back(company, post):
    request = settled(company, post)

    withdraw(
        company.session, company.tools, request, note="found it", actor=company.as_(company.ann)
    )

    assert request.state is RequestState.WITHDRAWN
    assert request.rotation.job.state is JobState.CANCELLED
    assert value(company) == OLD


def test_withdrawn_it_leaves_a_change_that_was_due_anyway(company, post):
    planned = plan_rotation(
        company.session, company.tools, company.phone, reason="due", actor=company.liu
    )
    request = settled(company, post)

    withdraw(
        company.session, company.tools, request, note="found it", actor=company.as_(company.ann)
    )

    assert planned.is_live
    assert planned.job.not_before is None


def test_what_a_station_is_at_is_not_withdrawn(company, desk, post):
    desk.plug_in(post, company.phone)
    request = settled(company, post)
    with at_the_appointment():
        desk.lease(post)
        with pytest.raises(JobUnderWay):
            withdraw(company.session, company.tools, request, note="no", actor=company.liu)


def test_any_proven_change_after_the_approval_is_what_was_asked(company, desk, post):
    desk.plug_in(post, company.phone)
    request = company.approved()
    plan_rotation(company.session, company.tools, company.phone, reason="due", actor=company.liu)
    company.session.commit()

    desk.done(post, desk.lease(post), proven())

    assert (request.state, request.level) == (RequestState.DONE, Level.PROVEN)


def test_a_change_before_the_approval_is_not(company, desk, post):
    desk.plug_in(post, company.phone)
    request = company.asked()
    plan_rotation(company.session, company.tools, company.phone, reason="due", actor=company.liu)
    company.session.commit()

    desk.done(post, desk.lease(post), proven())

    assert request.state is RequestState.REQUESTED


def test_a_leavers_request_is_closed_and_its_change_is_made_at_once(company, post):
    request = settled(company, post)

    open_leaving(company.session, company.tools, company.ann, by=now().date(), actor=company.liu)

    assert (request.state, request.closing) == (RequestState.CLOSED, Ended.LEAVING)
    assert request.rotation.is_live
    assert request.rotation.job.not_before is None


def test_a_request_for_what_comes_back_is_closed(company, make):
    request = company.asked()
    sim = make.sim()
    issue(company.session, to=company.ann, sims=[sim], actor=company.liu)
    of_the_sim = sim_asked(company, sim)

    start_return(company.session, company.phone, actor=company.liu)
    return_sim(company.session, sim, actor=company.liu)

    closed = {request.closing, of_the_sim.closing}
    assert closed == {Ended.RETURN}


def sim_asked(company, sim):
    return ask(
        company.session,
        company.tools,
        CredentialKind.SIM_PIN,
        sim.number,
        reason="known",
        actor=company.as_(company.ann),
    )


def test_a_sims_pin_is_changed_by_a_person_whose_word_closes_it(company, make, post):
    sim = make.sim()
    issue(company.session, to=company.ann, sims=[sim], actor=company.liu)
    request = sim_asked(company, sim)
    decide(company.session, request, approve=True, note="yes", actor=company.as_(company.wei))
    settled(company, post, request)
    assert request.rotation is None

    subject = code_of(sim, CredentialKind.SIM_PIN)
    given = {"value": "4821", "reason": "changed at the desk", "actor": company.liu}
    vault.adopt(company.session, company.tools, subject, **given)

    assert (request.state, request.level) == (RequestState.DONE, Level.DECLARED)
    told = [e.details for e in recorded(company.session) if e.name == "request.met"]
    assert sim.number not in str(told)


def test_the_holder_sees_it_once_and_it_does_not_fall_due(company, changed):
    before = changed.credential.due_at

    seen = view(company, changed)

    assert seen.value == value(company) != OLD
    assert changed.credential.due_at == before > now() + timedelta(days=80)
    assert not changed.credential.is_unseen
    with pytest.raises(errors.HandedOver, match="Ann"):
        view(company, changed)


def test_seeing_it_is_a_disclosure_with_the_request_as_its_ticket(company, changed):
    view(company, changed)

    [told] = [e for e in recorded(company.session) if e.name == "credential.disclosed"]
    assert (told.ticket, told.to_holder, told.approved_by) == (changed.number, True, "Wei")
    assert value(company) not in str([event.details for event in recorded(company.session)])


def test_nobody_else_sees_it_and_no_program_of_his(company, changed):
    program = replace(company.as_(company.ann), signed_in=False)
    for actor in (program, company.liu):
        with pytest.raises(errors.NotTheHolder):
            view(company, changed, actor)
    for role in (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR, Role.SUPERVISOR):
        with pytest.raises(NotAllowed):
            view(company, changed, company.of(role))
    assert changed.handed_at is None


def test_it_prints_one_slip_and_the_holder_none(company, changed):
    with pytest.raises(errors.SlipsNotForHolders):
        view(company, changed, how=Handed.SLIP)

    assert view(company, changed, company.liu, Handed.SLIP).value == value(company)

    assert (changed.handed_how, changed.handed_by) == (Handed.SLIP, "Liu")
    with pytest.raises(errors.HandedOver):
        view(company, changed)


def test_before_the_change_there_is_nothing_to_hand_over(company):
    with pytest.raises(errors.NotHandedOverYet):
        view(company, company.approved())


def test_what_he_holds_no_longer_is_not_handed_over(company, changed):
    close(
        company.session,
        open_holding(company.session, company.phone),
        "WF-0001",
        actor=company.liu,
    )

    with pytest.raises(errors.NotHeldNow):
        view(company, changed)
    assert changed.closing is Ended.RETURN


def test_a_value_in_doubt_is_not_handed_over(company, changed):
    version = vault.propose(
        company.session, company.tools, changed.credential, reason="due", actor=company.liu
    )
    vault.keep_doubtful(company.session, version, reason="unproven", actor=SYSTEM)

    with pytest.raises(errors.ValueInDoubt):
        view(company, changed)


def test_an_older_request_hands_nothing_over_once_there_is_a_newer_value(
    company, desk, post, changed
):
    second = company.approved()
    settled(company, post, second, at=now())
    desk.done(post, desk.lease(post), proven())

    with pytest.raises(errors.HandOverOutdated, match=second.number):
        view(company, changed)
    assert view(company, second).value == value(company)


def issued(company, phone):
    holding = issue(company.session, to=company.ann, devices=[phone], actor=company.liu)
    assert holding.holdings
    query = RequestQuery(what=RequestKind.ISSUE, subject=phone.tag)
    rows, _mark = requests(company.session, query, actor=company.liu)
    return rows


def test_the_pin_of_a_phone_that_is_issued_is_handed_over_in_the_same_way(company, make):
    phone = make.device()
    given = {"value": "735184", "reason": "set in stock", "actor": company.liu}
    vault.adopt(company.session, company.tools, pin_of(phone), **given)

    [request] = issued(company, phone)

    assert request.state is RequestState.DONE
    assert view(company, request).value == "735184"


def rotated(company, desk, post):
    """Have the PIN changed because it was due; return what is to be handed over for that."""
    desk.plug_in(post, company.phone)
    plan_rotation(company.session, company.tools, company.phone, reason="due", actor=company.liu)
    company.session.commit()
    desk.done(post, desk.lease(post), proven())
    query = RequestQuery(what=RequestKind.ROTATION)
    return requests(company.session, query, actor=company.liu)[0]


def test_whoever_holds_a_phone_whose_pin_fell_due_is_handed_the_new_one(company, desk, post):
    [request] = rotated(company, desk, post)

    assert (request.holder, request.reason, request.level) == (company.ann, "due", Level.PROVEN)
    assert view(company, request).value == value(company) != OLD


def test_a_phone_that_is_coming_back_has_nobody_to_learn_its_pin(company, desk, post):
    start_return(company.session, company.phone, actor=company.liu)

    assert rotated(company, desk, post) == []


def test_a_phone_without_a_known_pin_has_nothing_to_hand_over(company, make):
    assert issued(company, make.device()) == []


def test_where_two_are_needed_nobody_prints_the_slip_of_an_issue_alone(company, make, changed):
    change_policy(company.session, AccessPolicyIn(disclosure_needs_approval=True), actor=SYSTEM)
    [request], _mark = requests(
        company.session, RequestQuery(what=RequestKind.ISSUE), actor=company.liu
    )
    request.closing = None  # as if it were the newest

    with pytest.raises(errors.SlipNeedsTwo):
        view(company, request, company.liu, Handed.SLIP)
    assert view(company, changed, company.liu, Handed.SLIP)


def test_an_approved_request_covers_a_change_from_its_approval_to_its_end(company, changed):
    session, credential = company.session, changed.credential
    approval, end = changed.decided_at, changed.ended_at
    second = timedelta(seconds=1)

    assert approved_for(session, credential, approval) is changed
    assert approved_for(session, credential, end) is changed
    assert approved_for(session, credential, approval - second) is None
    assert approved_for(session, credential, end + second) is None


def test_what_waits_is_counted_for_whoever_asks(company, changed, make):
    other = make.device()
    issue(company.session, to=company.ann, devices=[other], actor=company.liu)
    company.asked(device=other)

    seen = {
        name: today(company.session, actor=actor)
        for name, actor in {
            "ann": company.as_(company.ann),
            "wei": company.as_(company.wei),
            "liu": company.liu,
            "stranger": company.as_(make.employee()),
        }.items()
    }

    assert {name: one.to_decide for name, one in seen.items() if one.to_decide} == {"wei": 1}
    assert [seen[name].to_hand_over for name in ("ann", "liu", "stranger", "wei")] == [1, 1, 0, 0]


def test_requests_are_found_by_what_they_are_about(company, post):
    request = settled(company, post)
    found = {
        "kind": "device_pin",
        "state": "appointed",
        "subject": "WF-0001",
        "holder": company.ann.number,
        "department": "COMPANY",
        "station": post.name,
        "day": company.soon().astimezone().date(),
        "q": request.number,
    }
    other = {
        "kind": "sim_pin",
        "state": "done",
        "subject": "WF-9",
        "holder": company.wei.number,
        "department": "NOWHERE",
        "station": "elsewhere",
        "day": "2020-01-01",
        "q": "nobody",
        "overdue": True,
        "mine": True,
    }

    def numbers(**given):
        query = RequestQuery(what=RequestKind.CHANGE, **given)
        rows, _mark = requests(company.session, query, actor=company.liu)
        return [row.number for row in rows]

    for name, given in found.items():
        assert numbers(**{name: given}) == [request.number], name
    for name, given in other.items():
        assert numbers(**{name: given}) == [], name
