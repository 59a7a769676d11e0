"""Papers on pages: made, signed, attached to, printed; and what their QR codes show to anybody."""

import json
import re
from io import BytesIO

import pytest
from sqlalchemy import select

from fleet.contracts.access import Role
from fleet.papers.models import Paper
from tests.api.console.visitor import Visitor, code_of

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
MADE = {"kind": "issue_form", "subject": "WF-0001"}


@pytest.fixture
def operator(people, someone):
    return someone(Role.OPERATOR)


@pytest.fixture
def address(operator):
    """Give the page of the issue form of Ann's phone."""
    made = operator.send("/papers/new", **MADE)
    assert made.status_code == 303
    return made.location


@pytest.fixture
def number(address):
    return address.rpartition("/")[2]


@pytest.fixture
def stored_paper(sessions, number):
    def look():
        with sessions() as session:
            return session.scalar(select(Paper).where(Paper.number == number))

    return look


def signed_on(page, role):
    return f'data-role="{role}" data-signed="yes"' in page


def test_what_cannot_be_made_says_why_and_keeps_what_was_typed(operator):
    answer = operator.send("/papers/new", kind="issue_form", subject="WF-9999")

    assert code_of(answer) == "device_not_found"
    assert 'value="WF-9999"' in answer.text


def test_the_holder_signs_on_her_page_what_she_has_read(people, address, number, stored_paper):
    page = people["ann"].get(f"/sign/{number}").text
    assert "WF-0001" in page
    assert 'id="sign"' in page
    assert 'id="attest"' not in page
    drawn = json.dumps({"strokes": [[1, 2, 30, 40]]})

    paper = stored_paper()
    done = people["ann"].send(f"/sign/{number}", role="holder", digest=paper.digest, drawn=drawn)

    assert done.location == address
    assert signed_on(people["ann"].get(address).text, "holder")
    assert "M1 2 L30 40" in people["ann"].get(f"{address}/print").text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"digest": "0" * 64}, "digest_of_another"),
        ({"drawn": '{"strokes": [[1]]}'}, "form_not_right"),
        ({"drawn": "<svg>"}, "form_not_right"),
        ({"role": "handler"}, "not_yours_to_sign"),
        ({"role": "finance"}, "not_to_be_signed_so"),
    ],
)
def test_what_is_signed_wrongly_is_refused_on_the_page(people, number, stored_paper, fields, code):
    typed = {"role": "holder", "digest": stored_paper().digest, **fields}
    answer = people["ann"].send(f"/sign/{number}", **typed)

    assert code_of(answer) == code
    assert answer.status_code >= 400


def test_the_desk_attests_who_signs_before_it(operator, address, number, stored_paper):
    typed = {"role": "holder", "digest": stored_paper().digest, "name": "Ann"}
    lacks = operator.send(f"/sign/{number}/attest", **typed)
    assert code_of(lacks) == "form_not_right"

    operator.send(f"/sign/{number}/attest", **typed, identity="staff card")

    page = operator.get(address).text
    assert signed_on(page, "holder")
    assert "staff card" in page


def test_only_the_page_to_sign_on_has_a_script_and_that_one_alone(people, number):
    answer = people["ann"].get(f"/sign/{number}")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)

    assert nonce is not None
    assert re.findall(r"<script[^>]*>", answer.text) == [
        f'<script nonce="{nonce[1]}" src="/console/static/sign.js">'
    ]
    again = people["ann"].get(f"/sign/{number}").headers["Content-Security-Policy"]
    assert again != policy
    assert "script-src" not in people["ann"].get("/papers").headers["Content-Security-Policy"]


def test_a_print_is_one_page_that_loads_nothing(operator, address):
    answer = operator.get(f"{address}/print")
    policy = answer.headers["Content-Security-Policy"]

    assert "script-src" not in policy
    assert re.search(r"style-src 'sha256-[\w+/=]+';", policy)
    assert "size: A4" in answer.text
    assert "counter(pages)" in answer.text


def test_a_scan_is_attached_and_fetched_again(operator, people, address):
    send = {"file": (BytesIO(PNG), "scan.png"), "roles": "holder", "note": "at the desk"}
    done = operator.send(f"{address}/scans", on=address, **send)
    assert done.status_code == 303

    assert signed_on(operator.get(address).text, "holder")
    fetched = people["ann"].get(f"{address}/scans/1")
    assert (fetched.data, fetched.mimetype) == (PNG, "image/png")
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert people["ben"].get(f"{address}/scans/1").status_code == 404


@pytest.mark.parametrize(
    ("file", "code"),
    [((BytesIO(b"MZ"), "scan.png"), "scan_unreadable"), ((BytesIO(b""), ""), "form_not_right")],
)
def test_what_is_no_scan_is_refused_on_the_page(operator, address, file, code):
    answer = operator.send(f"{address}/scans", on=address, file=file)

    assert code_of(answer) == code


def test_a_void_paper_says_so_everywhere(operator, people, address, number, stored_paper):
    operator.send(f"{address}/void", reason="the wrong phone")

    assert 'data-state="void"' in operator.get(address).text
    assert "the wrong phone" in operator.get(f"{address}/print").text
    assert 'id="sign"' not in people["ann"].get(f"/sign/{number}").text
    assert 'data-state="void"' in operator.get(f"/check/{stored_paper().check}").text


def test_anybody_with_a_print_learns_whether_it_counts_and_nothing_of_anybody(
    app, people, number, stored_paper
):
    paper = stored_paper()
    people["ann"].send(f"/sign/{number}", role="holder", digest=paper.digest)
    stranger = Visitor(app.test_client())

    page = stranger.get(f"/check/{paper.check}").text

    assert number in page
    assert 'data-state="valid"' in page
    assert "1/3" in page
    for personal in ("Ann", "WF-0001", "Person operator", "SALES"):
        assert personal not in page
    assert stranger.get("/check/somethingelse").status_code == 404


@pytest.mark.parametrize(("typed", "same"), [(16, "yes"), (64, "yes"), (15, "no")])
def test_a_print_is_compared_by_its_digest(app, stored_paper, typed, same):
    paper, stranger = stored_paper(), Visitor(app.test_client())

    asked = f"/check/{paper.check}?digest={paper.digest[:typed].upper()}"
    assert f'data-same="{same}"' in stranger.get(asked).text
    wrong = f"/check/{paper.check}?digest={'0' * 64}"
    assert 'data-same="no"' in stranger.get(wrong).text


def test_a_content_that_was_changed_behind_our_back_is_named_to_everybody(
    app, sessions, operator, address, stored_paper
):
    with sessions.begin() as session:
        paper = session.scalar(select(Paper))
        paper.content = {**paper.content, "title": {"zh": "x", "en": "x"}}

    page = Visitor(app.test_client()).get(f"/check/{stored_paper().check}").text
    assert 'id="altered"' in page
    assert "alert-success" not in page
    assert 'id="altered"' in operator.get(address).text


def test_trying_addresses_of_papers_is_stopped(app, stored_paper):
    stranger = Visitor(app.test_client())
    answers = [stranger.get(f"/check/{n}").status_code for n in range(31)]

    assert answers[:30] == [404] * 30
    assert answers[30] == 429


def test_who_holds_no_part_in_it_does_not_see_it(people, address, number):
    for path in (address, f"{address}/print", f"/sign/{number}"):
        assert people["ben"].get(path).status_code == 404
    assert number not in people["ben"].get("/papers").text
    assert number in people["wei"].get("/papers").text


def test_a_list_of_papers_is_exported(operator, number):
    answer = operator.send("/papers/export.csv")

    assert number in answer.text
