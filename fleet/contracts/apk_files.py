"""The company's own copies of apps, from which stations update phones."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fleet.contracts.remedies import LARGEST_APK
from fleet.contracts.wire import Digest, Given, ListQuery, Moment, Reason, Shown


class ApkAddQuery(Given):
    """What the sender says of the file that follows; size and digest are checked as it arrives.

    `trust`: whose certificate it is was looked up elsewhere, for the reason that is given.
    """

    digest: Digest
    size: int = Field(ge=1, le=LARGEST_APK)
    trust: bool = False
    reason: Reason | None = None

    @model_validator(mode="after")
    def _said_why(self) -> Self:
        if self.trust and self.reason is None:
            raise PydanticCustomError("reason_missing", "trust needs a reason")
        return self


class ApkOut(Shown):
    """`trusted_by`: who took it upon himself that the certificate is its maker's."""

    digest: Digest
    size: int
    package: str
    version_code: int
    version_name: str | None
    certificate: Digest
    added_at: Moment
    added_by: str
    trusted_by: str | None
    trusted_because: str | None
    removed_at: Moment | None
    removed_by: str | None


class ApkQuery(ListQuery):
    package: str | None = None
    removed: bool = Field(default=False, description="Those that were removed, too.")
