"""The scripted framework of a handset behind the phone's seam: every lock tool without an adbd."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agents.handset.faults import Fault
from agents.handset.framework.framework import Framework
from agents.handset.framework.lock import Kind, Lock
from agents.handset.framework.personality import Personality
from agents.handset.framework.reply import Call
from agents.handset.framework.reply import Reply as Said
from agents.handset.new_phone import new_state
from agents.handset.profile import profile
from agents.phone.errors import CommandTimedOut
from agents.phone.fake import FakePhone
from agents.phone.phone import Answer

PROFILE: Final = "honor-magic6-magicos"


class NoPower:
    """A phone that is reset comes up again at once."""

    def restart(self) -> None:
        return None

    def erase_files(self) -> None:
        return None


class TimesOut(Fault):
    """The lock tool never answers; the station gives up waiting for it."""

    def before(self, call: Call) -> Said | None:
        if call.starts_with("locksettings"):
            raise CommandTimedOut("FAKE", "locksettings", 30.0)
        return None


@dataclass
class Scripted:
    """`lock` is what really opens it."""

    tool: Personality
    framework: Framework = field(init=False)

    def __post_init__(self) -> None:
        state = new_state(profile(PROFILE), "FAKE", 0, NoPower(), Path("/nowhere"))
        state.sdk, state.personality = self.tool.sdk, self.tool
        state.props["ro.build.version.sdk"] = str(self.tool.sdk)
        state.lock.resets_wipe_counter = self.tool.resets_wipe_counter
        state.lock.change(Kind.NONE, "")
        self.framework = Framework(state)

    @property
    def lock(self) -> Lock:
        return self.framework.state.lock

    def add_fault(self, fault: Fault) -> None:
        state = self.framework.state
        state.lock_tool = fault.lock_tool(state.lock_tool)
        self.framework.witnesses.append(fault)
        fault.attach(self)  # type: ignore[arg-type] — it takes hold of the lock alone

    def phone(self) -> FakePhone:
        return FakePhone({"": self.carry_out})

    def carry_out(self, script: str) -> Answer:
        """Carry out the few words of shell that the questions about a lock are made of."""
        out, err, status, skips = b"", b"", 0, False
        for line in script.splitlines():
            if line.startswith("if command -v"):
                skips = not self.tool.present
            elif line in ("else", "fi"):
                skips = line == "else" and not skips
            elif not skips:
                for command in line.split(";"):
                    said = self._one(command.strip())
                    merged = command.endswith("2>&1")
                    out += said.stdout + said.stderr * merged
                    err += said.stderr * (not merged)
                    status = said.status
        return Answer(out, err, status)

    def _one(self, command: str) -> Said:
        words = shlex.split(command.removesuffix("2>&1"))
        if words[0] == "echo":
            return Said(f"{' '.join(words[1:])}\n".encode())
        return self.framework.answer(tuple(words))
