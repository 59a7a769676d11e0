"""How a phone looked when it went out and came back: kept, and shown to whom it concerns."""

import pytest

from fleet.access.actor import SYSTEM
from fleet.audit.services import recorded
from fleet.backups.storage import photo_name, storage_of
from fleet.contracts.access import Role
from fleet.contracts.photos import LARGEST_PHOTO, PhotoQuery, PhotoTaken
from fleet.custody import errors, photos
from fleet.custody.issuing import issue
from fleet.custody.services import start_return
from fleet.errors import FleetError
from fleet.keys.sealed import columns_in
from tests.photographs import JPEG, said_of


@pytest.fixture
def phone(session, make):
    """Give a phone that Ann has."""
    device = make.device()
    issue(session, to=make.employee(number="E1"), devices=[device], actor=SYSTEM)
    return device


def test_it_is_kept_encrypted_and_opens_as_it_was_sent(session, tools, phone):
    kept = photos.attach(session, tools, phone, JPEG, said_of(note="a scratch"), actor=SYSTEM)

    assert (kept.taken, kept.kind, kept.note) == (PhotoTaken.HANDED_OUT, "image/jpeg", "a scratch")
    assert photos.opened(tools, kept) == JPEG
    assert JPEG not in b"".join(storage_of(tools.settings).read(photo_name(kept.object)))
    assert recorded(session)[-1].name == "device.photo_attached"
    assert "photo" in {column.model.__tablename__ for column in columns_in(session)}


def test_the_same_one_sent_again_changes_nothing(session, tools, phone):
    first = photos.attach(session, tools, phone, JPEG, said_of(), actor=SYSTEM)
    before = len(recorded(session))

    assert photos.attach(session, tools, phone, JPEG, said_of(), actor=SYSTEM) is first
    assert len(recorded(session)) == before


def test_one_taken_on_the_way_back_says_so(session, tools, phone):
    start_return(session, phone, actor=SYSTEM)
    session.flush()

    assert photos.attach(session, tools, phone, JPEG, said_of(), actor=SYSTEM).taken == "given_back"


@pytest.mark.parametrize(
    ("content", "given", "refusal"),
    [
        (JPEG, said_of(JPEG + b"x"), errors.PhotoArrivedWrong),
        (JPEG[:-1] + b"x", said_of(), errors.PhotoArrivedWrong),
        (b"GIF89a", said_of(b"GIF89a"), errors.PhotoUnreadable),
        (bytes(LARGEST_PHOTO + 1), said_of(), errors.PhotoTooLarge),
    ],
)
def test_what_is_no_photograph_is_refused(session, tools, phone, content, given, refusal):
    with pytest.raises(refusal):
        photos.attach(session, tools, phone, content, given, actor=SYSTEM)
    assert photos.photos(session, PhotoQuery(), actor=SYSTEM) == ([], None)


def test_a_phone_that_nobody_has_has_none(session, tools, make):
    with pytest.raises(errors.NotHeld):
        photos.attach(session, tools, make.device(), JPEG, said_of(), actor=SYSTEM)


def test_who_may_not_hand_out_attaches_none(session, tools, make, phone):
    with pytest.raises(FleetError) as refused:
        photos.attach(session, tools, phone, JPEG, said_of(), actor=make.actor(Role.AUDITOR))
    assert refused.value.code == "not_allowed"


def test_damaged_bytes_are_told_from_a_photograph(session, tools, phone):
    kept = photos.attach(session, tools, phone, JPEG, said_of(), actor=SYSTEM)
    other = photos.attach(session, tools, phone, JPEG + b"2", said_of(JPEG + b"2"), actor=SYSTEM)

    kept.object = other.object  # another one's bytes under its name

    with pytest.raises(errors.PhotoNotWhole):
        photos.opened(tools, kept)


def test_they_are_listed_by_phone_holder_and_moment(session, tools, make, phone):
    photos.attach(session, tools, phone, JPEG, said_of(), actor=SYSTEM)
    beside = make.device()
    issue(session, to=make.employee(number="E2"), devices=[beside], actor=SYSTEM)
    photos.attach(session, tools, beside, JPEG, said_of(), actor=SYSTEM)

    def listed(**asked):
        rows, _mark = photos.photos(session, PhotoQuery(**asked), actor=SYSTEM)
        return [one.device for one in photos.shown_photos(rows)]

    assert sorted(listed()) == sorted([phone.tag, beside.tag])
    assert listed(device=phone.tag) == listed(holder="E1") == listed(q=phone.tag) == [phone.tag]
    assert listed(taken=PhotoTaken.GIVEN_BACK) == []
