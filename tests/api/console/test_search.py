"""The search box of every page, and views of lists."""

import re

from fleet.contracts.access import Role
from tests.api.console.test_desk import LOST, reported  # noqa: F401 — a fixture
from tests.api.console.visitor import code_of


def test_every_page_has_the_box_and_it_finds(people, someone):
    operator = someone(Role.OPERATOR)
    assert 'action="/search"' in operator.get("/incidents").text

    page = operator.get("/search?q=wf-0001").text

    assert '<a href="/phones/WF-0001">WF-0001</a>' in page
    assert "tag is so" in page


def test_what_has_a_page_is_led_to(people, reported, someone):  # noqa: F811
    number = reported.rpartition("/")[2]

    assert f'href="{reported}"' in someone(Role.OPERATOR).get(f"/search?q={number}").text
    assert reported not in people["ben"].get(f"/search?q={number}").text


def test_an_empty_box_and_odd_words_are_pages_too(people, someone):
    operator = someone(Role.OPERATOR)

    assert operator.get("/search").status_code == operator.get("/search?q=+").status_code == 200
    assert code_of(operator.get("/search?q=%E2%80%94")) == "nothing_to_look_for"
    assert "<script" not in operator.get("/search?q=<script>alert(1)</script>").text


def test_a_list_is_kept_as_a_view_and_opened_again(people, someone):
    operator = someone(Role.OPERATOR)
    asked = "state=open&sort=-number"
    page = operator.get(f"/incidents?{asked}").text
    [kept] = re.findall(r'name="asked" value="([^"]*)"', page)
    given = {"listing": "incidents", "asked": kept.replace("&amp;", "&"), "name": "open ones"}

    saved = operator.send("/views", on="/incidents", **given)

    assert saved.location == "/views/open%20ones"
    assert "/incidents?sort=-number&amp;state=open" in operator.get("/views").text
    assert code_of(operator.send("/views", on="/incidents", **given)) == "view_name_taken"
    again = operator.send("/views", on="/incidents", **given, replace="y")
    assert again.location == saved.location


def test_a_shared_view_is_its_owners_to_change(people, someone):
    operator, auditor = someone(Role.OPERATOR), someone(Role.AUDITOR)
    given = {"listing": "findings", "asked": "overdue=true", "name": "late", "shared": "y"}
    operator.send("/views", on="/findings", **given)

    page = auditor.get("/views/operator:late").text
    assert "/findings?overdue=true" in page
    assert 'id="share"' not in page
    assert code_of(auditor.send("/views/operator:late/remove")) == "view_of_another"
    assert operator.send("/views/late/share", shared="no").status_code == 303
    assert code_of(auditor.get("/views/operator:late")) == "view_not_found"
    assert operator.send("/views/late/remove").location == "/views"


def test_what_is_no_list_is_refused_on_its_form(people, someone):
    operator = someone(Role.OPERATOR)
    wrong = {"listing": "ships", "asked": "", "name": "x"}

    assert code_of(operator.send("/views", on="/incidents", **wrong)) == "list_unknown"
    wrong = {"listing": "incidents", "asked": "limit=0", "name": "x"}
    assert code_of(operator.send("/views", on="/incidents", **wrong)) == "view_query_wrong"
