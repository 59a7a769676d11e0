"""A server's side of the sync exchange, and stations that talk to it, for tests."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

import fleet.wiring  # noqa: F401 — fills the table of work
from fleet.access.actor import Actor, ActorKind, HeldRole
from fleet.access.permissions import STATION
from fleet.contracts.clock import now
from fleet.contracts.rotation import PinOutcome, RotationState, RotationStep
from fleet.contracts.sealing import open_at_station
from fleet.contracts.stations import (
    EnrolIn,
    JobDone,
    Lease,
    PhoneSeen,
    Report,
    SyncIn,
    SyncOut,
)
from fleet.devices.models import Device
from fleet.stations.exchange import sync
from fleet.stations.models import Station
from fleet.stations.services import enrol, invite
from fleet.vault.tools import Tools
from tests.factories import Make


@dataclass
class Post:
    """One station: its key, and the reports it has made."""

    name: str
    actor: Actor
    private: bytes = field(repr=False)
    made: list[Report] = field(default_factory=list)

    def report(self, body: Any) -> Report:
        made = Report(sequence=len(self.made) + 1, at=now(), body=body)
        self.made.append(made)
        return made

    def opened(self, lease: Lease, sealed: str | None) -> str | None:
        return None if sealed is None else open_at_station(self.private, sealed, job=lease.job)


@dataclass
class Desk:
    """`sync` commits as the door does after an answer."""

    session: Session
    tools: Tools
    make: Make

    def post(self, name: str = "front") -> Post:
        key = X25519PrivateKey.generate()
        public = b64encode(key.public_key().public_bytes_raw()).decode()
        code = invite(self.session, name, minutes=60, actor=self.make.actor()).code
        enrol(self.session, EnrolIn(code=code, public_key=public, software="1.0"))
        self.session.commit()
        row = self.session.scalars(select(Station).where(Station.name == name)).one()
        actor = Actor(id=row.id, name=name, roles=(HeldRole(STATION),), kind=ActorKind.STATION)
        return Post(name, actor, key.private_bytes_raw())

    def sync(self, post: Post, *reports: Report, **given: Any) -> SyncOut:
        message = SyncIn(reports=list(reports), **{"present": self.serials(), **given})
        answer = sync(self.session, self.tools, message, actor=post.actor)
        self.session.commit()
        return answer

    def serials(self) -> list[str]:
        return list(self.session.scalars(select(Device.serial)))

    def plug_in(self, post: Post, device: Device) -> SyncOut:
        """Let `post` see the phone; no job is taken yet."""
        return self.sync(post, post.report(self.seen(device)), free=0)

    def seen(self, device: Device) -> PhoneSeen:
        facts = self.make.facts(device)
        return PhoneSeen(facts=facts, transport=device.serial, digest="0" * 64)

    def lease(self, post: Post) -> Lease:
        """Return the one job that `post` is given now."""
        (lease,) = self.sync(post).leases
        return lease

    def done(self, post: Post, lease: Lease, outcome: PinOutcome, **given: Any) -> SyncOut:
        return self.sync(post, post.report(JobDone(job=lease.job, pin=outcome)), **given)


def steps(*said: str) -> list[RotationStep]:
    """Return steps written as "name verdict"."""
    pairs = (text.split() for text in said)
    return [RotationStep(name=name, at=now(), verdict=verdict) for name, verdict in pairs]


PROOF = (
    "look locked", "check_old accepted", "set done", "check_new accepted", "control refused",
    "check_new_again accepted", "witness locked",
)  # fmt: skip
FOUND_NEW = ("look locked", "check_new accepted", "control refused", "check_new_again accepted")
FOUND_OLD = ("look locked", "check_new refused", "check_old_again accepted")


def proven() -> PinOutcome:
    return PinOutcome(state=RotationState.PROVEN, steps=steps(*PROOF), active="new")


def found_new() -> PinOutcome:
    return PinOutcome(state=RotationState.PROVEN, steps=steps(*FOUND_NEW), active="new")


def found_old() -> PinOutcome:
    return PinOutcome(
        state=RotationState.REFUSED, reason="not_applied", steps=steps(*FOUND_OLD), active="old"
    )


def in_doubt() -> PinOutcome:
    sent = steps("look locked", "check_old accepted", "set begun")
    return PinOutcome(state=RotationState.IN_DOUBT, reason="connection_lost", steps=sent)
