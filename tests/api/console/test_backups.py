"""Backups, openings and the keys of backups, on pages."""

import csv
import io

import pytest
from pyrage import x25519

from fleet.access.actor import SYSTEM
from fleet.backups.services import plan_backup
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.escrow import fingerprint_of
from tests.api.console.visitor import Visitor, code_of
from tests.fleet.custody.proofs import back_up

YEAR = now().year
ASKED = {"purpose": "give_back", "reason": "he wants his photos", "paths": "DCIM/*\n\nMovies/*\n"}


@pytest.fixture
def ended(people, stored) -> str:
    """Give a backup of the phone that Ann holds."""
    with stored() as make:
        phone = make.session.merge(make.device(tag="WF-0002"))
        backup = back_up(make.session, phone)
        return backup.number


@pytest.fixture
def live(people, stored, tools) -> str:
    with stored() as make:
        phone = make.session.merge(make.device(tag="WF-0003"))
        planned = plan_backup(make.session, tools, phone, reason="asked", actor=SYSTEM)
        return planned.number


def lines(answer):
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_backup_is_found_in_the_list_and_leads_to_its_sheet(someone, ended):
    auditor = someone(Role.AUDITOR)

    assert f'href="/backups/{ended}"' in auditor.get("/backups?state=complete&q=WF-0002").text
    assert f'href="/backups/{ended}"' not in auditor.get("/backups?state=damaged").text
    assert [row[0] for row in lines(auditor.send("/backups/export.csv"))[1:]] == [ended]
    page = auditor.get(f"/backups/{ended}").text
    assert f'href="/backups/{ended}/sheet"' in page
    assert "/cancel" not in page  # it has ended
    assert code_of(auditor.get("/backups/BK-1")) == "backup_not_found"


def test_a_backup_is_paused_gone_on_with_and_given_up_only_when_sure(someone, live):
    operator, address = someone(Role.OPERATOR), f"/backups/{live}"

    operator.send(f"{address}/pause")
    assert 'data-state="paused"' in operator.get(address).text
    operator.send(f"{address}/resume")
    assert 'data-state="planned"' in operator.get(address).text
    assert "Give up the backup" in operator.get(f"{address}/cancel").text
    assert 'data-state="planned"' in operator.get(address).text
    operator.send(f"{address}/cancel")
    assert 'data-state="cancelled"' in operator.get(address).text
    assert code_of(operator.send(f"{address}/pause")) == "backup_ended"


def test_who_may_only_look_stops_nothing(someone, live):
    auditor = someone(Role.AUDITOR)

    assert f"/backups/{live}/pause" not in auditor.get(f"/backups/{live}").text
    assert auditor.send(f"/backups/{live}/pause").status_code == 403


def asked_by(visitor: Visitor, backup: str) -> str:
    address: str = visitor.send("/openings/new", backup=backup, **ASKED).location
    return address


def test_two_people_open_a_backup(someone, ended):
    officer, second = someone(Role.SECURITY), someone(Role.ADMINISTRATOR)
    assert f'value="{ended}"' in officer.get(f"/openings/new?backup={ended}").text

    address = asked_by(officer, ended)
    assert 'id="approve"' not in officer.get(address).text
    assert "DCIM/*, Movies/*" in second.get(address).text
    assert f'href="{address}"' in second.get("/openings?state=requested").text
    assert code_of(second.send(f"{address}/approve", note="")) == "form_not_right"
    second.send(f"{address}/approve", note="he asked me too")
    assert 'data-state="approved"' in officer.get(address).text

    officer.send(f"{address}/close")
    assert 'data-state="closed"' in second.get(address).text


def test_an_opening_is_denied_withdrawn_or_ended_at_once(someone, ended):
    officer, second = someone(Role.SECURITY), someone(Role.ADMINISTRATOR)

    address = asked_by(officer, ended)
    second.send(f"{address}/deny", note="not yours to see")
    assert 'data-state="denied"' in officer.get(address).text
    assert code_of(officer.send(f"{address}/withdraw")) == "opening_moved"

    address = asked_by(officer, ended)
    officer.send(f"{address}/withdraw")
    assert 'data-state="withdrawn"' in officer.get(address).text

    address = asked_by(officer, ended)
    second.send(f"{address}/approve", note="agreed")
    second.send(f"{address}/revoke")
    assert 'data-state="closed"' in officer.get(address).text


def test_what_is_not_right_in_a_request_is_said_and_the_rest_is_kept(someone, ended):
    refused = someone(Role.SECURITY).send("/openings/new", backup="BK-1", **ASKED)

    assert code_of(refused) == "backup_not_found"
    assert "he wants his photos" in refused.text
    assert "Movies/*" in refused.text


def test_the_head_of_another_department_sees_no_opening(someone, ended, people):
    address = asked_by(someone(Role.SECURITY), ended)

    for name in ("ben", "wei"):
        assert people[name].get(address).status_code in {403, 404}
    assert len(lines(someone(Role.SECURITY).send("/openings/export.csv"))) == 2
    assert len(lines(people["ben"].send("/openings/export.csv"))) == 1


def test_a_key_takes_two_people_and_the_paper(someone):
    officer, second = someone(Role.SECURITY), someone(Role.ADMINISTRATOR)
    recipient = str(x25519.Identity.generate().to_public())
    kept = {"kept_by": "陈浩", "kept_at": "safe of the head office", "reason": "the second key"}

    asked = officer.send("/escrow-keys/new", name="safe-2", recipient="age1", **kept)
    assert code_of(asked) == "recipient_not_valid"
    assert "safe of the head office" in asked.text
    address = officer.send("/escrow-keys/new", name="safe-2", recipient=recipient, **kept).location

    assert fingerprint_of(recipient) not in second.get(address).text
    assert 'id="confirm"' not in officer.get(address).text
    wrong = second.send(f"{address}/confirm", fingerprint="1" * 30, note="read aloud")
    assert code_of(wrong) == "fingerprint_differs"
    assert 'value="read aloud"' in wrong.text
    second.send(f"{address}/confirm", fingerprint=fingerprint_of(recipient), note="read aloud")
    assert 'data-state="active"' in second.get(address).text

    assert "Nothing new is sealed to it" in officer.get(f"{address}/retire").text
    other = str(x25519.Identity.generate().to_public())
    again = officer.send("/escrow-keys/new", name="safe-3", recipient=other, **kept).location
    second.send(f"{again}/deny", note="not needed")
    assert 'data-state="denied"' in second.get(again).text
    names = [row[0] for row in lines(someone(Role.AUDITOR).send("/escrow-keys/export.csv"))[1:]]
    assert {"safe-2", "safe-3"} <= set(names)
