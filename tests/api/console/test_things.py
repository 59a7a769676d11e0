"""Phones, SIMs, accounts, people and what went out beside phones, in lists and on pages."""

import csv
import io

import pytest
from sqlalchemy import event

from fleet.access.actor import SYSTEM
from fleet.contracts.access import Role
from fleet.contracts.accessories import AccessoryIn
from fleet.custody.accessories import Kit
from fleet.custody.issuing import issue
from tests.api.console.visitor import code_of

LISTS = ("phones", "sims", "accounts", "employees", "departments", "partners", "accessories")


@pytest.fixture
def hand_out(stored):
    """Give so many people of the shop a phone with a charger, a SIM and an account each."""

    def handed(rows):
        with stored() as make:
            for _ in range(rows):
                shop = make.department()
                person, phone = make.employee(department=shop), make.device()
                account, sim = make.account(device=phone), make.sim(device_id=phone.id)
                things = {"devices": [phone], "sims": [sim], "accounts": [account]}
                kit = Kit([AccessoryIn(word="charger")])
                issue(make.session, to=person, **things, kit=kit, actor=SYSTEM)
                make.partner(department=shop)

    return handed


def lines(answer):
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def asked(engine, visitor, address):
    """Return how many rows a page has, and how many statements were sent for it."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    page = visitor.get(address)
    event.remove(engine, "before_cursor_execute", note)
    assert page.status_code == 200
    return page.text.count('<tr role="row">'), len(sent)


def test_a_longer_list_takes_no_more_questions(hand_out, someone, engine, subtests):
    operator = someone(Role.OPERATOR)
    hand_out(2)
    operator.get("/phones")  # the first one notes that the session is in use
    few = {name: asked(engine, operator, f"/{name}") for name in LISTS}
    hand_out(10)

    for name in LISTS:
        with subtests.test(name):
            rows, questions = asked(engine, operator, f"/{name}")
            assert rows > few[name][0]
            assert questions == few[name][1]


def test_lists_filter_sort_page_and_go_out_as_files(hand_out, someone, subtests):
    hand_out(3)
    operator = someone(Role.OPERATOR)
    for name in LISTS:
        with subtests.test(name):
            whole = lines(operator.send(f"/{name}/export.csv"))
            assert len(whole) > 3
            first = operator.get(f"/{name}?limit=2").text
            assert 'id="next-page"' in first
            assert "aria-sort" in first
            assert "There is nothing here" in operator.get(f"/{name}?q=nobody-is-called-so").text
            assert lines(operator.send(f"/{name}/export.csv", q="nobody-is-called-so")) == whole[:1]


def test_states_are_words_in_the_list_and_in_the_file(hand_out, someone):
    hand_out(1)
    operator = someone(Role.OPERATOR)

    assert ">issued<" in operator.get("/phones?state=issued").text
    assert "There is nothing here" in operator.get("/phones?state=in_repair").text
    assert lines(operator.send("/phones/export.csv"))[1][3] == "issued"


def test_a_list_that_a_link_narrowed_stays_so_when_it_is_filtered(people, someone):
    page = someone(Role.OPERATOR).get("/sims?device=WF-0001&sort=-number").text

    assert '<input type="hidden" name="device" value="WF-0001">' in page
    assert '<input type="hidden" name="sort" value="-number">' in page
    assert "device: WF-0001" in page


def test_lists_end_where_the_reach_does(people, subtests):
    for name in ("phones", "sims", "employees"):
        with subtests.test(name):
            assert len(lines(people["ann"].send(f"/{name}/export.csv"))) == 2
            assert len(lines(people["wei"].send(f"/{name}/export.csv"))) >= 2
    assert len(lines(people["ben"].send("/phones/export.csv"))) == 1


def test_a_phone_shows_what_belongs_together(people, someone):
    operator = someone(Role.OPERATOR)
    page = operator.get("/phones/WF-0001").text

    assert 'data-level="declared"' in page
    assert "Ann" in page
    for part in ("sims", "holders"):
        assert f'id="{part}"' in page
    for address in ("/phones/WF-0001/gate", "/requests/new?kind=device_pin&amp;subject=WF-0001"):
        assert f'href="{address}"' in page
    assert 'href="/cases/new/swap?device=WF-0001"' in page
    assert 'value="WF-0001"' in operator.get("/cases/new/swap?device=WF-0001").text
    filled = operator.get("/requests/new?kind=device_pin&subject=WF-0001").text
    assert 'value="WF-0001"' in filled


def test_what_is_beyond_the_reach_is_not_there(people):
    assert people["ann"].get("/phones/WF-0001").status_code == 200
    assert people["wei"].get("/phones/WF-0001").status_code == 200
    assert code_of(people["ben"].get("/phones/WF-0001")) == "device_not_found"
    assert code_of(people["ben"].get("/phone-changes?device=WF-0001")) == "device_not_found"
    assert code_of(people["ben"].get("/departments/SALES")) == "department_not_found"


def test_a_person_shows_what_he_holds_and_a_thing_who_holds_it(hand_out, someone, sessions):
    hand_out(1)
    operator = someone(Role.OPERATOR)
    (person,) = [row[0] for row in lines(operator.send("/employees/export.csv"))[1:]]
    page = operator.get(f"/employees/{person}").text

    for part in ("phones", "sims", "accounts", "posts"):
        assert f'id="{part}"' in page
    for name, column in (("sims", 2), ("accounts", 0)):
        (thing,) = [row[column] for row in lines(operator.send(f"/{name}/export.csv"))[1:]]
        assert f'href="/employees/{person}"' in operator.get(f"/{name}/{thing}").text


def test_a_department_shows_who_is_in_it_by_any_post(someone, stored):
    with stored() as make:
        place = make.department(code="LAB", parent=make.department(code="TOP"))
        make.post(make.employee(name="赵敏"), place, title="顾问")
    operator = someone(Role.OPERATOR)

    page = operator.get("/departments/LAB").text
    assert "赵敏" in page
    assert "LAB 顾问" in page
    assert 'href="/departments/LAB"' in operator.get("/departments/TOP").text


def test_found_things_lead_to_their_pages(people, someone):
    assert 'href="/phones/WF-0001"' in someone(Role.OPERATOR).get("/search?q=WF-0001").text


def test_what_is_missing_is_found_among_the_accessories(hand_out, someone):
    hand_out(1)
    operator = someone(Role.OPERATOR)

    assert "with the holder" in operator.get("/accessories?where=with_holder").text
    assert "There is nothing here" in operator.get("/accessories?where=missing").text
    assert "There is nothing here" in operator.get("/accessories?word=cable").text
