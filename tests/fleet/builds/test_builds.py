"""What is learned of a build by one phone holds for all that have it."""

import threading

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.builds.errors import BuildUntrusted, NothingToReset
from fleet.builds.models import Build
from fleet.builds.queries import build_of, builds, detail
from fleet.builds.services import build_named, note_visit, reset_build
from fleet.contracts.access import Role
from fleet.contracts.builds import BuildQuery, BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.rotation import PinOutcome, PlanIn, RotationState
from fleet.database import make_sessions
from fleet.devices.models import Device
from fleet.rotation.batches import plan_part
from fleet.rotation.queries import live_rotation
from fleet.rotation.services import plan_rotation
from fleet.vault import services as vault
from fleet.vault.queries import known_credential, pin_of
from tests.factories import Make
from tests.fleet.stations.desk import PROOF, steps

LIES = ("look locked", "check_old accepted", "canary accepted")


@pytest.fixture
def phones(desk, post, session, tools, make):
    """Give two phones of one build whose PINs the vault knows."""
    found = [make.device(), make.device()]
    for phone in found:
        given = {"value": "402917", "reason": "known", "actor": make.actor()}
        vault.adopt(session, tools, pin_of(phone), **given)
        desk.plug_in(post, phone)
        known_credential(session, pin_of(phone)).due_at = now()
    session.commit()
    return found


@pytest.fixture
def visit(desk, post, session, tools, make, phones):
    """Give a function that has a phone visited, with what the visit's steps are to be."""

    def visit(phone, *shown: str, state=RotationState.REFUSED, **given):
        plan_rotation(session, tools, phone, reason="due", actor=make.actor(), **given)
        session.commit()
        lease = desk.lease(post)
        outcome = {"state": state, "steps": steps(*shown), "build": phone.build}
        desk.done(post, lease, PinOutcome(reason=None if shown == PROOF else "seen", **outcome))
        return lease.task

    return visit


def build(session, phone) -> Build:
    session.expire_all()
    return session.scalars(select(Build).where(Build.name == phone.build)).one()


def test_a_proof_makes_the_build_trusted_and_the_next_phone_is_spared(session, phones, visit):
    first, second = phones
    told = visit(first, *PROOF, state=RotationState.PROVEN)
    assert (told.build, told.trust) == (first.build, BuildTrust.UNKNOWN)

    told = visit(second, *PROOF, state=RotationState.PROVEN)

    assert told.trust is BuildTrust.TRUSTED
    assert build(session, first).visits == 2


def test_a_lie_is_known_to_all_that_would_be_planned(session, tools, make, phones, visit):
    liar, other = phones
    visit(liar, *LIES)
    known_credential(session, pin_of(other)).due_at = now()

    with pytest.raises(BuildUntrusted):
        plan_rotation(session, tools, other, reason="due", actor=make.actor())
    for given in (PlanIn(dry_run=True), PlanIn(at_once=True)):
        done = plan_part(session, tools, given, actor=make.actor())
        assert (done.begun, done.refused) == ([], {"untrusted_build": 1})


def test_a_batch_goes_on_although_the_tool_lies_where_a_person_says_so(
    session, tools, make, phones, visit
):
    liar, other = phones
    visit(liar, *LIES)
    known_credential(session, pin_of(other)).due_at = now()

    given = PlanIn(at_once=True, even_untrusted=True)
    done = plan_part(session, tools, given, actor=make.actor())

    assert (done.planned, done.refused) == (1, {})
    assert live_rotation(session, known_credential(session, pin_of(other))).even_untrusted


def test_a_person_may_ask_for_it_all_the_same(session, phones, visit):
    liar, other = phones
    visit(liar, *LIES)

    told = visit(other, *LIES, even_untrusted=True)

    assert (told.trust, told.even_untrusted) == (BuildTrust.UNTRUSTED, True)
    assert build(session, liar).trust is BuildTrust.UNTRUSTED


def test_a_lie_is_not_outweighed_by_a_later_proof(session, phones, visit):
    liar, other = phones
    visit(liar, *LIES)
    visit(other, *PROOF, state=RotationState.PROVEN, even_untrusted=True)

    assert (build(session, liar).trust, build(session, liar).why) == (
        BuildTrust.UNTRUSTED,
        "says_yes_to_everything",
    )


def test_a_station_that_claims_a_proof_without_steps_teaches_nothing(session, phones, visit):
    visit(phones[0], "look locked", state=RotationState.PROVEN)

    assert build(session, phones[0]).trust is BuildTrust.UNKNOWN


def test_who_is_entitled_sets_it_back_with_a_reason_that_is_kept(session, make, phones, visit):
    visit(phones[0], *LIES)
    liar = build(session, phones[0])

    reset_build(session, liar, reason="mended by the maker", actor=make.actor(Role.SECURITY))
    session.commit()

    assert (liar.trust, liar.reset_reason) == (BuildTrust.UNKNOWN, "mended by the maker")
    assert liar.visits == 1
    entries = session.scalars(select(AuditEntry).where(AuditEntry.event == "build.reset")).all()
    assert [entry.details["reason"] for entry in entries] == ["mended by the maker"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_keeps_the_phones_does_not_set_it_back(session, make, phones, visit, role):
    visit(phones[0], *LIES)

    with pytest.raises(NotAllowed):
        reset_build(session, build(session, phones[0]), reason="hurry", actor=make.actor(role))


def test_what_is_not_known_is_not_set_back(session, make):
    unknown = build_named(session, "a|b|c")

    with pytest.raises(NothingToReset):
        reset_build(session, unknown, reason="hurry", actor=make.actor())


def test_a_build_is_shown_with_its_evidence_and_its_phones(session, make, phones, visit):
    visit(phones[0], *LIES)

    shown = detail(session, build(session, phones[0]), actor=make.actor())

    assert (shown.phones, shown.tags) == (2, sorted(phone.tag for phone in phones))
    assert [(one.subject, one.showed) for one in shown.evidence] == [
        (phones[0].tag, BuildTrust.UNTRUSTED)
    ]
    assert shown.outcomes == {"seen": 1}
    assert build_of(session, phones[0].build).id == build_of(session, shown.id).id


def test_builds_are_narrowed_and_sorted_by_what_is_counted(session, make, phones, visit):
    visit(phones[0], *LIES)
    build_named(session, "never|visited|1")

    def names(**given) -> list[str]:
        return [one.build for one in builds(session, BuildQuery(**given), actor=make.actor())[0]]

    assert names(trust=BuildTrust.UNTRUSTED) == [phones[0].build]
    assert names(q="never") == ["never|visited|1"]
    assert names(sort="-visits")[0] == phones[0].build
    assert names(sort="last_visit_at")[-1] == "never|visited|1"


def test_two_stations_at_once_make_one_build_and_a_lie_stays(engine):
    sessions, ready, failed = make_sessions(engine), threading.Barrier(2), []
    with sessions.begin() as session:
        phone_id, actor = Make(session).device().id, Make(session).actor()

    def report(shown: tuple[str, ...]) -> None:
        try:
            with sessions.begin() as mine:
                ready.wait(30)
                seen = {"rotation": phone_id, "outcome": None, "actor": actor}
                note_visit(mine, mine.get_one(Device, phone_id), "x|y|z", steps(*shown), **seen)
        except Exception as error:  # noqa: BLE001 — shown below
            failed.append(error)

    stations = [threading.Thread(target=report, args=(shown,)) for shown in (PROOF, LIES)]
    for station in stations:
        station.start()
    for station in stations:
        station.join(60)

    assert failed == []
    with sessions() as session:
        found = session.scalars(select(Build).where(Build.name == "x|y|z")).one()
        assert (found.trust, found.visits) == (BuildTrust.UNTRUSTED, 2)
