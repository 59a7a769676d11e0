"""Users and stations on pages: decided after a page has said what will happen."""

import pytest
from sqlalchemy import event

from fleet.access.actor import SYSTEM
from fleet.access.events import UserShutOut
from fleet.access.services import make_user, seal_break_glass
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.keeping import FaultKind
from fleet.database import ChangedMeanwhile
from fleet.keeping.faults import Wrong, note_wrong
from tests.api.console.visitor import Visitor, code_of

WHY = "for a reason"


@pytest.fixture
def bob(person) -> str:
    return person(Role.OPERATOR, "bob")


@pytest.fixture
def bobs(app, bob) -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.sign_in(bob)
    return visitor


def names_in(answer) -> list[str]:
    found = [part.split('"')[0] for part in answer.text.split('href="/users/')[1:]]
    return [name for name in found if "/" not in name]


def test_users_are_found_sorted_and_paged(founder, sessions):
    with sessions.begin() as session:
        for number in range(5):
            make_user(session, username=f"u{number}", name=f"U {9 - number}", actor=SYSTEM)

    assert names_in(founder.get("/users?q=u&sort=-username&limit=3")) == ["u4", "u3", "u2"]
    assert names_in(founder.get("/users?role=operator&active=true")) == ["founder"]
    assert names_in(founder.get("/users?active=false")) == []
    by_name = founder.get("/users?q=u&sort=name").text
    assert 'aria-sort="ascending"><a href="/users?q=u&amp;sort=-name">' in by_name


def test_holders_and_heads_of_departments_are_listed_too(founder, person):
    person(Role.EMPLOYEE)
    person(Role.MANAGER)

    assert names_in(founder.get("/users")) == ["employee", "founder", "manager"]


def test_a_user_is_shown_with_who_granted_what_and_why(founder, bob):
    page = founder.get("/users/bob").text

    assert "Person bob (bob)" in page
    for told in ("operator", "workfleet", "test"):
        assert told in page
    assert founder.get("/users/nobody").status_code == 404


def test_a_role_is_granted_after_a_page_has_said_what_it_means(founder, bob, app):
    typed = {"role": "auditor", "reason": WHY, "until": "2999-01-01"}
    asked = founder.send("/users/bob/grant", **typed)
    assert asked.status_code == 200
    assert "Grant the role auditor to Person bob?" in asked.text
    assert "2999-01-02" in asked.text
    assert WHY not in founder.get("/users/bob").text

    assert founder.send("/users/bob/grant", **typed, sure="yes").location == "/users/bob"
    assert WHY in founder.get("/users/bob").text
    visitor = Visitor(app.test_client())
    visitor.sign_in(bob)
    assert visitor.get("/audit").status_code == 200


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"role": "manager", "reason": WHY}, "role_needs_department"),
        ({"role": "auditor", "reason": ""}, "form_not_right"),
        ({"role": "king", "reason": WHY}, "form_not_right"),
        ({"role": "operator", "reason": WHY}, "role_held_already"),
        ({"role": "manager", "reason": WHY, "department": "NONE"}, "department_not_found"),
    ],
)
def test_a_grant_that_cannot_be_is_refused_on_its_page(founder, bob, typed, code):
    assert code_of(founder.send("/users/bob/grant", **typed, sure="yes")) == code


def test_a_role_is_withdrawn_at_once_and_stays_on_record(founder, bobs):
    page = founder.get("/users/bob").text
    address = "/grants/" + page.split('href="/grants/')[1].split('"')[0]
    assert "Withdraw the role operator from Person bob?" in founder.get(address).text
    assert code_of(founder.send(address, reason="")) == "form_not_right"
    assert bobs.get("/disclosures").status_code == 200

    assert founder.send(address, reason=WHY).location == "/users/bob"
    assert bobs.get("/disclosures").status_code == 403
    assert "Person founder" in founder.get("/users/bob").text


def test_who_is_shut_out_is_out_with_his_next_click_and_let_in_again(founder, bobs):
    assert "stops working at once" in founder.get("/users/bob/shut-out").text
    assert bobs.get("/me").status_code == 200

    assert founder.send("/users/bob/shut-out", reason=WHY).location == "/users/bob"
    assert bobs.get("/me").status_code == 303
    assert code_of(bobs.sign_in("bob")) == "login_refused"
    founder.send("/users/bob/let-in", reason=WHY)
    assert bobs.sign_in("bob").status_code == 303


def test_all_sessions_of_a_user_end(founder, bobs):
    assert founder.get("/users/bob/end-sessions").status_code == 200
    founder.send("/users/bob/end-sessions")

    assert bobs.get("/me").location == "/login?next=/me&ended=yes"


def test_one_session_of_a_user_ends(founder, bobs):
    page = founder.get("/users/bob").text
    address = page.split('action="/users/bob/sessions/')[1].split('"')[0]
    founder.send(f"/users/bob/sessions/{address}")

    assert bobs.get("/me").status_code == 303


def test_another_password_has_to_be_changed_first(founder, bobs):
    given = {"password": "chosen by another", "again": "chosen by another"}
    assert founder.send("/users/bob/password", **given).location == "/users/bob"

    assert bobs.get("/me").status_code == 303
    assert bobs.sign_in("bob", "chosen by another").location == "/first"
    assert "has to change the password first" in founder.get("/users/bob").text


def test_wrong_passwords_are_forgotten_by_who_may(founder, app, bob):
    visitor = Visitor(app.test_client())
    for _ in range(6):
        visitor.sign_in("bob", "wrong horse battery")
    assert code_of(visitor.sign_in("bob")) == "locked_out"

    founder.send("/users/bob/unlock")
    assert visitor.sign_in("bob").status_code == 303


def test_an_alarm_is_on_top_until_somebody_looked_into_it(founder, sessions):
    with sessions.begin() as session:
        user, _password = seal_break_glass(session, actor=SYSTEM)
        user.alarm_since = now()

    assert "ALARM: break-glass was used" in founder.get("/").text
    founder.send("/users/break-glass/acknowledge", reason=WHY)
    assert "ALARM" not in founder.get("/").text


def test_what_is_wrong_with_backups_and_their_keys_is_on_top_as_well(founder, sessions):
    with sessions.begin() as session:
        wrong = Wrong("packs/ab/abc", FaultKind.ABSENT)
        note_wrong(session, wrong, by="test", actor=SYSTEM)

    today = founder.get("/").text

    assert "Stored objects that are lost or altered: 1" in today
    assert "Backups that are damaged" not in today


def test_what_a_verb_refuses_is_said_on_the_page_that_asked(founder, bob):
    answer = founder.send("/users/bob/take-second-factor", reason=WHY)

    assert (answer.status_code, code_of(answer)) == (409, "second_factor_unset")
    assert "Remove the second factor of Person bob (bob)?" in answer.text


def test_nothing_is_said_to_be_done_that_was_not_stored(founder, bobs, sessions):
    def fail(session) -> None:
        if any(isinstance(each, UserShutOut) for each in recorded(session)):
            raise ChangedMeanwhile

    event.listen(sessions, "before_commit", fail, insert=True)
    answer = founder.send("/users/bob/shut-out", reason=WHY)

    assert (answer.status_code, code_of(answer)) == (409, "changed_meanwhile")
    assert "is shut out" not in answer.text + founder.get("/users/bob").text
    assert "Content-Security-Policy" in answer.headers
    assert bobs.get("/me").status_code == 200


def test_who_may_only_look_is_offered_nothing_else(someone, bob):
    page = someone(Role.AUDITOR).get("/users/bob").text

    for way in ("grant", "shut-out", "password", "withdraw", "end-sessions"):
        assert f"/{way}" not in page


def test_numbers_are_for_who_may_see_all_of_them(someone, founder):
    assert "PINs by proof" in founder.get("/").text
    page = someone(Role.MANAGER).get("/").text
    assert "Welcome, Person manager" in page
    assert "PINs by proof" not in page


def test_a_station_is_shut_out_after_a_page_has_said_what_it_means(someone, enrol):
    enrol("bench-1")
    administrator = someone(Role.ADMINISTRATOR)
    assert "bench-1" in administrator.get("/stations?q=bench").text
    assert "Shut the station bench-1 out?" in administrator.get("/stations/bench-1/revoke").text

    assert administrator.send("/stations/bench-1/revoke").location == "/stations"
    assert "revoked" in administrator.get("/stations").text
    assert "/stations/bench-1/revoke" not in administrator.get("/stations").text
