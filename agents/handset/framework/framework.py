"""The scripted Android framework of one phone: a table from commands to what answers them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from agents.handset.framework import device, dumps, installing, packages, props, settings, telephony
from agents.handset.framework.content import content
from agents.handset.framework.locksettings import locksettings
from agents.handset.framework.reply import Call, Reply, common_words, err
from agents.handset.framework.state import PhoneState

Command = Callable[[PhoneState, list[str]], Reply]

COMMANDS: Final[Mapping[str, Command]] = {
    "am": device.am,
    "appops": device.appops,
    "cmd": device.cmd,
    "content": content,
    "dpm": device.dpm,
    "dumpsys": dumps.dumpsys,
    "getprop": props.getprop,
    "ime": device.ime,
    "input": device.input_event,
    "locksettings": locksettings,
    "logcat": device.quiet,
    "monkey": device.quiet,
    "pidof": packages.pidof,
    "pm": packages.pm,
    "reboot": device.reboot,
    "screencap": device.quiet,
    "service": telephony.service,
    "setprop": props.setprop,
    "settings": settings.settings,
    "svc": device.svc,
    "uiautomator": device.uiautomator,
    "wm": device.wm,
}


OF_INIT: Final = frozenset({"getprop", "reboot", "setprop"})  # there before any service is


class Witness(Protocol):
    """Whoever stands between a call and its answer."""

    def before(self, call: Call) -> Reply | None:
        """Answer instead of the phone, wait, or let the call through."""

    def after(self, call: Call, reply: Reply) -> Reply:
        """Change the answer, or pass it on."""


class Framework:
    """Answers calls, one at a time where they touch the phone's state."""

    def __init__(self, state: PhoneState, witnesses: Sequence[Witness] = ()) -> None:
        self.state = state
        self.witnesses = list(witnesses)
        self._journal: list[str] = []
        self._writing = threading.Lock()

    @property
    def journal(self) -> list[str]:
        """What the framework was asked so far, without secrets."""
        with self._writing:
            return list(self._journal)

    def answer(self, words: tuple[str, ...], stdin: bytes = b"") -> Reply:
        call = Call(common_words(words), stdin)
        with self._writing:
            self._journal.append(call.line)
        for witness in list(self.witnesses):
            instead = witness.before(call)
            if instead is not None:
                return instead
        reply = self._status(words, self._ask(call))
        for witness in list(self.witnesses):
            reply = witness.after(call, reply)
        return reply

    def _ask(self, call: Call) -> Reply:
        command = COMMANDS.get(call.words[0])
        is_there = self.state.started or call.words[0] in OF_INIT
        if command is None or not is_there:
            return err(f"cmd: Can't find service: {call.words[0]}", 20)
        with self.state.mutex:
            if call.starts_with("pm install") and not call.starts_with("pm install-existing"):
                return installing.install(self.state, list(call.words[2:]), call.stdin)
            return command(self.state, list(call.words[1:]))

    def _status(self, words: tuple[str, ...], reply: Reply) -> Reply:
        """Drop the status where the maker's `locksettings` wrapper does."""
        if words[0] == "locksettings" and self.state.personality.drops_status:
            return Reply(reply.stdout, reply.stderr, 0, reply.files)
        return reply
