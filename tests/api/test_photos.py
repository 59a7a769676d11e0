"""Photographs through the API: in once, out as they came, and no longer than it takes."""

import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.custody import IssueIn
from fleet.contracts.photos import LARGEST_PHOTO, PhotoQuery
from tests.api.bench import refused
from tests.photographs import JPEG, said_of


@pytest.fixture
def operator(client, stored):
    with stored() as make:
        sales = make.department(code="SALES")
        person = make.employee(number="E1037", department=sales)
        phone = make.device(tag="WF-0001")
        names = person.number, phone.tag
    desk = client(Role.OPERATOR)
    desk.issue(IssueIn(to=names[0], devices=[names[1]]))
    return desk


def test_one_comes_in_once_and_goes_out_as_it_came(operator):
    kept = operator.attach_photo("WF-0001", [JPEG], said_of(note="a scratch"))
    again = operator.attach_photo("WF-0001", [JPEG], said_of())

    assert (kept.device, kept.holder.number, kept.taken) == ("WF-0001", "E1037", "handed_out")
    assert again.number == kept.number == operator.photo(kept.number).number
    assert [one.number for one in operator.photos(PhotoQuery(device="WF-0001")).items] == [
        kept.number
    ]
    with operator.photo_content(kept.number) as pieces:
        assert b"".join(pieces) == JPEG


def test_what_is_no_photograph_is_refused(operator):
    assert refused(operator.attach_photo, "WF-0001", [b"MZ"], said_of(b"MZ")).code == (
        "photo_unreadable"
    )
    assert refused(operator.attach_photo, "WF-9999", [JPEG], said_of()).code == "device_not_found"
    assert refused(operator.photo, "PH-2026-99999").code == "photo_not_found"


def test_one_that_is_too_large_is_not_read(operator, client_of):
    query = {"digest": "0" * 64, "size": LARGEST_PHOTO}
    body = JPEG + bytes(LARGEST_PHOTO)
    answer = client_of(Role.OPERATOR).put(
        "/api/v1/devices/WF-0001/photos", query_string=query, data=body
    )

    assert answer.status_code in {413, 422}


def test_who_only_reads_attaches_none(operator, client):
    auditor = client(Role.AUDITOR)

    assert refused(auditor.attach_photo, "WF-0001", [JPEG], said_of()).code == "not_allowed"


def test_whoever_has_nothing_to_do_with_the_phone_sees_none(operator, client):
    kept = operator.attach_photo("WF-0001", [JPEG], said_of())
    somebody = client(Role.EMPLOYEE)

    assert somebody.photos().items == []
    assert refused(somebody.photo, kept.number).code == "photo_not_found"
    with pytest.raises(Refused) as refusal, somebody.photo_content(kept.number):
        pass
    assert refusal.value.code == "photo_not_found"
