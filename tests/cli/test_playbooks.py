"""`workfleet playbook`, and changes by hand, at the command line."""

import json

import pytest

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND
from tests.cli.conftest import Workfleet


@pytest.fixture
def desk(workfleet: Workfleet) -> Workfleet:
    """Give a server with an account, and a second person beside the founder."""
    workfleet.say("account", "add", "wx-1")
    workfleet.let_in("ben", role="operator", password="a long one of his own")
    return workfleet


def test_what_comes_with_the_product_is_listed_and_shown(workfleet):
    listed = workfleet.json("playbook", "list", "--language", "en")["items"]
    names = ["wechat-en-dialog", "wechat-en-page", "wecom-en-binding"]
    assert [one["name"] for one in listed] == names

    shown = workfleet.say("playbook", "show", "wechat-zh-page")
    assert "8.0.40 and later" in shown
    assert "修改微信密码" in shown
    workfleet.refusal("playbook", "show", "horoscope", expect=NOT_FOUND)


def test_a_playbook_is_changed_by_what_it_was_shown_as(workfleet, tmp_path):
    shown = workfleet.json("playbook", "show", "wechat-zh-page")
    shown["book"]["success"] = ["改好了"]
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(shown), "utf-8")
    words = ("playbook", "set", "wechat-zh-page", "--file", str(file), "--reason", "new texts")

    assert "dry run" in workfleet.say(*words, "--dry-run")
    assert "version 2" in workfleet.say(*words)
    assert workfleet.json("playbook", "show", "wechat-zh-page")["book"]["success"] == ["改好了"]
    history = workfleet.json("playbook", "list", "--history")["items"]
    assert [one["number"] for one in history if one["name"] == "wechat-zh-page"] == [1, 2]


@pytest.mark.parametrize(
    "text",
    ["= no toml", "{no json", "[1]", 'package = "com.tencent.mm"\n'],
)
def test_a_file_that_is_no_playbook_is_refused_in_one_line(workfleet, tmp_path, text):
    file = tmp_path / "bad"
    file.write_text(text)

    workfleet.refusal("playbook", "check", "--file", str(file), expect=INVALID)


def test_a_playbook_that_could_not_be_followed_says_why(workfleet, tmp_path):
    shown = workfleet.json("playbook", "show", "wechat-zh-page")
    shown["book"]["success"] = ["修改微信密码"]
    file = tmp_path / "early.json"
    file.write_text(json.dumps(shown), "utf-8")

    refusal = workfleet.refusal("playbook", "check", "--file", str(file), expect=INVALID)

    assert "修改微信密码" in refusal


def test_two_people_change_the_binding_of_an_account_without_a_password(desk):
    desk.say("sim", "add", "13800002231", "--iccid", "89860042192301847561")
    desk.say("account", "add", "wang.fang", "--kind", "wecom", "--number", "13800002231")
    told = desk.say("rotation", "attend", "wang.fang", "--reason", "no cable here")
    assert "13800002231" in told
    for what in ("devices", "wechat", "real_name", "changed"):
        desk.say("rotation", "declare", "wang.fang", what, "--note", "phone in hand")
        desk.say("--profile", "local", "rotation", "witness", "wang.fang", what)

    assert desk.json("account", "show", "wang.fang")["password"] == "declared"


def test_a_change_is_taken_back_before_it_has_come_true(desk):
    desk.say("rotation", "attend", "wx-1", "--reason", "no cable here")
    assert "is taken back" in desk.say("rotation", "cancel", "wx-1", "--dry-run")

    assert "cancelled" in desk.say("rotation", "cancel", "wx-1", "--yes")


def test_two_people_change_a_password_by_hand(desk):
    value = desk.say("rotation", "attend", "wx-1", "--reason", "no cable here").splitlines()[0]
    desk.say("rotation", "declare", "wx-1", "changed", "--note", "typed at the desk")
    desk.refusal("rotation", "witness", "wx-1", "changed", expect=NOT_ALLOWED)
    desk.say("--profile", "local", "rotation", "witness", "wx-1", "changed")

    assert desk.json("account", "show", "wx-1")["password"] == "declared"
    known = desk.json("credential", "disclose", "wx-1", "--reason", "to compare")
    assert known["value"] == value
    rotation = desk.json("rotation", "list", "--subject", "wx-1")["items"][0]["id"]
    shown = desk.say("rotation", "show", rotation)
    assert "Ben, " in shown
    assert "witness " in shown
    assert "not declared yet" in shown


def test_wecom_is_bound_to_no_number_that_is_not_the_companys(workfleet):
    workfleet.say("account", "add", "wc-1", "--kind", "wecom")

    refusal = workfleet.refusal("rotate", "wc-1", expect=CONFLICT)

    assert "No number of the company" in refusal
