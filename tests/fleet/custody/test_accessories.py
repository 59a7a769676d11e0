"""What goes out beside a phone comes back, or is noted as missing: never more than went out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fleet.contracts.accessories import (
    AccessoryBackIn,
    AccessoryIn,
    AccessoryMissingIn,
    AccessoryWordIn,
    AccessoryWordQuery,
    Condition,
)
from fleet.contracts.custody import CheckName
from fleet.contracts.words import speaking
from fleet.custody.acceptance import accept
from fleet.custody.accessories import Back, Kit, take_back
from fleet.custody.accessory_words import accessory_words, names_of, retire_word, set_word
from fleet.custody.errors import (
    AccessoryNotOut,
    AccessoryTwice,
    AccessoryUnknown,
    KitNeedsOnePhone,
    MoreThanWentOut,
)
from fleet.custody.gate import gate
from fleet.custody.issuing import issue
from fleet.custody.models import Accessory
from fleet.custody.services import start_return
from tests.fleet.custody.proofs import return_with_proof

KIT = Kit(
    (AccessoryIn(word="charger"), AccessoryIn(word="cable", count=2)), Condition.NEW, "in its foil"
)


@pytest.fixture
def phone(session, make):
    device = make.device()
    issue(session, to=make.employee(), devices=[device], kit=KIT, actor=make.actor())
    start_return(session, device, actor=make.actor())
    return device


def check(session, device):
    return next(one for one in gate(session, device).checks if one.check is CheckName.ACCESSORIES)


def back(session, make, device, *words, missing=(), **looks):
    came = tuple(AccessoryBackIn(word=word) for word in words)
    gone = tuple(AccessoryMissingIn(word=word, note="lost") for word in missing)
    take_back(session, device, Back(came, gone, **looks), actor=make.actor())


def test_the_gate_waits_for_what_went_out(session, make, phone):
    assert "charger × 1" in check(session, phone).sentence
    back(session, make, phone, "charger")
    assert "cable × 2" in check(session, phone).sentence

    back(session, make, phone, "cable")

    assert check(session, phone).ok


def test_what_is_missing_stands_on_the_certificate_and_keeps_nothing_open(
    session, tools, make, phone
):
    return_with_proof(session, tools, make, phone, None)
    back(session, make, phone, "charger", missing=["cable"], condition=Condition.DAMAGED)

    paper = accept(session, phone, actor=make.actor()).certificate

    cable = next(one for one in paper.kit["accessories"] if one["word"] == "cable")
    assert (cable["missing"], cable["back_note"]) == (2, "lost")
    looked = paper.kit["condition"]
    assert (looked["condition"], looked["back_condition"]) == ("new", "damaged")


def test_what_turns_up_is_missing_no_more(session, make, phone):
    back(session, make, phone, missing=["cable", "charger"])
    assert check(session, phone).ok

    back(session, make, phone, "cable")

    kit = {one.word: (one.back, one.missing) for one in gate(session, phone).kit.accessories}
    assert kit == {"cable": (2, 0), "charger": (0, 1)}


def test_no_more_comes_back_than_went_out(session, make, phone):
    many = Back((AccessoryBackIn(word="cable", count=3),))

    with pytest.raises(MoreThanWentOut):
        take_back(session, phone, many, actor=make.actor())
    with pytest.raises(AccessoryNotOut):
        back(session, make, phone, "box")
    with pytest.raises(AccessoryTwice):
        back(session, make, phone, "cable", "cable")


@settings(max_examples=40, deadline=None)
@given(
    count=some.integers(1, 9),
    steps=some.lists(some.tuples(some.booleans(), some.integers(1, 9)), max_size=6),
)
def test_out_back_and_missing_are_always_what_went_out(count, steps):
    """Whatever is said in whatever order: the three add up, and none is below nothing."""
    from fleet.custody.accessories import _came_back
    from tests.factories import Make

    row = Accessory(word="cable", count=count, condition=Condition.GOOD, back=0, missing=0)
    actor = Make.__new__(Make).actor()
    for missing, many in steps:
        if missing:
            row.missing += row.out
            continue
        try:
            _came_back(row, AccessoryBackIn(word="cable", count=many), actor)
        except MoreThanWentOut:
            assert row.back + many > count
        assert row.back + row.missing + row.out == count
        assert min(row.back, row.missing, row.out) >= 0


def test_a_kit_goes_with_one_phone(session, make):
    two = [make.device(), make.device()]
    with pytest.raises(KitNeedsOnePhone):
        issue(session, to=make.employee(), devices=two, kit=KIT, actor=make.actor())
    with pytest.raises(KitNeedsOnePhone):
        issue(session, to=make.employee(), sims=[make.sim()], kit=KIT, actor=make.actor())


def test_a_word_of_the_company_goes_before_the_one_that_came_with_it(session, make):
    set_word(
        session, AccessoryWordIn(word="cable", zh="快充线", en="fast cable"), actor=make.actor()
    )

    with speaking("zh_CN"):
        assert names_of(session)["cable"] == "快充线"
    rows, _mark = accessory_words(session, AccessoryWordQuery(q="快充"), actor=make.actor())
    assert [(one.word, one.shipped) for one in rows] == [("cable", True)]


def test_what_is_out_of_use_goes_out_no_more(session, make):
    retire_word(session, "cable", actor=make.actor())

    with pytest.raises(AccessoryUnknown):
        issue(session, to=make.employee(), devices=[make.device()], kit=KIT, actor=make.actor())
