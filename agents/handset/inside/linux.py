"""The few calls of Linux that Python's standard library does not offer."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
from typing import Final

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_REMOUNT: Final = 0x20
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x40000

PR_SET_PDEATHSIG: Final = 1
PR_SET_SECCOMP: Final = 22
PR_SET_NO_NEW_PRIVS: Final = 38

SIOCSIFFLAGS: Final = 0x8914
IFF_UP: Final = 0x1

_CLONE_CALL: Final = 56  # on x86-64

_libc = ctypes.CDLL(None, use_errno=True)
_holding_the_interpreter = ctypes.PyDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), what)


def unshare(flags: int) -> None:
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace of a `kind` that an open file of /proc stands for."""
    _checked(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def fork_into_new_view() -> int:
    """Fork as `os.fork` does, with the child as process 1 of a pid namespace of its own,
    and with mounts of its own.

    `unshare` with CLONE_NEWPID would do as well, but a process that did that can start no threads.
    """
    interpreter = ctypes.pythonapi
    interpreter.PyOS_BeforeFork()
    pid = int(
        _holding_the_interpreter.syscall(
            _CLONE_CALL, CLONE_NEWPID | CLONE_NEWNS | signal.SIGCHLD, 0, 0, 0, 0
        )
    )
    if pid == 0:
        interpreter.PyOS_AfterFork_Child()
        return 0
    interpreter.PyOS_AfterFork_Parent()
    _checked(min(pid, 0), "clone")
    return pid


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    words = (source.encode(), target.encode(), kind.encode() or None)
    done = _libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None)
    _checked(done, f"mount {kind or 'bind'} {target}")


def set_hostname(name: str) -> None:
    _checked(_libc.sethostname(name.encode(), len(name.encode())), "sethostname")


def prctl(option: int, *values: int) -> None:
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)][:4]
    _checked(_libc.prctl(ctypes.c_int(option), *words), f"prctl {option}")


def raise_loopback() -> None:
    """Bring up the loopback device of a fresh network namespace, which starts down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


# A filter of four classic BPF instructions over struct seccomp_data (x86-64): load the call's
# number, then its first argument; refuse socket(AF_VSOCK, …) as a kernel without it would.
_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_NUMBER_AT: Final = 0
_FIRST_ARGUMENT_AT: Final = 16
_SOCKET_CALL: Final = 41
_AF_VSOCK: Final = 40
_ALLOW: Final = 0x7FFF0000
_REFUSE_WITH: Final = 0x00050000
_EAFNOSUPPORT: Final = 97

_FILTER: Final = (
    (_LOAD, 0, 0, _NUMBER_AT),
    (_JUMP_IF_EQUAL, 0, 3, _SOCKET_CALL),
    (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
    (_JUMP_IF_EQUAL, 0, 1, _AF_VSOCK),
    (_RETURN, 0, 0, _REFUSE_WITH | _EAFNOSUPPORT),
    (_RETURN, 0, 0, _ALLOW),
)
_SECCOMP_MODE_FILTER: Final = 2


def forbid_vsock() -> None:
    """Keep this process and its children off vsock, which no network namespace contains.

    adbd listens there as well, and the machine that hosts this one could then reach it.
    """
    program = b"".join(struct.pack("=HBBI", *step) for step in _FILTER)
    steps = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(_FILTER), ctypes.addressof(steps))
    filled = ctypes.create_string_buffer(header, len(header))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(filled))
