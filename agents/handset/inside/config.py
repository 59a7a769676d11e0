"""What a sandbox is told when it starts: paths, names and numbers, no secrets."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Config:
    """All folders are the host's. The descriptors are inherited sockets."""

    folder: str  # everything of this phone alone
    root: str  # the shared system, mounted read-only
    mount_point: str  # an empty folder where this phone's view of it is put together
    apex: str  # modules that the maker has put over the system's
    data: str
    storage: str  # holds emulated/0 and self/primary
    shared_storage: str  # what the phone calls /sdcard
    sockets: str  # holds the framework's socket
    hostname: str
    parent: int
    listener: int
    control: int
    port: int  # where adbd listens, inside

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Config":
        return cls(**json.loads(text))
