"""What a person types to find things, and the views of lists that he keeps."""

import csv
import io

import click
import pytest
from sqlalchemy import delete

from cli.app import main
from cli.exits import INVALID, NOT_FOUND, USAGE
from cli.lists import ListCommand
from fleet.contracts.views import LISTS
from fleet.search.models import SearchTerm


@pytest.fixture
def desk(workfleet):
    workfleet.run("department", "add", "SALES", "--name", "华东销售部")
    workfleet.run("employee", "add", "E1037", "--name", "王芳", "--department", "SALES")
    imei = ("--imei", "861234567890127")
    workfleet.run("device", "add", "SN0001", "--tag", "WF-0617", "--name", "Xiaomi 14", *imei)
    workfleet.run("device", "add", "SN0002", "--tag", "WF-0618", "--name", "OPPO A72")
    workfleet.run("issue", "--to", "E1037", "--device", "WF-0617")
    workfleet.run("server", "search", "rebuild")
    return workfleet


def test_a_name_in_pinyin_finds_the_person_and_the_phone(desk):
    said = desk.say("find", "wangfang")

    assert "王芳 · 华东销售部" in said
    [phone] = [line for line in said.splitlines() if "WF-0617" in line]
    assert "王芳 (E1037)" in phone
    assert "with 王芳" in phone


@pytest.mark.parametrize("words", [["890127"], ["wf-0617"], ["wf", "xiaomi"], ["WF-0671"]])
def test_a_phone_is_found_however_it_is_said(desk, words):
    found = desk.json("find", *words, "--kind", "device")

    assert found["items"][0]["name"] == "WF-0617"
    assert found["filling"] is False


def test_what_is_found_is_exported(desk):
    lines = list(csv.DictReader(io.StringIO(desk.say("find", "wf", "-o", "csv").lstrip("\ufeff"))))

    assert {line["name"] for line in lines} == {"WF-0617", "WF-0618", "E1037"}


def test_nothing_found_and_nothing_said_are_told_apart(desk):
    assert "Nothing is called so" in desk.say("find", "zzzzzzzzz")
    assert "no letter and no digit" in desk.refusal("find", "—", expect=INVALID)
    desk.run("find", expect=USAGE)


def test_the_list_of_phones_finds_what_the_search_finds(desk):
    def tags(q):
        return [one["tag"] for one in desk.json("device", "list", "--find", q)["items"]]

    assert tags("890127") == tags("0617") == tags("xiaomi14") == ["WF-0617"]
    assert tags("wf") == ["WF-0617", "WF-0618"]


def test_a_rebuild_makes_what_was_lost_and_can_be_done_again(desk):
    with desk.app.extensions["workfleet"].sessions.begin() as session:
        session.execute(delete(SearchTerm))
    assert desk.json("find", "wf-0617")["items"] == []

    assert "can be found" in desk.say("server", "search", "rebuild")
    assert "can be found" in desk.say("server", "search", "rebuild", "--go-on")
    assert desk.json("find", "wf-0617")["items"][0]["name"] == "WF-0617"


def test_a_list_is_saved_and_shown_again(desk):
    saved = desk.say("view", "save", "out", "--", "device", "list", "--state", "issued")
    assert "device list --state issued" in saved

    assert "device list --state issued" in desk.say("view", "list")
    assert "WF-0617" in desk.say("view", "run", "out")
    assert [one["tag"] for one in desk.json("view", "run", "out")["items"]] == ["WF-0617"]
    assert "yes" not in desk.say("view", "show", "out")
    assert "is shared" in desk.say("view", "share", "out")
    assert desk.json("view", "show", "out")["shared"] is True
    assert "yours alone" in desk.say("view", "share", "out", "--stop")


@pytest.mark.parametrize("of", LISTS)
def test_every_list_that_views_are_of_has_its_command(of):
    command = main
    for word in LISTS[of].command.split():
        command = command.get_command(click.Context(command), word)

    assert isinstance(command, ListCommand)
    assert command.listing.query is LISTS[of].query


def test_a_view_is_removed_once_that_is_meant(desk):
    desk.run("view", "save", "mine", "--", "sim", "list", "--find", "138 00", "--sort", "-number")

    assert "--find '138 00' --sort -number" in desk.say("view", "remove", "mine", "--dry-run")
    desk.run("view", "remove", "mine", expect=USAGE)  # nobody is there to be asked
    assert "is gone" in desk.say("view", "remove", "mine", "--yes")
    desk.refusal("view", "run", "mine", expect=NOT_FOUND)


@pytest.mark.parametrize(
    "words",
    [
        ["device", "show", "WF-0617"],
        ["nonsense"],
        ["device", "list", "--colour", "red"],
        ["device", "list", "--limit", "0"],
        ["device", "list", "WF-0617"],
    ],
)
def test_what_is_no_list_is_no_view(desk, words):
    desk.run("view", "save", "x", "--", *words, expect=USAGE)

    assert desk.json("view", "list")["items"] == []
