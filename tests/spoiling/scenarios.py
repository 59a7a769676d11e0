"""What goes wrong with a phone's files, and with the cable, while somebody copies them.

Each is done to a real adbd. Afterwards the truth is what lies on the phone: a tool that says that
it has everything, and has something else, has claimed what is not so.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.handset.handset import Handset

FILM_BYTES: Final = 9_000_000
BEGUN: Final = 1_000_000  # bytes that have come from the phone when something happens
SMALL: Final = 300  # files of 5,000 bytes: more of them than that
CUT_TAR: Final = """\
/system/bin/toybox tar "$@" | /system/bin/toybox head -c 700000
exit 0"""
CUT_FIND: Final = """\
/system/bin/toybox find "$@" | /system/bin/toybox head -c 9000
exit 0"""
FILM: Final = "DCIM/film.mp4"


def _nothing(_phone: Handset) -> None:
    pass


@dataclass(frozen=True)
class Scenario:
    """`arrange` puts files there, `meanwhile` happens in the middle of the copy.

    `between`: happens after a first copy, and a second one is judged. `cable` is set before the
    copy begins. `afterwards` makes the truth readable for us.
    """

    name: str
    arrange: Callable[[Handset], None] = _nothing
    meanwhile: Callable[[Handset], None] | None = None
    between: Callable[[Handset], None] | None = None
    cable: Callable[[Handset], None] = _nothing
    afterwards: Callable[[Handset], None] = _nothing
    heavy: bool = False  # gigabytes: for the bench alone

    def plant(self, phone: Handset) -> None:
        phone.put(FILM, os.urandom(FILM_BYTES))
        phone.put("DCIM/small.jpg", os.urandom(5000))
        phone.put("Download/WeiXin/contract.pdf", b"%PDF-1.7 " * 300)
        self.arrange(phone)


def film(phone: Handset) -> Path:
    return phone.storage_path / FILM


def truncate(phone: Handset) -> None:
    os.truncate(film(phone), FILM_BYTES // 3)


def grow(phone: Handset) -> None:
    with film(phone).open("ab") as file:
        file.write(os.urandom(300_000))


def change_at(path: Path, offset: int) -> None:
    """Change one byte; size and time stay what they were."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(offset)
        [was] = file.read(1)
        file.seek(offset)
        file.write(bytes([was ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def change_what_was_read(phone: Handset) -> None:
    change_at(film(phone), 10)


def rewrite(phone: Handset) -> None:
    film(phone).write_bytes(os.urandom(FILM_BYTES))


def delete(phone: Handset) -> None:
    film(phone).unlink()


def rename(phone: Handset) -> None:
    film(phone).rename(film(phone).with_name("film-2.mp4"))


def move_folder(phone: Handset) -> None:
    (phone.storage_path / "DCIM").rename(phone.storage_path / "Pictures-old")


def add(phone: Handset) -> None:
    phone.put("Download/late.pdf", b"late" * 900)


def put_back(phone: Handset) -> None:
    """Replace a file by an older one: its time goes backwards."""
    small = phone.put("DCIM/small.jpg", os.urandom(5000))
    os.utime(small, (1, 1))


def flip_between(phone: Handset) -> None:
    change_at(phone.storage_path / "DCIM/small.jpg", 100)


def drop_between(phone: Handset) -> None:
    phone.put("DCIM/new.jpg", b"new" * 1000)
    (phone.storage_path / "DCIM/small.jpg").unlink()


def shut(path: Path) -> None:
    """Close a file or folder to the phone's shell, which without root is one user with us."""
    path.chmod(0)
    if os.geteuid() == 0:
        os.chown(path, 0, 0)


def many_small(phone: Handset) -> None:
    for number in range(SMALL):
        phone.put(f"DCIM/{number}.jpg", os.urandom(5000))


def cut_tar(phone: Handset) -> None:
    many_small(phone)
    phone.replace_tool("tar", CUT_TAR)


def cut_find(phone: Handset) -> None:
    many_small(phone)
    phone.replace_tool("find", CUT_FIND)


def unreadable_file(phone: Handset) -> None:
    shut(phone.put("Documents/shut.txt", b"secret" * 100))


def unreadable_folder(phone: Handset) -> None:
    shut(phone.put("Documents/in.txt", b"secret" * 100).parent)


def reopen(phone: Handset) -> None:
    folder = phone.storage_path / "Documents"
    folder.chmod(0o700)
    for path in folder.iterdir():
        path.chmod(0o600)


def named(name: bytes) -> Callable[[Handset], None]:
    def arrange(phone: Handset) -> None:
        folder = phone.put("Download/plain.txt", b"plain").parent
        path = folder / os.fsdecode(name)
        path.write_bytes(name * 9)
        path.chmod(0o666)
        phone.own_files()

    return arrange


def two_by_case(phone: Handset) -> None:
    phone.put("Download/Bill.pdf", b"one")
    phone.put("Download/bill.pdf", b"two")


def loop(phone: Handset) -> None:
    folder = phone.put("Download/plain.txt", b"plain").parent
    (folder / "again").symlink_to("../Download")
    phone.own_files()


def sparse(size: int) -> Callable[[Handset], None]:
    def arrange(phone: Handset) -> None:
        path = phone.put("Download/disk.img", b"begin")
        with path.open("r+b") as file:
            file.seek(size - 3)
            file.write(b"end")

    return arrange


def odd_times(phone: Handset) -> None:
    for number, moment in enumerate((0, -86_400, 2**31 + 5, 2**32 + 5)):
        path = phone.put(f"Download/time-{number}.txt", b"%d" % number)
        os.utime(path, (moment, moment))


SCENARIOS: Final = (
    Scenario("nothing is wrong"),
    Scenario("a bit flips on the way", cable=lambda phone: phone.flip_after(3 * BEGUN)),
    Scenario("the connection breaks in mid-file", cable=lambda phone: phone.cut_after(3 * BEGUN)),
    Scenario("adbd is killed in mid-file", meanwhile=Handset.kill_daemon),
    Scenario("adbd is killed among small files", many_small, meanwhile=Handset.kill_daemon),
    Scenario("tar is cut off and its shell says that all is well", cut_tar),
    Scenario("find is cut off and its shell says that all is well", cut_find),
    Scenario("truncated while it is read", meanwhile=truncate),
    Scenario("grows while it is read", meanwhile=grow),
    Scenario("a byte changes behind equal size and time", meanwhile=change_what_was_read),
    Scenario("rewritten while it is read", meanwhile=rewrite),
    Scenario("deleted while it is read", meanwhile=delete),
    Scenario("renamed while it is read", meanwhile=rename),
    Scenario("its folder is moved while it is read", meanwhile=move_folder),
    Scenario("a new file appears meanwhile", meanwhile=add),
    Scenario("replaced by an older one meanwhile", meanwhile=put_back),
    Scenario("a byte flipped since the last copy, equal size and time", between=flip_between),
    Scenario("one new and one gone since the last copy", between=drop_between),
    Scenario("a file that the shell may not read", arrange=unreadable_file, afterwards=reopen),
    Scenario("a folder that the shell may not read", arrange=unreadable_folder, afterwards=reopen),
    Scenario("a name that is not UTF-8", arrange=named(b"bad\xff\xfe.txt")),
    Scenario("a name with a newline", arrange=named(b"two\nlines.txt")),
    Scenario("a name of 255 bytes", arrange=named(b"n" * 251 + b".txt")),
    Scenario("a name of emoji", arrange=named("🧧合同🎉.txt".encode())),
    Scenario("a name of shell signs", arrange=named(b"$(id) `x` 'a' \"b\" *; &.txt")),
    Scenario("two names that differ by case", arrange=two_by_case),
    Scenario("a link that leads in a circle", arrange=loop),
    Scenario("times before 1970 and after 2038 and 2106", arrange=odd_times),
    Scenario("a sparse file", arrange=sparse(40_000_000)),
    Scenario("a file of more than 4 GiB", arrange=sparse(2**32 + 5), heavy=True),
)
