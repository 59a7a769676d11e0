"""The process around one phone: makes the namespaces, holds the cable, obeys the handset.

It starts in the host's network with a socket already bound there, and moves into a network of
its own: what it accepts comes from the host's loopback, what it opens stays inside. It ends when
its parent ends, and the phone ends with it.
"""

import json
import os
import select
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from agents.handset.inside import linux
from agents.handset.inside.cable import Cable, connect
from agents.handset.inside.config import Config
from agents.handset.inside.phone import DONE, KILL_DAEMON, REBOOT, SHELL, be_the_phone

# What the warden shares with its phone; the processes and the file system are the phone's alone.
NAMESPACES: Final = linux.CLONE_NEWUTS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC


def main() -> None:
    config = Config.load(sys.argv[1])
    for descriptor in (config.listener, config.control):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 — takes it by position only
    control = socket.socket(fileno=config.control)
    privileged = os.geteuid() == 0
    try:
        enter_namespaces(privileged=privileged)
        linux.raise_loopback()
    except OSError as error:
        refuse(control, f"{error.strerror} ({error.filename or 'loopback'})")
    listener = socket.socket(fileno=config.listener)
    link = start_phone(config, listener, control, privileged=privileged)
    abandoned = Warden(config, control, listener, link).run()
    link.close()
    os.wait()  # when the first process is gone, so is every other one of the phone
    if abandoned:
        remove_folders(config)


def enter_namespaces(*, privileged: bool) -> None:
    """Enter fresh namespaces; an ordinary user becomes the phone's shell user in one of them."""
    if privileged:
        linux.unshare(NAMESPACES)
        return
    user, group = os.geteuid(), os.getegid()
    linux.unshare(NAMESPACES | linux.CLONE_NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{SHELL} {user} 1")
    write("/proc/self/gid_map", f"{SHELL} {group} 1")


def write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123 — start-up is quicker without pathlib
        file.write(text)


def refuse(control: socket.socket, reason: str) -> NoReturn:
    control.sendall(json.dumps({"refused": reason}).encode() + b"\n")
    sys.exit(1)


def start_phone(
    config: Config, listener: socket.socket, control: socket.socket, *, privileged: bool
) -> socket.socket:
    """Start the phone's first process and return the line to it once it is up."""
    ours, theirs = socket.socketpair()
    if linux.fork_into_new_view() == 0:
        for end in (ours, listener, control):
            end.close()
        be_the_phone(config, theirs, drop_rights=privileged)
    theirs.close()
    said = ours.recv(4096)
    if said != DONE:
        refuse(control, said.decode() or "its first process ended")
    return ours


def remove_folders(config: Config) -> None:
    """Remove the folders of a phone whose parent is gone and cannot do it any more."""
    from agents.handset.inside.folders import remove_tree  # noqa: PLC0415 — rarely needed, slow

    remove_tree(Path(config.folder))


class Warden:
    """Waits for connections, orders and ends, all in one place."""

    def __init__(
        self, config: Config, control: socket.socket, listener: socket.socket, link: socket.socket
    ) -> None:
        self.control = control
        self.listener = listener
        self.link = link
        self.cable = Cable(config.port)
        self.parent = os.pidfd_open(config.parent)
        self.unread = b""
        self.plugged = True
        self.told_to_stop = False

    def run(self) -> bool:
        """Serve until told to stop, or the phone ends; tell whether the handset is just gone."""
        connect(self.cable.port).close()
        self.say({"ready": True})
        while True:
            sources: list[socket.socket | int] = [self.control, self.parent, self.link]
            sources += [self.listener] if self.plugged else []
            ready, _, _ = select.select(sources, [], [])
            if self.parent in ready:
                return True
            if self.link in ready:
                return False
            if self.listener in ready:
                self.accept()
            if self.control in ready and not self.hear():
                return not self.told_to_stop

    def accept(self) -> None:
        try:
            outside, _ = self.listener.accept()
        except OSError:
            return  # it was gone again before we looked
        self.cable.join(outside)

    def hear(self) -> bool:
        """Carry out the orders that arrived; tell whether the handset still holds the line."""
        heard = self.control.recv(65536)
        *lines, self.unread = (self.unread + heard).split(b"\n")
        for line in lines:
            self.say(self.obey(json.loads(line)))
        return bool(heard) and not self.told_to_stop

    def say(self, answer: dict[str, object]) -> None:
        self.control.sendall(json.dumps(answer).encode() + b"\n")

    def obey(self, order: dict[str, object]) -> dict[str, object]:
        match order:
            case {"do": "stop"}:
                self.told_to_stop = True
            case {"do": "unplug"}:
                self.unplug()
            case {"do": "plug_in"}:
                self.listener.listen(64)
                self.plugged = True
            case {"do": "reboot"}:
                self.reboot()
            case {"do": "kill_daemon"}:
                self.tell_phone(KILL_DAEMON)
            case _:
                self.cable.obey(order)
        return self.cable.status()

    def unplug(self) -> None:
        """Refuse new connections and end the present ones; the port stays ours."""
        if self.plugged:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.plugged = False
        self.cable.drop()

    def reboot(self) -> None:
        self.tell_phone(REBOOT)
        self.cable.drop()
        connect(self.cable.port).close()

    def tell_phone(self, order: bytes) -> None:
        self.link.sendall(order)
        self.link.recv(len(DONE))


if __name__ == "__main__":
    main()
