"""Which policy holds where and when, and what becomes of what is due."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from fleet.access.errors import NotAllowed
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import Characters, Pattern, PolicyIn, PolicyQuery, PolicyShowQuery
from fleet.contracts.policies import Trigger as On
from fleet.custody.issuing import issue
from fleet.policies.errors import (
    CompanyInheritsNothing,
    PolicyDoesNotFit,
    PolicyInThePast,
    QuietHoursUnclear,
)
from fleet.policies.models import PasswordPolicy
from fleet.policies.queries import in_force, rules_found, versions
from fleet.policies.services import foreseen, set_policy
from fleet.vault.errors import NothingAllowed, PolicyNotPossible
from fleet.vault.models import Credential
from fleet.vault.rules import rules_of, standard
from tests.fleet.custody.proofs import rotate_pin

PIN = CredentialKind.DEVICE_PIN
DAY = timedelta(days=1)


def length(session, tools, make, department=None, **given) -> int:
    asked = PolicyShowQuery(kind=PIN, department=department, **given)
    rules, _version = in_force(session, tools.settings, asked, actor=make.actor())
    return rules.length


def test_the_settings_hold_where_nobody_has_set_a_policy(session, tools, make):
    rules, version = in_force(
        session, tools.settings, PolicyShowQuery(kind=PIN), actor=make.actor()
    )

    assert (rules, version) == (standard(PIN, tools.settings), None)


def test_the_nearest_department_upwards_wins(session, tools, make, tree, set_):
    set_(length=7)
    set_(length=8, department="TOP")
    make.department(code="WEST")

    assert length(session, tools, make) == 7
    assert length(session, tools, make, "WEST") == 7
    assert length(session, tools, make, "EAST") == 8


def test_a_department_can_go_back_to_the_policy_above(session, tools, make, tree, set_):
    set_(length=8, department="TOP")
    set_(length=9, department="EAST")
    set_(inherits=True, department="EAST")

    assert length(session, tools, make, "EAST") == 8


def test_a_version_holds_from_its_day_on_and_none_is_changed(session, tools, make, set_):
    first, _ = set_(length=7)
    set_(length=8, effective_from=now() + 10 * DAY)

    assert length(session, tools, make) == 7
    assert length(session, tools, make, at=now() + 11 * DAY) == 8
    assert length(session, tools, make, at=now() - DAY) == tools.settings.pin_length
    assert (first.length, first.set_by) == (7, "Liu Yang")


def test_what_is_left_out_stays_as_it_is_in_force_then(set_):
    set_(history=20, quiet_from="22:00", quiet_until="06:30")
    later, _ = set_(length=8)

    assert (later.history, later.quiet_from, later.quiet_until) == (20, 22 * 60, 6 * 60 + 30)


def test_a_list_shows_what_is_in_force_or_every_version(session, make, tree, set_):
    for given in ({"length": 7}, {"length": 8}, {"length": 9, "department": "TOP"}):
        set_(**given)
    set_(length=10, effective_from=now() + DAY)

    def lengths(**given):
        rows, _mark = versions(session, PolicyQuery(**given), actor=make.actor())
        return sorted(row.length for row in rows)

    assert (lengths(), lengths(history=True)) == ([8, 9], [7, 8, 9, 10])
    assert (lengths(department="TOP"), lengths(at=now() + 2 * DAY)) == ([9], [9, 10])


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"effective_from": now() - DAY}, PolicyInThePast),
        ({"inherits": True}, CompanyInheritsNothing),
        ({"quiet_from": "22:00"}, QuietHoursUnclear),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, QuietHoursUnclear),
        ({"classes": [Characters.LOWER]}, PolicyDoesNotFit),
        ({"kind": CredentialKind.SIM_PUK, "patterns": [Pattern.RUNS]}, PolicyDoesNotFit),
        ({"kind": CredentialKind.SIM_PUK, "length": 10}, PolicyNotPossible),
        ({"length": 17}, PolicyNotPossible),
        ({"kind": CredentialKind.ACCOUNT_PASSWORD, "length": 7}, PolicyNotPossible),
    ],
)
def test_what_makes_no_sense_is_refused(session, set_, given, refusal):
    with pytest.raises(refusal):
        set_(**given)
    assert session.scalar(select(func.count()).select_from(PasswordPolicy)) == 0


def test_a_policy_that_leaves_too_little_is_refused(set_, monkeypatch):
    monkeypatch.setattr("fleet.vault.generate.LEAST_VALUES", 10_000)

    with pytest.raises(NothingAllowed):
        set_(length=4)


def test_only_who_keeps_the_policies_sets_one(session, tools, make):
    given = PolicyIn(kind=PIN, reason="I want it so", length=8)

    with pytest.raises(NotAllowed):
        set_policy(session, tools.settings, given, actor=make.actor(Role.OPERATOR))


def test_a_shorter_age_makes_old_values_due(session, tools, tree, phone_of, set_):
    with time_machine.travel(now() - 40 * DAY):
        old = phone_of(tree[1])
    elsewhere = phone_of(tree[0])

    _, effect = set_(max_age_days=30, department="EAST")

    session.refresh(old)
    assert old.due_at == old.changed_at + 30 * DAY
    assert (effect.credentials, effect.before[0], effect.after[0]) == (1, 0, 1)
    assert elsewhere.due_at > now() + 89 * DAY


def test_a_longer_age_does_not_put_off_what_is_due_for_another_reason(
    session, tree, phone_of, set_
):
    regular, shown = phone_of(tree[1]), phone_of(tree[1])
    soon = shown.due_at = now() + DAY

    set_(max_age_days=365)

    session.refresh(regular)
    session.refresh(shown)
    assert (regular.due_at, shown.due_at) == (regular.changed_at + 365 * DAY, soon)


def test_a_policy_to_come_makes_values_due_from_its_day_on(session, tree, phone_of, set_):
    with time_machine.travel(now() - 40 * DAY):
        old = phone_of(tree[1])
    begins = now() + 10 * DAY

    set_(max_age_days=30, effective_from=begins)
    session.refresh(old)
    fresh = phone_of(tree[1])

    assert old.due_at == begins
    assert fresh.due_at == fresh.changed_at + 30 * DAY


def test_a_dry_run_says_what_would_be_due_and_changes_nothing(session, tools, make, tree, phone_of):
    with time_machine.travel(now() - 40 * DAY):
        old = phone_of(tree[1])
    given = PolicyIn(kind=PIN, reason="too long", max_age_days=45)

    _, effect = foreseen(session, tools.settings, given, actor=make.actor())

    session.refresh(old)
    assert (effect.before[7], effect.after[0], effect.after[7]) == (0, 0, 1)
    assert old.due_at > now() + 40 * DAY
    assert session.scalar(select(func.count()).select_from(PasswordPolicy)) == 0


def test_a_value_is_drawn_by_the_policy_of_whoever_holds_the_phone(
    session, tools, make, tree, set_
):
    set_(length=9, department="EAST")
    phone = make.device()
    issue(session, to=make.employee(department=tree[1]), devices=[phone], actor=make.actor())
    sim = make.sim(device_id=phone.id)

    rotate_pin(session, tools, phone)
    credential = session.scalars(select(Credential)).one()
    rules = rules_of(session, tools.settings, credential)

    assert (rules.length, rules.numbers) == (9, (sim.number,))
    assert rules.max_age_days == tools.settings.pin_days


def test_the_numbers_of_the_holder_count_as_the_phones_own(session, tools, make):
    holder, phone, sim = make.employee(), make.device(), make.sim()
    issue(session, to=holder, devices=[phone], actor=make.actor())
    issue(session, to=holder, sims=[sim], actor=make.actor())
    sim.device = None
    rotate_pin(session, tools, phone)
    credential = session.scalars(select(Credential)).one()

    assert rules_of(session, tools.settings, credential).numbers == (sim.number,)


def test_many_credentials_are_asked_about_in_as_many_questions_as_one(
    session, tools, tree, phone_of, set_, count_queries
):
    set_(length=8, department="TOP")
    some = [phone_of(tree[1]) for _ in range(5)]

    def asked(credentials) -> int:
        with count_queries() as sent:
            rules_found(session, tools.settings, credentials)
        return len(sent)

    assert asked(some) == asked(some[:1]) <= 4


def test_a_policy_can_leave_out_disclosure(session, tools, make, tree, phone_of, set_):
    from fleet.vault.services import disclose

    set_(events=[On.ISSUE])
    credential = phone_of(tree[0])
    before = credential.due_at

    disclose(session, tools, credential, reason="locked out", actor=make.actor())

    assert credential.due_at == before
