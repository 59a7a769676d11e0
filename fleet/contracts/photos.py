"""Photographs of a phone in the wire formats: how it looked when it went out and came back."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from fleet.contracts.wire import Digest, EmployeeRef, Given, ListQuery, Moment, Short, Shown

LARGEST_PHOTO: Final = 10 * 1024 * 1024  # bytes


class PhotoTaken(StrEnum):
    """When it was taken: as the phone was handed out, or as it came back."""

    HANDED_OUT = "handed_out"
    GIVEN_BACK = "given_back"


class PhotoIn(Given):
    """What the sender says of the photograph that follows; without `taken` the state tells."""

    digest: Digest
    size: int = Field(ge=1, le=LARGEST_PHOTO)
    taken: PhotoTaken | None = None
    note: Short | None = None


class PhotoQuery(ListQuery):
    device: str | None = None  # tag
    holder: str | None = None  # employee number
    taken: PhotoTaken | None = None


class PhotoOut(Shown):
    """`holder` had the phone, or was just given it; `digest` is of the file as it was sent."""

    number: str
    device: str
    holder: EmployeeRef
    taken: PhotoTaken
    digest: Digest
    size: int
    kind: str
    note: str | None
    added_at: Moment
    added_by: str
