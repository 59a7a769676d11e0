"""What a station does on a phone against a finding, and the way back: on the wire.

An outcome is `verified` by what the phone showed after the act, never by what a tool said of it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fleet.contracts.wire import Digest, Given, Shown

# Names become words of a phone's shell: nothing else is taken.
Package = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$",
        max_length=200,
    ),
]

LARGEST_APK: Final = 1 << 30  # bytes


class RemedyAction(StrEnum):
    DISABLE_APP = "disable_app"  # stays on the phone and cannot be started
    REMOVE_APP = "remove_app"  # for one user of the phone
    RESTORE_APP = "restore_app"  # as it was before one of these two
    UPDATE_APP = "update_app"  # from a file of the company's; there is no way back
    CLOSE_WIRELESS = "close_wireless"  # debugging without a cable
    OPEN_WIRELESS = "open_wireless"  # as it was before


UNDONE_BY: Final[Mapping[RemedyAction, RemedyAction]] = {
    RemedyAction.DISABLE_APP: RemedyAction.RESTORE_APP,
    RemedyAction.REMOVE_APP: RemedyAction.RESTORE_APP,
    RemedyAction.CLOSE_WIRELESS: RemedyAction.OPEN_WIRELESS,
}
OF_APPS: Final = frozenset(
    {
        RemedyAction.DISABLE_APP,
        RemedyAction.REMOVE_APP,
        RemedyAction.RESTORE_APP,
        RemedyAction.UPDATE_APP,
    }
)


class ApkOffer(Shown):
    """A file of the company's: the station takes it by its digest and checks all of this."""

    digest: Digest
    size: int = Field(ge=1, le=LARGEST_APK)
    version_code: int = Field(ge=0, lt=2**63)
    certificate: Digest  # SHA-256 of the certificate it is signed with


class AppSeen(Shown):
    """How an app stood for one user of the phone; None: not known.

    `setting` is Android's own number for it (0 default, 1 enabled, 2 disabled, 3 disabled by the
    user, 4 until used). `users` are all users of the phone that have it.
    """

    of: Literal["app"] = "app"
    package: str
    user: int = 0
    installed: bool | None = None
    enabled: bool | None = None
    setting: int | None = None
    version_code: int | None = None
    version_name: str | None = None
    certificate: Digest | None = None
    installer: str | None = None
    system: bool | None = None
    users: tuple[int, ...] = ()

    @property
    def comes_back(self) -> bool:
        """Whether the phone keeps a copy after a removal, from which it can be put back."""
        return self.system is True or any(user != self.user for user in self.users)


class WirelessSeen(Shown):
    """By which doors without a cable debugging could come in; None: not known, 0: closed."""

    of: Literal["wireless"] = "wireless"
    switch: bool | None = None  # "wireless debugging" in the settings (Android 11 and later)
    port: int | None = None  # that adbd listens on since `adb tcpip`
    port_at_start: int | None = None  # that it will listen on after each start of the phone

    @property
    def is_known(self) -> bool:
        return None not in (self.switch, self.port, self.port_at_start)

    @property
    def closed(self) -> bool:
        return not (self.switch or self.port or self.port_at_start)


Seen = Annotated[AppSeen | WirelessSeen, Field(discriminator="of")]


class RemedyTask(Shown):
    """`package` for what is done to an app, `apk` for an update.

    `before` is how things stood before the remedy that is undone: the phone is put back to that;
    without one an app is put back installed and enabled. Elsewhere it is how things stood before
    an earlier visit that ended in doubt.
    """

    kind: Literal["remedy"] = "remedy"
    remedy: str
    action: RemedyAction
    package: Package | None = None
    user: int = 0
    apk: ApkOffer | None = None
    before: Seen | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.action in OF_APPS and self.package is None:
            raise PydanticCustomError("app_missing", "what is done to an app names it")
        if self.action is RemedyAction.UPDATE_APP and self.apk is None:
            raise PydanticCustomError("file_missing", "an update has a file")
        return self


class RemedyOutcome(Given):
    """What came of it.

    verified: the phone showed afterwards what was wanted (`changed` False: it was so already).
    refused: it was not done, or the phone shows that it was not; `reason` is a stable code.
    in_doubt: it may have been done; the phone went away before it could be looked at again. The
    same task, given again with this `before`, looks first and acts only where nothing has taken.

    `undo` is what takes it back, None where nothing can or nothing was changed.
    """

    state: Literal["verified", "refused", "in_doubt"]
    changed: bool | None = None  # None: not known
    reason: str | None = None
    sentence: str = ""
    word: str = Field("", max_length=200)  # the phone's own, where it refused
    before: Seen | None = None
    after: Seen | None = None
    undo: RemedyAction | None = None
    build: str | None = None
    digest: Digest | None = None  # of the scrubbed transcript
