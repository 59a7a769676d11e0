"""Papers on the command line: made, printed by a real Chromium, signed, checked."""

import re
import shutil
from pathlib import Path

import pytest

from cli import printing
from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND, NOT_SO, UNAVAILABLE, USAGE
from tests.cli.conftest import Workfleet

PAGE_OF_PDF = re.compile(rb"/Type\s*/Page\b(?!s)")
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"


@pytest.fixture
def desk(workfleet: Workfleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workfleet:
    """Give a desk in a folder of its own, with an account that is handed on."""
    monkeypatch.chdir(tmp_path)
    run = workfleet.say
    run("department", "add", "SALES", "--name", "华东销售部")
    for number, name in (("E1037", "王芳"), ("E2044", "林晓"), ("E1044", "陈浩")):
        run("employee", "add", number, "--name", name, "--department", "SALES")
    run("device", "add", "SER-1", "--brand", "Xiaomi", "--name", "Xiaomi 14")
    run("account", "add", "wx-sales-07", "--registrant", "王芳")
    run("issue", "--to", "E1037", "WF-0001", "wx-sales-07", "--yes")
    return workfleet


@pytest.fixture
def number(desk: Workfleet) -> str:
    words = ("--to", "E2044", "--witness", "E1044", "--because", "leaving")
    made = desk.json("paper", "make", "account_hand_over", "wx-sales-07", *words)
    return str(made["number"])


def test_a_paper_is_foreseen_made_and_shown(desk: Workfleet) -> None:
    foreseen = desk.say("paper", "make", "issue_form", "WF-0001", "--dry-run")
    assert "Xiaomi 14" in foreseen
    assert desk.json("paper", "list")["items"] == []

    assert "is made" in desk.say("paper", "make", "issue_form", "WF-0001")
    assert "says just this already" in desk.say("paper", "make", "issue_form", "WF-0001")

    [line] = desk.json("paper", "list", "--kind", "issue_form")["items"]
    assert "王芳: not signed" in desk.say("paper", "show", line["number"])
    assert "WF-9" in desk.refusal("paper", "make", "issue_form", "WF-9", expect=NOT_FOUND)


def test_a_real_browser_prints_every_sheet_on_a4_with_its_pages_counted(
    desk: Workfleet, number: str
) -> None:
    if shutil.which("chromium") is None:
        pytest.fail("Debian's chromium is not installed: scripts/setup test installs it")
    desk.language = "zh_CN"

    for copy in ("1", "2", "3"):
        desk.say("paper", "print", number, "--copy", copy, "--to", f"sheet-{copy}.pdf")
        made = Path(f"sheet-{copy}.pdf").read_bytes()
        assert made.startswith(b"%PDF-")
        assert len(PAGE_OF_PDF.findall(made)) == 1
        width, height = _size(made)
        assert (round(width), round(height)) == (595, 842)  # points of A4


def _size(pdf: bytes) -> tuple[float, float]:
    found = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert found is not None
    return float(found[1]), float(found[2])


def test_a_sheet_that_a_form_does_not_have_is_refused(desk: Workfleet, number: str) -> None:
    said = desk.refusal("paper", "print", number, "--copy", "4", "--to", "x.html", expect=INVALID)

    assert "no sheet 4" in said
    assert not Path("x.html").exists()


def test_who_made_it_and_who_has_not_signed_is_told_in_chinese(
    desk: Workfleet, number: str
) -> None:
    desk.language = "zh_CN"

    told = desk.say("paper", "show", number)

    assert "王芳: 未签署" in told
    assert "制单人" in told


def test_a_file_that_is_there_is_not_written_over(desk: Workfleet, number: str) -> None:
    Path("mine.html").write_text("mine")

    said = desk.refusal("paper", "print", number, "--to", "mine.html", expect=CONFLICT)

    assert "there already" in said
    assert Path("mine.html").read_text() == "mine"


def test_without_a_browser_there_is_html_and_no_pdf(
    desk: Workfleet, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))

    desk.refusal("paper", "print", number, "--to", "x.pdf", expect=UNAVAILABLE)
    desk.say("paper", "print", number)

    assert Path(f"{number}.html").read_text().startswith("<!doctype html>")


def test_a_browser_that_fails_leaves_no_file(
    desk: Workfleet, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "BROWSERS", ("false",))

    said = desk.refusal("paper", "print", number, "--to", "x.pdf", expect=UNAVAILABLE)

    assert "no PDF" in said
    assert not Path("x.pdf").exists()


def test_a_print_is_checked_with_and_without_the_server(desk: Workfleet, number: str) -> None:
    desk.say("paper", "print", number, "--html")
    file = f"{number}.html"
    assert "true" in desk.say("paper", "verify", file)
    assert "whole" in desk.say("paper", "verify", file, "--offline")

    text = Path(file).read_text()
    for before, after, said in (
        ("王芳", "王方", "ALTERED"),  # in the data as well
        (">王芳</td>", ">王方</td>", "the page around them"),
    ):
        Path("altered.html").write_text(text.replace(before, after))
        told = desk.say("paper", "verify", "altered.html", "--offline", expect=NOT_SO)
        assert said in told
    Path("other.html").write_text("<html></html>")
    desk.refusal("paper", "verify", "other.html", expect=INVALID)
    Path("broken.html").write_text(text.replace('"kind":', '"kynd":'))
    assert "broken.html" in desk.refusal("paper", "verify", "broken.html", expect=INVALID)
    assert "gone.html" in desk.refusal("paper", "verify", "gone.html", expect=NOT_FOUND)


def test_a_printed_digest_is_compared_and_a_void_paper_does_not_hold(
    desk: Workfleet, number: str
) -> None:
    digest = desk.json("paper", "show", number)["digest"]
    short = f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}".upper()
    assert desk.json("paper", "verify", number, "--digest", short)["holds"] is True
    desk.say("paper", "verify", number, "--digest", "0" * 64, expect=NOT_SO)
    desk.say("paper", "verify", number, "--digest", digest[:15], expect=NOT_SO)
    desk.refusal("paper", "verify", number, expect=INVALID)

    assert "would be void" in desk.say("paper", "void", number, "--reason", "misprint", "--dry-run")
    desk.say("paper", "void", number, "--reason", "misprint", "--yes")
    told = desk.say("paper", "verify", number, "--digest", digest, expect=NOT_SO)
    assert "does NOT count" in told


def test_it_is_attested_at_the_desk_and_scanned(desk: Workfleet, number: str) -> None:
    own = ("--as", "giver", "--name", "王芳", "--identity", "staff card", "--yes")
    said = desk.say("paper", "attest", number, *own)
    assert "wx-sales-07" in said  # what is signed is read first
    assert "already" in desk.run("paper", "attest", number, *own, expect=CONFLICT).stderr

    Path("scan.png").write_bytes(PNG)
    desk.say("paper", "attach", number, "scan.png", "--signed-by", "receiver")
    desk.say("paper", "scan", number, "1", "--to", "back.png")
    assert Path("back.png").read_bytes() == PNG
    assert [one["signed"] for one in desk.json("paper", "list")["items"]] == [2]
    Path("empty.png").write_bytes(b"")
    desk.refusal("paper", "attach", number, "empty.png", expect=INVALID)
    Path("program.png").write_bytes(b"MZ")
    desk.refusal("paper", "attach", number, "program.png", expect=INVALID)


def test_one_signs_as_oneself_by_ones_own_login(desk: Workfleet) -> None:
    desk.let_in("chen", role="operator", password="long enough a password")
    made = desk.json("paper", "make", "pledge", "E1037")["number"]
    own = ("--profile", "chen")

    said = desk.say(*own, "paper", "sign", made, "--as", "handler", "--yes")

    assert "signed" in said
    refused = desk.run(*own, "paper", "sign", made, "--as", "holder", "--yes", expect=NOT_ALLOWED)
    assert "somebody else" in refused.stderr


def test_a_text_is_exchanged_for_ones_own(desk: Workfleet) -> None:
    Path("own.toml").write_text(
        'title = {zh = "承诺", en = "Pledge"}\nparagraphs = [{zh = "一", en = "1"}]\n'
    )
    words = ("paper", "text", "edit", "pledge", "--file", "own.toml", "--reason", "our words")
    assert "would become version 2" in desk.say(*words, "--dry-run")
    assert "version 2 is in force" in desk.say(*words)
    assert "Pledge" in desk.say("paper", "text", "show", "pledge")
    Path("own.toml").write_text("title = ")
    desk.refusal(*words, expect=INVALID)


def test_labels_are_printed_on_sheets_and_tape(desk: Workfleet) -> None:
    desk.say("label", "print", "WF-0001", "--tape", "24", "--html", "--to", "tape.html")
    desk.say(
        *("label", "print", "--state", "issued", "--sheet", "avery-l7160"),
        *("--html", "--to", "sheet.html"),
    )
    assert "WF-0001" in Path("tape.html").read_text()
    assert "Xiaomi 14" in Path("sheet.html").read_text()
    assert "No phone" in desk.refusal("label", "print", "--tape", "12", expect=INVALID)
    desk.run("label", "print", "WF-0001", expect=USAGE)
