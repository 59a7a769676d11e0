import re

from structlog.testing import capture_logs


def test_a_request_is_one_line_with_the_number_of_its_answer(operator):
    with capture_logs() as lines:
        answer = operator.get("/api/v1/whoami")

    assert [(line["event"], line["status"], line["actor"]) for line in lines] == [
        ("answered", 200, "A operator")
    ]
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_a_number_from_the_caller_is_kept_when_it_is_harmless(operator):
    good, bad = "cli-0123456789", 'x" injected'

    kept = operator.get("/api/v1/whoami", headers={"X-Request-Id": good})
    replaced = operator.get("/api/v1/whoami", headers={"X-Request-Id": bad})

    assert kept.headers["X-Request-Id"] == good
    assert replaced.headers["X-Request-Id"] != bad


def test_no_secret_and_no_address_is_in_a_line(stranger, operator):
    with capture_logs() as lines:
        stranger.post("/api/v1/login", json={"username": "ann", "password": "hunter2-hunter2"})
        operator.get("/api/v1/sims/13812342231?q=13812342231", headers={"Cookie": "hunter2"})

    assert "hunter2" not in str(lines)
    assert "13812342231" not in str(lines)
    assert "wf_" not in str(lines)


def test_no_answer_is_kept_by_a_cache(stranger, operator):
    for answer in (stranger.get("/api/ready"), operator.get("/api/v1/whoami")):
        assert answer.headers["Cache-Control"] == "no-store"
