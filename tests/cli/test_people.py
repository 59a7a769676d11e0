"""Entering and looking up people."""

from tests.cli.conftest import Workfleet


def test_an_entered_employee_is_listed_by_name(workfleet: Workfleet) -> None:
    workfleet.say("department", "add", "SALES", "--name", "华东销售部")
    said = workfleet.say(
        "employee",
        "add",
        "E1037",
        "--name",
        "王芳",
        "--department",
        "SALES",
        "--joined",
        "2025-03-02",
    )

    assert "王芳 (E1037) is entered." in said
    listed = workfleet.say("employee", "list", "--department", "SALES")
    assert "E1037" in listed
    assert "王芳" in listed


def test_an_employee_is_shown_with_what_he_holds(workfleet: Workfleet) -> None:
    workfleet.say("department", "add", "IT", "--name", "IT")
    workfleet.say("employee", "add", "E1", "--name", "陈浩", "--department", "IT")

    shown = workfleet.say("employee", "show", "E1")

    assert "陈浩" in shown
    assert "Phones" in shown


def test_an_unknown_employee_is_refused_in_one_line(workfleet: Workfleet) -> None:
    assert "E9" in workfleet.refusal("employee", "show", "E9", expect=3)


def test_a_department_is_shown_with_its_people(workfleet: Workfleet) -> None:
    workfleet.say("department", "add", "IT", "--name", "技术部")
    workfleet.say("employee", "add", "E1", "--name", "陈浩", "--department", "IT")

    shown = workfleet.say("department", "show", "IT")

    assert "技术部" in shown
    assert "陈浩" in shown
    assert "IT" in workfleet.say("department", "list")


def test_an_unknown_department_is_refused(workfleet: Workfleet) -> None:
    assert "NOPE" in workfleet.refusal("department", "show", "NOPE", expect=3)
