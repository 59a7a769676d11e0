"""Disabling, removing, restoring and updating an app for one user of a phone."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from agents.phone.app_look import (
    AppLook,
    about_parts,
    read_about,
    read_state,
    state_parts,
)
from agents.phone.errors import CommandFailed, NoAnswer
from agents.phone.parts.part import Part
from agents.phone.phone import Phone
from agents.phone.probe import RawPart
from agents.phone.remedies import AnySeen, Look, Said, answers, question
from fleet.contracts.remedies import UNDONE_BY, ApkOffer, AppSeen, RemedyAction

ACT_SECONDS: Final = 60
INSTALL_SECONDS: Final = 300
SLOWEST: Final = 512 * 1024  # bytes per second of a cable that still counts as one
IDLE_SECONDS: Final = 240.0  # a phone optimises an app before it says anything
BLOCK: Final = 1 << 20
ANDROID_8: Final = 26
FOLDER: Final = "/data/local/tmp"


@dataclass
class _AppRemedy(ABC):
    """What all acts on an app have in common; `look` asks in one round trip."""

    action: ClassVar[RemedyAction]
    signer: ClassVar[bool] = False

    phone: Phone
    package: str
    user: int = 0

    def look(self) -> Look:
        parts = (*state_parts(self.package, self.user, signer=self.signer), *about_parts(self.user))
        told, raw = answers(self.phone, (*self.before_look(), *parts))
        seen, closed = read_state(self.package, self.user, told, raw)
        self._about = read_about(seen, told, closed)
        return Look(seen, raw, self._about.why_not or self.why_not(self._about))

    def before_look(self) -> tuple[Part[Any], ...]:
        return ()

    @abstractmethod
    def why_not(self, look: AppLook) -> str | None: ...

    def is_so(self, seen: AnySeen) -> bool | None:
        return self.stands(seen) if isinstance(seen, AppSeen) else None

    @abstractmethod
    def stands(self, seen: AppSeen) -> bool | None: ...

    def undone_by(self, before: AnySeen) -> RemedyAction | None:
        del before
        return UNDONE_BY.get(self.action)

    @abstractmethod
    def act(self, before: Look) -> Said: ...

    def _looked(self, *acts: Part[Any]) -> Said:
        parts = (*acts, *state_parts(self.package, self.user, signer=self.signer))
        told, raw = answers(self.phone, parts)
        seen, closed = read_state(self.package, self.user, told, raw)
        act = next((one for one in raw if one.name == "act"), None)
        text = act.recorded.text if act else ""
        return Said(text, act.status if act else None, Look(seen, raw, closed))

    def _seen(self, look: Look) -> AppSeen:
        assert isinstance(look.seen, AppSeen)  # noqa: S101 — it is ours
        return look.seen

    @property
    def _of(self) -> str:
        return f"--user {self.user} {self.package}"


class _OneCommand(_AppRemedy):
    @abstractmethod
    def command(self, seen: AppSeen) -> str: ...

    def act(self, before: Look) -> Said:
        """Act and look, in one round trip."""
        command = self.command(self._seen(before))
        return self._looked(question("act", command, seconds=ACT_SECONDS))


class Disable(_OneCommand):
    action = RemedyAction.DISABLE_APP

    def why_not(self, look: AppLook) -> str | None:
        return look.needed() or look.guarded()

    def stands(self, seen: AppSeen) -> bool | None:
        if seen.installed is False:
            return True  # what is not there cannot be started
        is_known = seen.installed is not None and seen.enabled is not None
        return not seen.enabled if is_known else None

    def command(self, seen: AppSeen) -> str:
        del seen
        return f"t pm disable-user {self._of}"


class Remove(_OneCommand):
    action = RemedyAction.REMOVE_APP

    def why_not(self, look: AppLook) -> str | None:
        return look.needed() or look.guarded()

    def stands(self, seen: AppSeen) -> bool | None:
        return None if seen.installed is None else not seen.installed

    def command(self, seen: AppSeen) -> str:
        # What can come back comes back with its data.
        return f"t pm uninstall {'-k ' if seen.comes_back else ''}{self._of}"

    def undone_by(self, before: AnySeen) -> RemedyAction | None:
        return (
            super().undone_by(before) if isinstance(before, AppSeen) and before.comes_back else None
        )


@dataclass
class Restore(_OneCommand):
    """`to` is how it stood before it was disabled or removed."""

    action: ClassVar[RemedyAction] = RemedyAction.RESTORE_APP
    to: AppSeen | None = None

    def why_not(self, look: AppLook) -> str | None:
        if look.seen.installed is False and not (look.seen.system or look.seen.users):
            return "no_copy"
        return None

    @property
    def _installed(self) -> bool:
        return self.to is None or self.to.installed is not False

    @property
    def _enabled(self) -> bool:
        return self.to is None or self.to.enabled is not False

    def stands(self, seen: AppSeen) -> bool | None:
        if seen.installed is None or (seen.installed and seen.enabled is None):
            return None
        if not self._installed:
            return True
        return seen.installed and seen.enabled is self._enabled

    def command(self, seen: AppSeen) -> str:
        back = "" if seen.installed else f"t cmd package install-existing {self._of};"
        if not self._enabled:
            return back + f"t pm disable-user {self._of}"
        sdk = self._about.sdk or 0
        is_default = self.to is not None and self.to.setting == 0 and sdk >= ANDROID_8
        return back + f"t pm {'default-state' if is_default else 'enable'} {self._of}"


@dataclass
class Update(_AppRemedy):
    """`file` was checked against the offer: its digest, its name, its version and its signer."""

    action: ClassVar[RemedyAction] = RemedyAction.UPDATE_APP
    signer: ClassVar[bool] = True
    offer: ApkOffer | None = None
    file: Path = Path()
    progress: Callable[[int], None] = lambda _sent: None

    def before_look(self) -> tuple[Part[Any], ...]:
        """Take away what an earlier visit was cut off from taking away."""
        return () if self._streams else (question("rest", f"rm -f {self._there}"),)

    def why_not(self, look: AppLook) -> str | None:
        seen, offer = look.seen, self._offer
        if seen.installed is False:
            return "not_installed"
        if seen.certificate is None or seen.version_code is None:
            return "certificate_unknown"
        if seen.certificate != offer.certificate:
            return "other_signer"
        return "downgrade" if seen.version_code > offer.version_code else None

    def stands(self, seen: AppSeen) -> bool | None:
        if seen.installed is None or seen.version_code is None or seen.certificate is None:
            return False if seen.installed is False else None
        is_ours = seen.certificate == self._offer.certificate
        return is_ours and seen.version_code == self._offer.version_code

    def undone_by(self, before: AnySeen) -> RemedyAction | None:
        del before
        return None

    def act(self, before: Look) -> Said:
        del before
        return self._streamed() if self._streams else self._pushed()

    @property
    def _offer(self) -> ApkOffer:
        assert self.offer is not None  # noqa: S101 — an update has one
        return self.offer

    @property
    def _streams(self) -> bool:
        return {"cmd", "shell_v2"} <= self.phone.features

    @property
    def _there(self) -> str:
        return f"{FOLDER}/.wf-{self._offer.digest[:24]}.apk"

    @property
    def _seconds(self) -> int:
        return INSTALL_SECONDS + self._offer.size // SLOWEST

    def _streamed(self) -> Said:
        """Hand the file over without leaving it on the phone."""
        command = f"cmd package install -r -S {self._offer.size} --user {self.user} 2>&1"
        deadline = float(self._seconds)
        with self.phone.stream(
            command, deadline=deadline, idle=IDLE_SECONDS, stdin=self._chunks()
        ) as stream:
            said = RawPart("act", command, b"".join(stream), stream.status)
        after = self._looked().look
        return Said(said.recorded.text, said.status, replace(after, parts=(said, *after.parts)))

    def _pushed(self) -> Said:
        """Lay the file on the phone for the time of the installation."""
        try:
            with self.phone.sync(deadline=float(self._seconds)) as sync:
                sync.send(self._there.encode(), self._chunks(), mode=0o644)
        except CommandFailed as error:
            self._take_away()
            return Said(str(error), None, self._looked().look)
        # The shell takes it away however it ends; what kills the shell, the next look.
        command = (
            f"trap 'rm -f {self._there}' 0;trap 'exit 129' 1 2 13 15;"
            f"t pm install -r --user {self.user} {self._there};rm -f {self._there}"
        )
        return self._looked(question("act", command, seconds=self._seconds))

    def _take_away(self) -> None:
        with suppress(NoAnswer):
            self.phone.script(f"rm -f {self._there}")

    def _chunks(self) -> Iterator[bytes]:
        sent = 0
        with self.file.open("rb") as file:
            while chunk := file.read(BLOCK):
                yield chunk
                sent += len(chunk)
                self.progress(sent)
