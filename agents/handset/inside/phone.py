"""The first process of a phone: starts adbd, starts it again when it ends, and reaps orphans."""

import contextlib
import os
import select
import signal
import socket
import time
from typing import Final, NoReturn

from agents.handset.inside import linux
from agents.handset.inside.config import Config
from agents.handset.inside.view import enter_view

SHELL: Final = 2000
# What adbd keeps for its shell (AOSP, daemon/main.cpp), and media_rw, which owns shared storage.
GROUPS: Final = (1004, 1007, 1011, 1015, 1023, 1028, 1078, 1079, 3001, 3002, 3003, 3006, 3009, 3011)

ADBD: Final = "/usr/sbin/adbd"
ENVIRONMENT: Final = {
    "PATH": "/product/bin:/apex/com.android.runtime/bin:/system/bin:/system/xbin",
    "ANDROID_DATA": "/data",
    "ANDROID_ROOT": "/system",
    "ANDROID_STORAGE": "/storage",
    "EXTERNAL_STORAGE": "/sdcard",
    "ADB_EXTERNAL_STORAGE": "/sdcard",
    "HOME": "/",
    "HOSTNAME": "localhost",
    "LOGNAME": "shell",
    "SHELL": "/bin/sh",
    "TMPDIR": "/data/local/tmp",
    "USER": "shell",
}

REBOOT: Final = b"r"
KILL_DAEMON: Final = b"k"
DONE: Final = b"."

# An adbd that ends this soon after its start will not do better the next time.
SHORT_LIFE_SECONDS: Final = 0.5
SHORT_LIVES_ALLOWED: Final = 5


def be_the_phone(config: Config, link: socket.socket, *, drop_rights: bool) -> NoReturn:
    """Run as process 1 of the phone until the link is closed; report once when it is up."""
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        enter_view(config)
        linux.set_hostname(config.hostname)
        linux.forbid_vsock()
    except OSError as error:
        link.sendall(f"{error.strerror} ({error.filename})".encode())
        os._exit(1)
    Init(link, config.port, drop_rights=drop_rights).run()
    os._exit(0)


class Init:
    """Process 1: everything else in the phone is its descendant and ends with it."""

    def __init__(self, link: socket.socket, port: int, *, drop_rights: bool) -> None:
        self.link = link
        self.drop_rights = drop_rights
        self.environment = {**ENVIRONMENT, "ADBD_PORT": str(port)}
        self.adbd = 0
        self.started = 0.0
        self.short_lives = 0

    def run(self) -> None:
        waker, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.start_adbd()
        self.link.sendall(DONE)
        sources: list[socket.socket | int] = [self.link, waker]
        while self.short_lives < SHORT_LIVES_ALLOWED:
            ready, _, _ = select.select(sources, [], [])
            if waker in ready:
                os.read(waker, 4096)
                self.reap()
            if self.link in ready and not self.obey():
                return

    def obey(self) -> bool:
        """Carry out one order; tell whether there is anybody left to give another."""
        order = self.link.recv(1)
        if not order:
            return False
        if order == REBOOT:
            self.restart()
        elif order == KILL_DAEMON:
            self.kill_adbd()
        self.link.sendall(DONE)
        return True

    def kill_adbd(self) -> None:
        """Kill adbd alone; what it had started goes on, and `reap` starts it again."""
        os.kill(self.adbd, signal.SIGKILL)

    def restart(self) -> None:
        """End every other process of the phone and start adbd afresh."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.adbd, 0)
        self.short_lives = 0
        self.start_adbd()

    def reap(self) -> None:
        adbd_ended = False
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                adbd_ended = adbd_ended or ended == self.adbd
        if adbd_ended:
            short = time.monotonic() - self.started < SHORT_LIFE_SECONDS
            self.short_lives = self.short_lives + 1 if short else 0
            self.start_adbd()

    def start_adbd(self) -> None:
        self.started = time.monotonic()
        self.adbd = os.fork()
        if self.adbd == 0:
            self.be_adbd()

    def be_adbd(self) -> NoReturn:
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.setsid()
            if self.drop_rights:
                os.setgroups(GROUPS)
                os.setresgid(SHELL, SHELL, SHELL)
                os.setresuid(SHELL, SHELL, SHELL)
            os.umask(0o007)
            os.execve(ADBD, ["/apex/com.android.adbd/bin/adbd"], self.environment)  # noqa: S606
        finally:
            os._exit(127)
