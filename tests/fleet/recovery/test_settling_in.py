"""A server that knows an earlier day believes no more than it can know, and loses no report."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.access.models import Token
from fleet.access.tokens import make_token
from fleet.audit.models import AuditEntry
from fleet.backups.services import plan_backup
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import DisclosureState
from fleet.contracts.openings import OpeningPurpose
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import EnrolIn, JobDone, PhoneUnreadable
from fleet.openings.errors import OpeningNeeded
from fleet.openings.services import ask_opening, decide_opening, opening_in_use
from fleet.recovery.queries import condition
from fleet.recovery.services import Origin, settle_in
from fleet.rotation.due import in_nobodys_hand
from fleet.rotation.services import plan_rotation
from fleet.stations.errors import EnrolmentCodeExpired
from fleet.stations.queries import station_named
from fleet.stations.services import enrol, invite
from fleet.vault import services as vault
from fleet.vault.models import Credential, DisclosureRequest
from fleet.vault.queries import known_credential, password_of, pin_of
from tests.fleet.stations.desk import found_new, proven

ORIGIN = Origin("workfleet-20261125T120000Z", now(), 17, "0" * 64)


@pytest.fixture
def device(desk, post, session, tools, make):
    """Give a phone at the station whose PIN was proven."""
    device = make.device()
    given = {"value": "402917", "reason": "known", "actor": make.actor()}
    credential = vault.adopt(session, tools, pin_of(device), **given)
    vault.confirm(session, credential, Level.PROVEN, actor=make.actor())
    desk.plug_in(post, device)
    return device


@pytest.fixture
def plan(session, tools, make, device):
    def plan():
        rotation = plan_rotation(session, tools, device, reason="due", actor=make.actor())
        session.commit()
        return rotation

    return plan


@pytest.fixture
def restored(session):
    """Let the database be one that came out of a set just now."""

    def restored(*, moved=False):
        doubts = settle_in(session, ORIGIN, moved=moved, actor=SYSTEM.named("root"))
        session.commit()
        session.expire_all()
        return doubts

    return restored


def test_a_pin_is_unproven_and_due_until_a_visit(session, device, restored):
    assert restored().phones == 1

    credential = known_credential(session, pin_of(device))
    assert credential.level is Level.NONE
    due = select(Credential).where(Credential.due_at <= now(), in_nobodys_hand())
    assert credential in session.scalars(due).all()


def test_a_password_of_an_account_is_unproven_and_keeps_its_day(session, tools, make, restored):
    account = make.account()
    given = {"value": "a good password", "reason": "known", "actor": make.actor()}
    day = vault.adopt(session, tools, password_of(account), **given).due_at

    assert restored().accounts == 1

    credential = known_credential(session, password_of(account))
    assert (credential.level, credential.due_at) == (Level.NONE, day)


def test_a_visit_that_the_set_does_not_know_of_is_asked_about(desk, post, plan, restored):
    rotation = plan()
    restored()

    lease = desk.lease(post)

    assert lease.task.settle
    desk.done(post, lease, found_new())
    assert rotation.state is RotationState.PROVEN


def test_a_report_on_a_job_that_was_lent_after_the_set_is_taken(desk, post, plan, restored):
    rotation = plan()
    restored()

    done = post.report(JobDone(job=str(rotation.job_id), pin=proven()))
    answer = desk.sync(post, done, free=0)

    assert answer.rejected == []
    assert rotation.state is RotationState.PROVEN


def test_a_job_that_the_station_has_ended_is_new_work_for_it(desk, post, plan, restored):
    plan()
    before = desk.lease(post)
    restored()

    assert desk.lease(post).attempt > before.attempt + 1


def test_a_station_that_is_ahead_goes_on_and_the_gap_is_named(session, desk, post, restored):
    for number in range(5):
        desk.sync(post, post.report(_unreadable(number)))
    station = station_named(session, post.name)
    station.taken = 2  # as the set knew it
    restored()

    answer = desk.sync(post, post.report(_unreadable(6)), oldest=6)

    lost = session.scalars(select(AuditEntry).where(AuditEntry.event == "station.reports_lost"))
    assert answer.taken == 6
    assert [(one.details["first"], one.details["last"]) for one in lost] == [(3, 5)]


def test_a_session_ends_and_the_token_of_a_program_stays(session, make, restored):
    user = make.user()
    make_token(session, user=user, label="nightly", actor=SYSTEM)
    make_token(session, user=user, label="laptop", actor=SYSTEM)
    laptop = session.scalars(select(Token).where(Token.label == "laptop")).one()
    laptop.idle_seconds = 600

    assert restored().sessions == 1

    live = session.scalars(select(Token.label).where(Token.revoked_at.is_(None)))
    assert "nightly" in set(live)
    assert laptop.revoked_at is not None


def test_an_invitation_lets_nobody_in_any_more(session, make, restored, post):
    code = invite(session, "back", minutes=60, actor=make.actor()).code

    assert restored().invitations == 1

    key = station_named(session, post.name).public_key
    with pytest.raises(EnrolmentCodeExpired):
        enrol(session, EnrolIn(code=code, public_key=key, software="1"))


def test_after_a_move_nothing_but_the_sessions_is_doubted(session, device, restored):
    doubts = restored(moved=True)

    assert (doubts.phones, doubts.jobs) == (0, 0)
    assert known_credential(session, pin_of(device)).level is Level.PROVEN


def test_the_trail_says_from_which_set_and_by_whom(session, device, tools, restored):
    restored()

    newest = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
    assert (newest.event, newest.subject_name) == ("server.restored", ORIGIN.name)
    assert (newest.on_behalf, newest.details["phones"]) == ("root", 1)
    assert condition(session, tools.keyring, key="").entries == newest.sequence


def test_only_who_may_open_backups_may_bring_one_back(session, make):
    with pytest.raises(NotAllowed):
        settle_in(session, ORIGIN, moved=False, actor=make.actor(Role.OPERATOR))


def _unreadable(number):
    return PhoneUnreadable(transport=f"usb-{number}", state="offline", reason="no answer")


def test_a_request_that_was_approved_shows_nothing_any_more(session, make, device, restored):
    credential = known_credential(session, pin_of(device))
    request = DisclosureRequest(
        credential=credential,
        state=DisclosureState.APPROVED,
        reason="locked out",
        pending=False,
        asked_by_id=make.actor().id,
        asked_by="chen",
        asked_at=now(),
        until=now() + timedelta(hours=1),
    )
    session.add(request)

    assert restored().requests == 1

    assert request.standing(now()) is DisclosureState.EXPIRED


def test_an_opening_that_was_approved_opens_nothing_any_more(
    session, tools, make, device, restored
):
    actor = make.actor()
    backup = plan_backup(session, tools, device, reason="asked", actor=actor)
    told = {"purpose": OpeningPurpose.GIVE_BACK, "reason": "lost"}
    asked = ask_opening(session, backup, actor=actor, **told)
    decide_opening(session, asked, approve=True, note="agreed", actor=make.actor())

    assert restored().requests == 1

    with pytest.raises(OpeningNeeded):
        opening_in_use(session, backup, actor=actor)
