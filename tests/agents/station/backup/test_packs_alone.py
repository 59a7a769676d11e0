"""A pack opens with age, zstd and tar alone, without a line of ours."""

import hashlib
import subprocess

import pyrage

from agents.station.backup.packs import PackWriter


def test_a_pack_opens_with_the_public_tools(tmp_path):
    identity = pyrage.x25519.Identity.generate()
    files = {"DCIM/照片.jpg": b"picture", "a b.txt": b"", "big.bin": b"x" * 3_000_000}
    sealed = tmp_path / "pack"
    with PackWriter(sealed, [identity.to_public()]) as writer:
        for name, content in files.items():
            writer.add(name.encode(), size=len(content), mtime=1.5, chunks=[content])
        pack = writer.finish()
    key, to = tmp_path / "identity.txt", tmp_path / "restored"
    key.write_text(f"{identity}\n")
    to.mkdir()

    pipe = 'age -d -i "$0" "$1" | zstd -d | tar -x -C "$2"'
    subprocess.run(["bash", "-o", "pipefail", "-c", pipe, key, sealed, to], check=True)

    assert pack.digest == hashlib.sha256(sealed.read_bytes()).hexdigest()
    assert {name: (to / name).read_bytes() for name in files} == files
