"""A handset is reachable from this machine alone, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.handset.handset import Handset
from agents.handset.root import handset_root
from tests.handset_fixtures import StartHandset

pytestmark = pytest.mark.handset

LISTENING = "0A"
PROJECT = Path(__file__).parents[3]
LIBRARIES = Path(next(path for path in sys.path if path.endswith("site-packages")))
NOBODY = 65534
DEADLINE_SECONDS = 15.0


def listeners(port: int, tables: Path = Path("/proc/net")) -> list[str]:
    """Return the local addresses, as the kernel writes them, that listen on `port`."""
    text = (tables / "tcp").read_text() + (tables / "tcp6").read_text()
    rows = [line.split() for line in text.splitlines()]
    return [
        row[1].rpartition(":")[0]
        for row in rows
        if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port
    ]


def own_addresses() -> set[str]:
    """Return addresses of this machine other than the one a handset listens on."""
    found = {"127.0.0.2"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        try:
            outward.connect(("192.0.2.1", 9))  # no packet is sent; it only picks the way out
            found.add(outward.getsockname()[0])
        except OSError:
            pass  # a machine without a network has no other address
    return found - {"127.0.0.1"}


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def tree(pid: int) -> list[int]:
    return [pid, *(one for child in children(pid) for one in tree(child))]


def named(phone: Handset, name: str) -> int:
    return next(
        pid
        for pid in tree(phone.sandbox.pid)
        if Path(f"/proc/{pid}/comm").read_text().strip() == name
    )


def wait_for(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_it_listens_on_loopback_and_nowhere_else(start_handset: StartHandset) -> None:
    port = start_handset().sandbox.port

    assert listeners(port) == ["0100007F"]
    for address in own_addresses():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port), timeout=5)


def test_the_daemon_listens_in_a_network_that_has_no_way_out(handset: Handset) -> None:
    adbd = named(handset, "adbd")
    devices = Path(f"/proc/{adbd}/net/dev").read_text().splitlines()[2:]

    assert listeners(5555, Path(f"/proc/{adbd}/net"))
    assert [row.split(":")[0].strip() for row in devices] == ["lo"]
    assert Path(f"/proc/{adbd}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_the_daemon_may_not_listen_on_vsock(handset: Handset) -> None:
    status = Path(f"/proc/{named(handset, 'adbd')}/status").read_text()

    assert "Seccomp:\t2" in status  # under a filter; what it does is the next test
    assert "NoNewPrivs:\t1" in status


def test_the_filter_refuses_vsock_and_nothing_else() -> None:
    filtered = (
        "import socket, errno\n"
        "from agents.handset.inside.linux import forbid_vsock\n"
        "forbid_vsock()\n"
        "socket.socket().close(); socket.socketpair()[0].close()\n"
        "try:\n    socket.socket(socket.AF_VSOCK)\n"
        "except OSError as error:\n    print(errno.errorcode[error.errno])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", filtered], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "EAFNOSUPPORT\n"


def test_the_shared_system_cannot_be_written(handset: Handset) -> None:
    adbd = named(handset, "adbd")
    mounts = Path(f"/proc/{adbd}/mounts").read_text().splitlines()
    root = next(row.split() for row in mounts if row.split()[1] == "/")

    assert "ro" in root[3].split(",")


def test_stopping_leaves_no_process_and_no_folder(start_handset: StartHandset) -> None:
    phone = start_handset()
    pids, folder = tree(phone.sandbox.pid), phone.sandbox.folder

    phone.stop()

    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert not folder.exists()


# Prints its handset's folder and the processes that belong to it, then waits to be killed.
VICTIM = """\
import sys, time
from pathlib import Path
from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset

def tree(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [pid, *(one for child in listed.split() for one in tree(int(child)))]

LASTING = "sleep 1000 </dev/null >/dev/null 2>&1 &"

with AdbServer() as adb, Handset(adb=adb, seed=False) as phone:
    device = adb.client.device(phone.address)
    said = device.shell2(f"id; {LASTING} getprop ro.product.brand", v2=True).stdout
    print(said.replace("\\n", " "))
    print(phone.sandbox.folder, *tree(phone.sandbox.pid), adb.pid, flush=True)
    if "stay" in sys.argv:
        time.sleep(1000)
"""


LOADED = """
import sys, agents.handset.adb_server, agents.handset.handset
print(*(file for one in sys.modules.values() if (file := getattr(one, "__file__", None))))
"""


def start_victim(
    python: str, words: list[str], environment: dict[str, str], user: int | None = None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [python, "-c", VICTIM, *words],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def test_nothing_is_left_when_the_process_that_held_it_is_killed(tmp_path: Path) -> None:
    environment = {
        "PYTHONPATH": str(PROJECT),
        "TMPDIR": str(tmp_path),
        "WORKFLEET_CACHE": str(handset_root().parent),
    }
    with start_victim(sys.executable, ["stay"], environment) as victim:
        assert victim.stdout is not None
        assert "uid=2000" in victim.stdout.readline()
        folder, *pids = victim.stdout.readline().split()
        assert len(pids) >= 5
        victim.send_signal(signal.SIGKILL)

    assert wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert wait_for(lambda: not Path(folder).exists())
    assert wait_for(lambda: not list(tmp_path.iterdir()))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that an ordinary user may use; a test's own is closed to others."""
    places = (tempfile.gettempdir(), "/var/tmp")
    place = next(one for one in places if os.stat(one).st_mode & 0o005 == 0o005)  # noqa: PTH116
    folder = Path(tempfile.mkdtemp(prefix="handset-nobody-", dir=place))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def open_code(open_folder: Path) -> Path:
    """Give a copy of our code and what it needs: the project may lie in a closed home."""
    loaded = [sys.executable, "-c", LOADED]
    said = subprocess.run(loaded, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    wanted = {path for file in said.split() if (path := _package_of(Path(file))) is not None}
    code = open_folder / "code"
    code.mkdir()
    for path in (*wanted, *LIBRARIES.glob("*.libs")):
        copy = shutil.copytree if path.is_dir() else shutil.copyfile
        copy(path, code / path.name)
    return code


def _package_of(file: Path) -> Path | None:
    """Return the package of ours, or of a library, that a loaded file belongs to."""
    place = next((one for one in (LIBRARIES, PROJECT) if file.is_relative_to(one)), None)
    return None if place is None else place / file.relative_to(place).parts[0]


def ordinary_python(environment: dict[str, str]) -> str:
    """Return a Python like this one that an ordinary user can start, or skip."""
    this = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    for python in (sys.executable, "/usr/bin/python3"):
        if as_nobody(python, this, environment).returncode == 0:
            return python
    pytest.skip(f"Python {sys.version_info[0]}.{sys.version_info[1]} is here for its owner alone")


def as_nobody(
    python: str, code: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    argv = [python, "-c", code]
    try:
        return subprocess.run(
            argv,
            cwd="/",
            env=environment,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as refusal:
        return subprocess.CompletedProcess(argv, 1, "", str(refusal))


@pytest.mark.skipif(os.geteuid() != 0, reason="everything here runs as an ordinary user already")
def test_an_ordinary_user_runs_one_as_well(open_folder: Path, open_code: Path) -> None:
    root = open_folder / handset_root().name
    shutil.copytree(handset_root(), root, symlinks=True)
    for name in ("home", "tmp"):
        (open_folder / name).mkdir()
        os.chown(open_folder / name, NOBODY, NOBODY)
    environment = {
        "PYTHONPATH": str(open_code),
        "HOME": str(open_folder / "home"),
        "TMPDIR": str(open_folder / "tmp"),
        "WORKFLEET_CACHE": str(open_folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    python = ordinary_python(environment)

    with start_victim(python, [], environment, NOBODY) as ordinary:
        said, _ = ordinary.communicate(timeout=60)

    assert "uid=2000(shell)" in said
    assert "Xiaomi" in said
    assert ordinary.returncode == 0
    assert list((open_folder / "tmp").iterdir()) == []
