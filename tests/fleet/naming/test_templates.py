"""What a template asks of a nickname, and what it makes of a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.contracts.naming import FIELDS, Fault
from fleet.naming.templates import About, Rules

FANG = About(dept="销售部", name="王芳", number="E1037", position="经理")


def rules(template="{company}-{dept}-{name}", **given):
    return Rules(**{"template": template, "company": "某某", "least": 2, "most": 16, **given})


@pytest.mark.parametrize(
    ("nickname", "faults"),
    [
        ("某某-销售部-王芳", []),
        ("某某-销售部-王芳2", []),
        ("某某-技术部-王芳", [Fault.OTHER]),
        ("王芳", [Fault.OTHER]),
        ("", [Fault.MISSING]),
        (None, [Fault.MISSING]),
        ("某某-销售部-王芳 ", [Fault.ODD, Fault.OTHER]),
        ("某某-销售部-王芳\n", [Fault.ODD, Fault.OTHER]),
        ("某" * 17, [Fault.LONG, Fault.OTHER]),
        ("某", [Fault.SHORT, Fault.OTHER]),
    ],
)
def test_a_nickname_is_measured_by_its_template(nickname, faults):
    assert rules().faults(nickname, FANG) == faults


def test_what_is_not_known_may_be_anything():
    assert rules().faults("某某-销售部-赵敏", About(dept="销售部")) == []
    assert rules().faults("某某-技术部-赵敏", About(dept="销售部")) == [Fault.OTHER]


def test_emoji_are_no_odd_characters():
    assert rules("{name}👩‍💻").faults("王芳👩‍💻", FANG) == []


@pytest.mark.parametrize(
    ("template", "is_clear"),
    [
        ("{name}", True),
        ("客服{seq}", True),
        ("{dept}", False),
        ("{shoe}-{name}", False),
        ("客服", False),
        ("{name}}", False),
        ("{ {name}", False),
    ],
)
def test_a_template_names_something_by_which_accounts_differ(template, is_clear):
    assert rules(template).is_clear is is_clear


def test_candidates_count_on_where_two_have_one_name():
    plain, counted = rules("{name}").candidates(FANG), rules("客服{seq}").candidates(FANG)

    assert [next(plain), next(plain), next(counted), next(counted)] == [
        "王芳",
        "王芳2",
        "客服01",
        "客服02",
    ]


def test_what_is_too_long_or_not_known_is_no_candidate():
    assert list(rules(most=5).candidates(FANG)) == []
    assert list(rules("{position}{name}").candidates(About(name="王芳"))) == []


@given(
    st.lists(st.sampled_from([*(f"{{{field}}}" for field in FIELDS), "-", "某", "."]), min_size=1),
    st.builds(About, *[st.text(min_size=1, max_size=6)] * 4),
)
def test_whatever_is_proposed_fits(parts, about):
    made = rules("".join(parts), most=64)

    for nickname in made.candidates(about):
        assert made.faults(nickname, about) == []
