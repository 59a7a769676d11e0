import pytest

from agents.phone.parts.text import lines_of, number, said, text_of, whole, yes_or_no


@pytest.mark.parametrize(
    "raw",
    [
        "电量: 5\n".encode(),
        "电量: 5\n".encode("utf-8-sig"),
        "电量: 5\n".encode("utf-16"),
        b"\xfe\xff" + "电量: 5\n".encode("utf-16-be"),
        "电量: 5\r\n".encode("gb18030"),
        "\x1b[1;32m电量\x1b[0m: 5\r\r\n".encode(),
    ],
)
def test_any_console_and_editor_gives_the_same_text(raw):
    assert text_of(raw) == "电量: 5\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_its_mark_is_recognised(encoding):
    assert text_of("[ro.product.model]: [MI 6]\r\n".encode(encoding)).strip() == (
        "[ro.product.model]: [MI 6]"
    )


def test_lines_of_two_encodings_may_stand_in_one_file():
    assert text_of("机主\n".encode() + "分身".encode("gbk")) == "机主\n分身"


def test_text_spoilt_by_a_chinese_console_is_made_whole_again():
    spoilt = "中国电信".encode().decode("gb18030")

    assert text_of(f"[a]: [{spoilt},CMCC]".encode()) == "[a]: [中国电信,CMCC]"


def test_a_lone_carriage_return_ends_a_line():
    assert text_of(b"[a]: [1]\r[b]: [2]") == "[a]: [1]\n[b]: [2]"


def test_numbers_are_read_only_where_there_is_one():
    assert (whole(" 12 "), whole("1.5"), whole(""), whole(None), whole("9" * 40)) == (
        12,
        None,
        None,
        None,
        None,
    )
    assert (number("1.5"), number("x")) == (1.5, None)


def test_words_for_nothing_are_nothing():
    assert [said(word) for word in ("null", " unknown ", "", None)] == [None] * 4
    assert [yes_or_no(word) for word in ("1", "TRUE", "0", "off", "2")] == [
        True,
        True,
        False,
        False,
        None,
    ]


def test_lines_broken_at_the_edge_of_a_console_are_joined():
    text = "".join(f"key{number}=" + "v" * 90 + "\n" for number in range(4))
    broken = "\n".join(
        line[start : start + 80] for line in text.splitlines() for start in range(0, len(line), 80)
    )

    assert text_of(broken.encode()) == text.strip()


def test_indented_lines_of_one_length_are_not_joined():
    text = "\n".join(f"    User 1{number}: " + "x" * 70 for number in range(5))

    assert text_of(text.encode()) == text


def test_a_dump_that_lost_its_line_breaks_gets_them_back():
    dump = "Current state:\n" + "".join(f"    name{number}: value\n" for number in range(20))

    assert list(lines_of(text_of(dump.replace("\n", " ").encode()))) == list(lines_of(dump))


def test_a_word_with_lost_bytes_is_no_word():
    assert said("鑽ｈ\ufffdMagic6") is None
