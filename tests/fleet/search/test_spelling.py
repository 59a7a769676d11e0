"""What is written in a register meets what people say."""

import pytest

from fleet.search.saying import Said
from fleet.search.spelling import BACKWARD, digest, slips, terms_of, words_of


def begins_a_term(said, value, typed):
    terms = terms_of(said, value)
    [word] = words_of(typed)
    ends = BACKWARD + word[::-1]
    return any(term.startswith((word, ends)) for term in terms) or digest(word) in terms


@pytest.mark.parametrize(
    ("said", "value", "typed"),
    [
        (Said.HANDLE, "WF-0617", "wf0617"),
        (Said.HANDLE, "WF-0617", "0617"),
        (Said.HANDLE, "WF-0617", "WF－０６１７"),  # as a Chinese keyboard types it
        (Said.HANDLE, "LV-2026-052", "lv-2026"),
        (Said.HANDLE, "wx-sales-07", "sales-07"),
        (Said.NAME, "王芳", "wangfang"),
        (Said.NAME, "王芳", "wf"),
        (Said.NAME, "王芳", "wfang"),
        (Said.NAME, "王芳", "芳"),
        (Said.NAME, "华东销售部", "销售"),
        (Said.NAME, "华东销售部", "hdxs"),
        (Said.NAME, "单雄信", "shanxiongxin"),
        (Said.NAME, "曾国藩", "zengguofan"),
        (Said.NAME, "解缙", "xiejin"),
        (Said.NAME, "吕布", "lvbu"),
        (Said.NAME, "吕布", "lubu"),
        (Said.NAME, "欧阳娜娜", "ouyangnana"),
        (Said.NAME, "Li Lei", "lei"),
        (Said.WORDS, "Xiaomi 14 Pro", "14pro"),
        (Said.CARD, ["861234567890123"], "861234567890123"),
        (Said.CARD, ["861234567890123"], "890123"),
        (Said.NUMBER, "13800002231", "2231"),
        (Said.NUMBER, "+86 138-0000-2231", "13800002231"),
    ],
)
def test_what_people_say_begins_a_term(said, value, typed):
    assert begins_a_term(said, value, typed)


def test_no_digit_of_a_number_can_be_read_in_a_term():
    terms = terms_of(Said.NUMBER, "13800002231") | terms_of(Said.CARD, "861234567890123")

    assert len(terms) == 5
    assert not any(part in term for term in terms for part in ("2231", "13800", "890123", "86123"))


@pytest.mark.parametrize("typed", ["zhangwie", "zhagwei", "zhangweii", "zhamgwei"])
def test_one_slip_leads_back_to_the_word(typed):
    assert "zhangwei" in slips(typed)


@pytest.mark.parametrize("typed", ["abc", "1" * 21, "王芳王芳王芳"])
def test_too_short_too_long_or_chinese_words_have_no_slips(typed):
    assert slips(typed) == set()


def test_nothing_has_no_terms():
    assert not any(terms_of(said, value) for said in Said for value in (None, "", "—", [], [""]))


def test_no_term_is_longer_than_its_column():
    assert max(len(term) for said in Said for term in terms_of(said, "单A " * 200)) <= 64
