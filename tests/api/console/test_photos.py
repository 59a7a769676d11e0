"""Photographs and what a phone did not tell, on pages, and whom the pictures are shown to."""

import io

import pytest

from fleet.access.actor import SYSTEM
from fleet.contracts.access import Role
from fleet.contracts.facts import Gap
from fleet.custody import photos
from fleet.custody.models import Photo
from fleet.devices.queries import device
from fleet.keys.sources import load_keyring
from fleet.vault.tools import Tools
from tests.api.console.visitor import code_of
from tests.photographs import JPEG, said_of

PNG = b"\x89PNG\r\n\x1a\n" + b"its back"


@pytest.fixture
def number(people, sessions, settings):
    tools = Tools(load_keyring(settings), settings)
    with sessions.begin() as session:
        phone = device(session, "WF-0001")
        return photos.attach(
            session, tools, phone, JPEG, said_of(note="a scratch"), actor=SYSTEM
        ).number


def test_a_phone_shows_small_pictures_of_itself(people, someone, number):
    page = someone(Role.OPERATOR).get("/phones/WF-0001").text

    assert f'src="/photos/{number}/picture"' in page
    assert "a scratch" in page
    assert f'src="/photos/{number}/picture"' in people["ann"].get("/phones/WF-0001").text


def test_a_picture_is_what_its_first_bytes_say_and_nobody_keeps_it(someone, number, sessions):
    with sessions.begin() as session:
        session.query(Photo).one().kind = "text/html"
    answer = someone(Role.AUDITOR).get(f"/photos/{number}/picture")

    assert answer.data == JPEG
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{number}.jpeg"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_people_of_other_departments_see_none(people, number):
    for name, code in (("ann", None), ("wei", None), ("ben", "photo_not_found")):
        for address in (f"/photos/{number}", f"/photos/{number}/picture"):
            assert code_of(people[name].get(address)) == code
    assert number not in people["ben"].get("/photos").text
    assert number in people["wei"].get("/photos?device=WF-0001").text
    assert number not in people["ben"].send("/photos/export.csv").text


def test_one_is_attached_on_the_page_of_the_phone(people, someone, sessions):
    operator = someone(Role.OPERATOR)
    assert 'id="attach"' in operator.get("/phones/WF-0001").text
    assert 'id="attach"' not in people["ann"].get("/phones/WF-0001").text
    sent = {"taken": "handed_out", "note": "its back"}
    done = operator.send("/phones/WF-0001/photos", file=(io.BytesIO(PNG), "back.png"), **sent)

    assert done.status_code == 303
    with sessions() as session:
        kept = session.query(Photo).one()
        assert (kept.kind, kept.taken, kept.note) == ("image/png", "handed_out", "its back")
    page = operator.get(f"/photos/{kept.number}").text
    assert "its back" in page
    assert f'src="/photos/{kept.number}/picture"' in page


def test_what_is_no_photograph_is_refused_beside_the_form(people, someone):
    operator = someone(Role.OPERATOR)
    nothing = operator.send("/phones/WF-0001/photos")
    wrong = operator.send("/phones/WF-0001/photos", file=(io.BytesIO(b"MZ"), "a.jpg"))

    assert code_of(nothing) == "form_not_right"
    assert "Choose a file" in nothing.text
    assert code_of(wrong) == "photo_unreadable"


def test_what_a_phone_did_not_tell_stands_on_its_page(people, someone, stored, sessions):
    operator = someone(Role.OPERATOR)
    assert 'id="untold"' not in operator.get("/phones/WF-0001").text
    gap = Gap(part="device_policy", reason="The phone did not answer in time.", detail="timeout")
    with stored() as make:
        phone = device(make.session, "WF-0001")
        facts = make.facts(phone).model_copy(update={"gaps": (gap,)})
        phone.facts = facts.model_dump(mode="json")

    page = operator.get("/phones/WF-0001").text
    assert 'data-part="device_policy"' in page
    assert "did not answer in time" in page
    assert ">timeout<" in page
