"""An adb of 2019, as Debian 12 still has it: no pairing, no mDNS, and the same version number."""

import fcntl
import tempfile
from pathlib import Path
from typing import Final

from agents.handset.packages import unpack_packages
from agents.handset.root import cache_folder

SUITE: Final = "bookworm"
PACKAGES: Final = (
    *("adb", "android-libbase", "android-libboringssl", "android-libcutils", "android-liblog"),
    "libusb-1.0-0",
)
LIBRARIES: Final = "usr/lib/x86_64-linux-gnu"
WRAPPER: Final = """\
#!/bin/sh
LD_LIBRARY_PATH={root}/{libraries}/android:{root}/{libraries} \\
exec {root}/usr/lib/android-sdk/platform-tools/adb "$@"
"""


def old_adb() -> Path:
    """Return the program, fetched when this machine has none yet."""
    wanted = cache_folder() / f"adb-{SUITE}"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "adb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.is_dir():
            _fetch(wanted)
    return wanted / "adb"


def _fetch(wanted: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache_folder()) as work:
        root = Path(work) / "root"
        root.mkdir()
        unpack_packages(Path(work), root, PACKAGES, SUITE)
        script = root / "adb"
        script.write_text(WRAPPER.format(root=wanted, libraries=LIBRARIES))
        script.chmod(0o755)
        root.rename(wanted)
