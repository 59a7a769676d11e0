"""Entering and looking up people."""

from pathlib import Path

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


def test_posts_are_given_ended_and_made_the_main_one(workfleet: Workfleet) -> None:
    for code in ("IT", "HR"):
        workfleet.say("department", "add", code, "--name", code)
    workfleet.say("employee", "add", "E1", "--name", "陈浩", "--department", "IT")
    post = ("--department", "HR", "--title", "coach")

    assert "coach" in workfleet.say("employee", "post", "add", "E1", *post)
    assert "HR coach" in workfleet.say("employee", "show", "E1")
    assert "HR coach" in workfleet.say("employee", "list", "--department", "HR")
    workfleet.say("employee", "post", "main", "E1", "--department", "HR", "--keep")
    assert workfleet.json("employee", "show", "E1")["department"] == "HR"
    workfleet.say("employee", "post", "end", "E1", "--department", "IT")
    workfleet.refusal("employee", "post", "end", "E1", "--department", "NONE", expect=3)
    assert len(workfleet.json("employee", "post", "list", "E1")) >= 2


def test_entries_are_corrected(workfleet: Workfleet) -> None:
    workfleet.say("department", "add", "IT", "--name", "IT")
    workfleet.say("employee", "add", "E1", "--name", "陈好", "--department", "IT")

    edit = ("employee", "edit", "E1", "--name", "陈浩", "--joined", "2026-01-02")
    assert "name: 陈好 → 陈浩" in workfleet.say(*edit, "--dry-run")
    assert workfleet.json("employee", "show", "E1")["name"] == "陈好"
    workfleet.say(*edit)
    workfleet.say("department", "edit", "IT", "--name", "技术部", "--responsible", "E1")

    assert workfleet.json("employee", "show", "E1")["joined_on"] == "2026-01-02"
    assert "joined: 2026-01-02 → —" in workfleet.say("employee", "edit", "E1", "--clear", "joined")
    assert "技术部" in workfleet.say("department", "show", "IT")
    workfleet.refusal("department", "show", "NONE", expect=3)
    [place] = workfleet.json("department", "list")["items"]
    assert (place["name"], place["responsible"]) == ("技术部", "E1")
    workfleet.refusal("employee", "edit", "E1", expect=5)
    workfleet.refusal("department", "edit", "IT", expect=5)
    assert "IT" in workfleet.refusal("department", "edit", "IT", "--parent", "IT", expect=5)


def test_a_partner_is_entered_warned_and_given_up(workfleet: Workfleet, tmp_path: Path) -> None:
    workfleet.say("department", "add", "S", "--name", "销售部")
    given = ("--contact", "赵敏", "--number", "13800138000", "--department", "S")
    workfleet.say("partner", "add", "Somebody Ltd", *given)
    workfleet.refusal("partner", "add", "Somebody Ltd", expect=4)

    said = workfleet.say("partner", "edit", "Somebody Ltd", "--contact", "李雷", "--dry-run")
    assert "contact: 赵敏 → 李雷" in said
    workfleet.say("partner", "edit", "Somebody Ltd", "--contact", "李雷")
    workfleet.say("partner", "warn", "Somebody Ltd", "--reason", "posted advertisements")
    assert "warned" in workfleet.say("partner", "list", "--state", "warned")
    workfleet.say("partner", "end", "Somebody Ltd", "--reason", "went on")
    workfleet.say("partner", "resume", "Somebody Ltd", "--reason", "a new contract")

    shown = workfleet.json("partner", "show", "Somebody Ltd")
    assert (shown["contact"], shown["state"]) == ("李雷", "cooperating")
    file = tmp_path / "partners.csv"
    workfleet.say("export", "partners", file)
    assert "Somebody Ltd" in file.read_text("utf-8-sig")
    assert "1 as they are" in workfleet.say("import", "partners", file, "--yes")
    workfleet.refusal("partner", "edit", "Somebody Ltd", expect=5)
    workfleet.refusal("partner", "show", "nobody", expect=3)
