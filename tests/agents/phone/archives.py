"""Archives as a phone writes them, for tests."""

import io
import tarfile


def archive_of(files: dict[bytes, bytes]) -> bytes:
    """Write what GNU tar and toybox write for `files`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name.decode(errors="surrogateescape"))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()
