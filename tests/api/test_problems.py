import pytest
from apiflask import APIFlask
from structlog.testing import capture_logs

from api.identity import asks
from fleet.contracts.access import Role
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import ProblemOut

SECRET = "hunter2-hunter2"
ROLES = "'administrator', 'security', 'auditor', 'operator', 'manager', 'supervisor' or 'employee'"


def test_every_wrong_field_is_named_with_what_is_wrong(administrator):
    answer = administrator.post("/api/v1/users", json={"username": "", "role": "king", "pin": 1})

    assert answer.status_code == 422
    assert answer.json["code"] == "request_invalid"
    assert answer.json["details"]["fields"] == {
        "username": ["This is too short: at least 1 characters."],
        "name": ["This is needed."],
        "role": [f"This has to be one of {ROLES}."],
        "pin": ["Nothing is known by this name."],
    }


def test_what_was_sent_is_never_repeated(administrator):
    body = {"username": "x" * 300, "name": "n", "role": SECRET, "password": [SECRET]}

    answer = administrator.post("/api/v1/users", json=body)

    assert answer.status_code == 422
    assert SECRET not in answer.text
    assert "xxx" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe", b"[1, 2", b'{"a": NaN', b'{"username": NaN}', b"1e400"),
        *(b'{"username": "\\ud800"}', b'{"username": "\xed\xa0\x80"}', b"[" * 100_000),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_not_json_is_refused_as_such(administrator, body):
    answer = administrator.post("/api/v1/users", data=body)

    assert (answer.status_code, answer.json["code"]) == (400, "body_unreadable")


def test_a_whole_pair_of_halves_is_a_character(administrator):
    body = b'{"username": "ann", "name": "Ann \\ud83d\\ude00"}'

    assert administrator.post("/api/v1/users", data=body).json["name"] == "Ann \U0001f600"


def test_a_moment_outside_of_the_calendar_is_named(administrator):
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = administrator.post("/api/v1/audit/prune", json={"before": moment})

        assert answer.status_code == 422
        assert answer.json["details"]["fields"] == {
            "before": ["This moment lies outside of the calendar."]
        }


def test_a_number_that_no_row_has_is_no_mistake_of_ours(administrator):
    for sequence in (2**63, 10**40):
        answer = administrator.get(f"/api/v1/audit/entries/{sequence}")

        assert answer.status_code in {404, 422}


@pytest.mark.parametrize("body", ["[]", "null", "3", '"text"'])
def test_json_that_is_no_object_is_invalid(administrator, body):
    answer = administrator.post("/api/v1/users", data=body)

    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_a_body_over_the_limit_is_refused_unread(administrator):
    answer = administrator.post("/api/v1/users", data=b" " * (1024 * 1024 + 1))

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_wrong_method_says_which_are_right(administrator):
    answer = administrator.delete("/api/v1/users")

    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_refusal_in_the_domain_keeps_its_code_and_fields(administrator):
    person = {"username": "ann", "name": "Ann", "role": "operator"}
    administrator.post("/api/v1/users", json=person)

    answer = administrator.post("/api/v1/users", json=person)

    assert answer.status_code == 409
    assert ProblemOut.model_validate(answer.json) == ProblemOut(
        code="username_taken",
        message="There is a user ann already.",
        advice="Choose another name.",
        details={"username": "ann"},
    )


def test_our_own_mistake_is_one_apology_and_its_words_stay_with_us(app: APIFlask, administrator):
    @app.get("/api/broken")
    @asks(Permission.USERS_READ)
    def broken() -> str:
        raise ValueError(SECRET)

    with capture_logs() as lines:
        answer = administrator.get("/api/broken")

    assert (answer.status_code, answer.json["code"]) == (500, "our_mistake")
    assert SECRET not in answer.text + str(lines)
    assert any(line["event"] == "our_mistake" and "broken" in line["at"][-1] for line in lines)


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("zh-CN", "zh_CN"),
        ("zh-Hans-CN,en;q=0.5", "zh_CN"),
        ("fr, zh;q=0.8, en;q=0.5", "zh_CN"),
        ("en-US,zh;q=0.5", "en"),
        ("de", "en"),
        ("", "en"),
        ("*", "en"),
        (";;,=q", "en"),
    ],
)
def test_sentences_are_in_the_language_that_is_asked_for(app, administrator, asked, spoken):
    from fleet.contracts.words import language

    @app.get("/api/spoken")
    @asks(Permission.USERS_READ)
    def which() -> str:
        return language()

    answer = administrator.get("/api/spoken", headers={"Accept-Language": asked})

    assert answer.text == spoken


@pytest.mark.parametrize("moment", ["6649", "6649.5", " 1 "])
def test_a_number_is_no_moment(client_of, moment):
    answer = client_of(Role.AUDITOR).get("/api/v1/audit", query_string={"until": moment})

    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_a_page_mark_in_a_body_is_looked_at_like_one_in_an_address(client_of):
    answer = client_of(Role.OPERATOR).post("/api/v1/rotations/plan", json={"after": "a\0b"})

    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")
