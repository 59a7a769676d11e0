"""A page of a paper is the same from the same paper, holds what it says, and runs nothing."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.contracts.label_pages import SHEETS, TAPES, Label, sheets, tape
from fleet.contracts.paper_pages import Printing, page, printing_of, style_hash
from fleet.contracts.papers import (
    Content,
    Drawing,
    Grid,
    Line,
    PaperKind,
    PaperOut,
    PaperRole,
    PaperState,
    PartyOut,
    Said,
    Section,
    SignatureOut,
    SignedHow,
    digest_of,
    grouped,
)
from fleet.contracts.proof import Level
from tests.effort import effort

AT = datetime(2026, 11, 26, 9, 11, tzinfo=UTC)
TITLE = Said(zh="工作微信交接单", en="Work Account Hand-over")
COPIES = (Said(zh="存根", en="on file"), Said(zh="移交人", en="giver"))


def paper(*sections: Section, **given: object) -> PaperOut:
    content = Content(title=TITLE, copies=COPIES, sections=sections)
    told = {
        "number": "HO-2026-118",
        "kind": PaperKind.ACCOUNT_HAND_OVER,
        "subject": "wx-sales-07",
        "state": PaperState.VALID,
        "made_at": AT,
        "made_by": "Liu Yang",
        "parties": 0,
        "signed": 0,
        "replaced_by": None,
        "voided_at": None,
        "voided_by": None,
        "void_reason": None,
        "check": "unguessable",
        "content": content,
        "signers": [],
        "scans": [],
        "digest": digest_of("HO-2026-118", AT, content.stored()),
        **given,
    }
    return PaperOut(**told)


class Seen(HTMLParser):
    """What a browser would show and run of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def seen(html: str) -> Seen:
    reader = Seen()
    reader.feed(html)
    return reader


words = st.text(max_size=60)


@effort(40)
@given(words, words)
def test_whatever_is_typed_is_shown_as_text_and_comes_back_out_of_the_page(name, value):
    line = Line(name=Said(zh=name, en=name), value=value)
    one = paper(Section(lines=(line,), text=(Said(zh=value, en=value),)))

    html = page(Printing(one, "https://fleet.example"))

    usual = seen(page(Printing(paper(Section(lines=(Line(name=TITLE),))), "https://x")))
    more = {tag for tag, _ in seen(html).tags} - {tag for tag, _ in usual.tags}
    assert more <= {"p", "div", "br", "wbr"}
    read = printing_of(html)
    assert read is not None
    assert read.paper == one
    assert read.paper.is_whole
    assert page(read) == html


@pytest.mark.parametrize(("language", "title"), [("zh_CN", TITLE.zh), ("en", TITLE.en)])
def test_both_languages_come_from_one_paper_and_have_its_number_and_digest(language, title):
    one = paper()
    html = page(Printing(one, "https://fleet.example", language))

    shown = " ".join(seen(html).text)
    assert title in shown
    assert shown.count(one.number) >= 2
    assert one.digest in shown
    assert "https://fleet.example/check/unguessable" in shown
    assert grouped(one.digest) in html


def test_each_sheet_has_its_label():
    first, second = (page(Printing(paper(), "https://x", copy=n)) for n in (1, 2))

    assert (">存根<" in first, ">移交人<" in first) == (True, False)
    assert (">存根<" in second, ">移交人<" in second) == (False, True)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"state": PaperState.VOID, "void_reason": "印错"}, "作废：印错"),
        ({"state": PaperState.REPLACED, "replaced_by": "HO-2026-119"}, "HO-2026-119"),
    ],
)
def test_what_counts_no_more_says_so_on_its_print(given_, said):
    assert said in page(Printing(paper(**given_), "https://x"))


def test_a_signature_is_drawn_with_its_name_and_how_it_is_known():
    drawn = Drawing(strokes=((1, 2, 30, 40), (5, 6, 7, 8)))
    signature = SignatureOut(
        role=PaperRole.GIVER,
        name="王芳",
        how=SignedHow.AT_THE_DESK,
        level=Level.DECLARED,
        signed_at=AT,
        by="Liu Yang",
        identity="工牌",
        digest="0" * 64,
        drawing=drawn,
    )
    title = Said(zh="移交人", en="giver")
    party = {"role": PaperRole.GIVER, "title": title, "name": "王芳", "employee": "E1"}
    signed = PartyOut(**party, signature=signature)
    waits = PartyOut(**{**party, "role": PaperRole.WITNESS, "name": "陈浩"})

    html = page(Printing(paper(signers=[signed, waits]), "https://x"))

    assert "M1 2 L30 40 M5 6 L7 8" in html
    assert "Liu Yang 见证" in html
    assert html.count("签字、日期") == 1


@effort(80)
@given(st.lists(st.lists(st.integers(-5, 700), max_size=9), max_size=3))
def test_only_points_within_the_field_are_a_signature(strokes):
    inside = bool(strokes) and all(
        len(one) >= 2
        and len(one) % 2 == 0
        and all(0 <= x <= 600 for x in one[::2])
        and all(0 <= y <= 200 for y in one[1::2])
        for one in strokes
    )
    try:
        Drawing.model_validate({"strokes": strokes})
    except ValueError:
        assert not inside
    else:
        assert inside


def test_nothing_of_a_page_runs_or_comes_from_elsewhere():
    grid = Grid(columns=(TITLE,), rows=(("<script>alert(1)</script>",),))
    one = paper(Section(grid=grid, title=TITLE))
    tags = seen(page(Printing(one, 'https://x"><script>'))).tags

    scripts = [attributes for tag, attributes in tags if tag == "script"]
    assert [one["type"] for one in scripts] == ["application/json"]
    assert not any("src" in attributes or "href" in attributes for _tag, attributes in tags)
    assert not any(name.startswith("on") for _tag, attributes in tags for name in attributes)
    assert not any("style" in attributes for _tag, attributes in tags)


def test_the_hash_of_the_style_is_that_of_what_is_in_the_page():
    one = paper()
    style = re.search(r"<style>(.*?)</style>", page(Printing(one, "https://x")), re.DOTALL)

    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert style_hash(one) == f"'sha256-{digest}'"


def test_a_digest_is_of_number_moment_and_content():
    content = Content(title=TITLE).stored()
    digests = {
        digest_of("HO-1", AT, content),
        digest_of("HO-2", AT, content),
        digest_of("HO-1", AT.replace(minute=12), content),
        digest_of("HO-1", AT, Content(title=TITLE, copies=COPIES).stored()),
    }

    assert len(digests) == 4


@pytest.mark.parametrize("name", SHEETS)
def test_labels_fill_sheets_and_stay_on_the_page(name):
    sheet = SHEETS[name]
    html = sheets([Label(f"WF-{n:04d}", "Xiaomi 14") for n in range(sheet.each)], sheet, skip=1)

    assert html.count('class="page"') == 2
    assert html.count("<svg") == sheet.each
    places = re.findall(r"left:([\d.]+)mm;top:([\d.]+)mm", html)
    assert max(float(left) for left, _top in places) + sheet.width <= 210
    assert max(float(top) for _left, top in places) + sheet.height <= 297


@pytest.mark.parametrize("width", TAPES)
def test_each_label_of_a_tape_is_a_page_of_its_width(width):
    html = tape([Label("WF-0001"), Label("<b>")], width)

    assert html.count('class="page"') == 2
    assert f"size: {width * 3.5}mm {width}mm" in html
    assert "&lt;b&gt;" in html


def test_short_words_are_not_broken_and_endless_ones_are():
    cells = ("account", "仅声明", "0" * 64, "The PIN was changed since the return began.")
    grid = Grid(
        columns=(Said(zh="类别", en="Number/account"),), rows=tuple((one,) for one in cells)
    )

    html = page(Printing(paper(Section(grid=grid)), "https://x", "en"))

    assert '<td class="whole">account</td>' in html
    assert '<td class="whole">仅声明</td>' in html
    assert f'<td class="cut">{"0" * 64}</td>' in html
    assert f"<td>{cells[3]}</td>" in html
    assert "Number/<wbr>account" in html


def test_a_column_that_is_filled_by_hand_has_room_for_it():
    columns = (Said(zh="编号", en="Number"), Said(zh="接收人签字", en="Received by"))
    by_hand = Grid(columns=columns, rows=(("WF-0001", ""), ("WF-0002", "")))
    filled = Grid(columns=columns, rows=(("WF-0001", "王芳"), ("WF-0002", "")))

    told = [
        page(Printing(paper(Section(grid=one)), "https://x", "en")) for one in (by_hand, filled)
    ]

    assert ['class="hand"' in one for one in told] == [True, False]
    assert ['"grid written"' in one for one in told] == [True, False]


def test_a_table_of_nothing_says_so():
    grid = Grid(columns=(TITLE, TITLE))

    html = page(Printing(paper(Section(grid=grid)), "https://x", "zh_CN"))

    assert '<td colspan="2">无。</td>' in html


def test_a_long_field_and_one_with_room_have_a_row_of_their_own():
    short = Line(name=TITLE, value="王芳")
    long = Line(
        name=TITLE, value="华东大区销售管理中心第三事业部关键客户组"
    )  # 40 wide, of 20 signs
    longer = Line(name=TITLE, value=f"{long.value}等")
    room = Line(name=TITLE, room=True)

    def rows(*lines):
        html = page(Printing(paper(Section(lines=lines)), "https://x"))
        return len(re.findall("<tr><th>", html))

    assert rows(short, short) == 1
    assert rows(short, long) == 1
    assert rows(short, longer) == 2
    assert rows(short, room, short) == 3


def test_a_long_tag_is_written_smaller_and_whole_on_its_label():
    short, long = (tape([Label(tag)], 12) for tag in ("WF-0001", "WF-EAST-2026-000184"))

    sizes = [float(re.search(r"font-size:([\d.]+)em", one)[1]) for one in (short, long)]
    assert sizes[0] == 1.0
    assert 0.5 < sizes[1] < 0.6
    assert "overflow-wrap: anywhere" in long
