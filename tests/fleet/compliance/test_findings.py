"""What a phone's no means: a finding, a doubted value, and no second try by itself."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fleet.audit.models import AuditEntry
from fleet.cases.opening import open_leaving
from fleet.compliance.checks import ask_check
from fleet.contracts.clock import now
from fleet.contracts.facts import Lock
from fleet.contracts.findings import CheckResult, LockSeen, Rule
from fleet.contracts.proof import Level
from fleet.contracts.rotation import PinOutcome, PlanIn, RotationState
from fleet.contracts.stations import JobDone
from fleet.custody.issuing import issue
from fleet.rotation.batches import plan_part
from fleet.rotation.errors import LockWasChanged
from fleet.rotation.services import plan_rotation
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt
from tests.fleet.compliance.visits import (
    LOCK,
    answered,
    checks,
    credential_of,
    findings,
    known_long,
    looked,
    said,
    visit,
)
from tests.fleet.custody.proofs import rotate_pin
from tests.fleet.stations.desk import proven, steps

NO_LOCK = LockSeen(secure=False, credential_type="none", wipe_limit=0, sdk=35)


@pytest.fixture
def refused(desk, post, phone):
    """Give a phone that has refused the PIN of the vault."""
    known_long(desk, phone)
    visit(desk, post, phone)
    answered(desk, post, desk.lease(post), said("refused"))
    return phone


def test_a_refused_pin_is_found_doubted_and_due(desk, refused):
    credential = credential_of(desk.session, refused)

    [finding] = findings(desk.session)

    assert (finding.rule, finding.closed_at) == (Rule.PIN_REFUSED, None)
    assert (finding.since, finding.digest is not None) == (credential.changed_at, True)
    assert credential.level is Level.NONE
    assert credential.due_at <= now()


def test_nothing_of_the_vault_is_lost_by_a_refusal(desk, refused):
    assert credential_of(desk.session, refused).active is not None


def test_a_refused_phone_is_never_asked_again_by_itself(desk, post, refused):
    [check] = checks(desk.session)
    check.planned_at = now() - timedelta(days=30)
    credential_of(desk.session, refused).changed_at = now() - timedelta(days=60)
    desk.session.commit()

    visit(desk, post, refused)

    assert len(checks(desk.session)) == 1


def test_a_rotation_that_would_only_cost_another_attempt_is_refused(desk, refused):
    with pytest.raises(LockWasChanged, match="recover"):
        plan_rotation(desk.session, desk.tools, refused, reason="due", actor=desk.make.actor())


def test_a_batch_counts_it_as_refused_and_goes_on(desk, refused):
    other = desk.make.device()
    rotate_pin(desk.session, desk.tools, other)
    credential_of(desk.session, other).due_at = now() - timedelta(days=1)

    planned = plan_part(desk.session, desk.tools, PlanIn(), actor=desk.make.actor())

    assert (planned.planned, planned.refused) == (1, {"lock_was_changed": 1})


def test_its_holder_can_leave_all_the_same(desk, refused):
    ann = desk.make.employee()
    issue(desk.session, to=ann, devices=[refused], actor=desk.make.actor())

    case = open_leaving(desk.session, desk.tools, ann, by=date(2099, 1, 1), actor=desk.make.actor())

    phones = {step.holding.device for step in case.steps if step.holding}
    assert phones == {refused}


def test_the_pin_that_the_holder_tells_is_rotated_and_the_finding_closes(desk, post, refused):
    actor = desk.make.actor()
    adopt(desk.session, desk.tools, pin_of(refused), value="190264", reason="told", actor=actor)
    plan_rotation(desk.session, desk.tools, refused, reason="recover", actor=actor)
    desk.session.commit()

    desk.done(post, desk.lease(post), proven(), free=0)

    [finding] = findings(desk.session)
    assert finding.closed_because == "rotated"
    assert credential_of(desk.session, refused).level is Level.PROVEN


def test_a_phone_that_takes_it_again_closes_the_finding(desk, post, refused):
    ask_check(desk.session, refused, actor=desk.make.actor())
    desk.session.commit()

    answered(desk, post, desk.lease(post), said("accepted"))

    [finding] = findings(desk.session)
    assert finding.closed_because == "accepted"
    assert credential_of(desk.session, refused).level is Level.VERIFIED


def test_a_second_refusal_opens_nothing_new(desk, post, refused):
    ask_check(desk.session, refused, actor=desk.make.actor())
    desk.session.commit()

    answered(desk, post, desk.lease(post), said("refused"))

    assert len(findings(desk.session)) == 1


def test_a_report_sent_twice_has_the_effect_of_one(desk, post, phone):
    known_long(desk, phone)
    visit(desk, post, phone)
    done = post.report(JobDone(job=desk.lease(post).job, check=said("refused")))

    desk.sync(post, done, free=0)
    desk.sync(post, done, free=0)

    assert len(findings(desk.session)) == 1


SEEN_FREE = {
    Rule.LOCK_REMOVED: (Lock(secure=False, credential_type="none", wipe_limit=0), NO_LOCK),
    Rule.LOCK_REPLACED: (
        Lock(secure=True, credential_type="pattern", wipe_limit=0),
        LOCK.model_copy(update={"credential_type": "pattern"}),
    ),
}


@pytest.mark.parametrize("rule", SEEN_FREE)
def test_a_lock_removed_or_replaced_is_found_without_a_value_tried(desk, post, phone, rule):
    credential = known_long(desk, phone)
    credential.changed_at = now()  # not a day ago: a look costs nothing
    seen, answer = SEEN_FREE[rule]
    visit(desk, post, phone, seen)
    lease = desk.lease(post)

    answered(desk, post, lease, looked(answer))

    assert lease.task.sealed_pin is None
    assert [one.rule for one in findings(desk.session)] == [rule]


def test_a_look_that_finds_the_lock_as_it_was_opens_nothing(desk, post, phone):
    known_long(desk, phone)
    visit(desk, post, phone, Lock(secure=False, credential_type="none"))

    answered(desk, post, desk.lease(post), looked(LOCK))
    visit(desk, post, phone, Lock(secure=False, credential_type="none"))

    assert findings(desk.session) == []
    assert [one.result for one in checks(desk.session)] == [CheckResult.NOT_TRIED]


UNCLEAR = {
    "it says yes to everything": LOCK.model_copy(update={"contradicts": True}),
    "it does not know whether a lock is set": LOCK.model_copy(update={"secure": None}),
}


@pytest.mark.parametrize("verdict", ["accepted", "refused", "throttled"])
@pytest.mark.parametrize("lock", UNCLEAR.values(), ids=UNCLEAR.keys())
def test_an_answer_without_a_meaning_is_no_finding_and_no_proof(desk, post, phone, lock, verdict):
    credential = known_long(desk, phone)
    visit(desk, post, phone)

    outcome = said(verdict).model_copy(update={"lock": lock})
    answered(desk, post, desk.lease(post), outcome)

    assert [one.result for one in checks(desk.session)] == [CheckResult.UNCLEAR]
    assert (findings(desk.session), credential.confirmed_at) == ([], None)


def test_an_old_phone_that_says_no_lock_is_believed_only_where_it_has_refused_before(
    desk, post, phone
):
    known_long(desk, phone, level=Level.VERIFIED)
    visit(desk, post, phone)
    old = LockSeen(secure=False, credential_type=None, wipe_limit=0, sdk=28)

    answered(desk, post, desk.lease(post), looked(old, "no_lock"))

    assert findings(desk.session) == []


def test_a_no_to_a_value_that_has_been_replaced_since_is_history(desk, post, phone):
    known_long(desk, phone)
    visit(desk, post, phone)
    lease, actor = desk.lease(post), desk.make.actor()
    adopt(desk.session, desk.tools, pin_of(phone), value="190264", reason="told", actor=actor)
    desk.session.commit()

    answered(desk, post, lease, said("refused"))

    assert findings(desk.session) == []
    assert credential_of(desk.session, phone).level is Level.DECLARED


def test_a_rotation_that_is_shut_out_finds_the_same(desk, post, phone):
    known_long(desk, phone)
    desk.plug_in(post, phone)
    plan_rotation(desk.session, desk.tools, phone, reason="due", actor=desk.make.actor())
    desk.session.commit()
    refused = PinOutcome(
        state=RotationState.REFUSED,
        reason="old_refused",
        steps=steps("look locked", "check_old refused"),
        wrong_attempts=1,
    )

    desk.done(post, desk.lease(post), refused, free=0)

    assert [one.rule for one in findings(desk.session)] == [Rule.PIN_REFUSED]


def test_everything_is_in_the_trail_and_no_value_is(desk, refused):
    rows = desk.session.scalars(select(AuditEntry)).all()
    named = {row.event for row in rows}

    assert {"pin_check.planned", "pin_check.ended", "finding.opened"} <= named
    assert {"credential.doubted", "credential.fell_due", "incident.reported"} <= named
