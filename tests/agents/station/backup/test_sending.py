"""A pack on its way: whatever the server answers, it is whole at the end, or it is said why not."""

import os
from hashlib import sha256
from threading import Event, Thread

import pytest

from agents.station.backup import sending
from agents.station.backup.errors import UploadLost
from agents.station.backup.flow import Flow
from agents.station.backup.room import Booking, Room
from agents.station.backup.sending import Outgoing, Sender, Upload
from agents.station.backup.spool import PIECE, Spool
from agents.station.stopping import Paused, Stopped
from api.client import Refused, ServerUnreachable
from fleet.contracts.uploads import UploadOut

CONTENT = os.urandom(3 * PIECE + 1000)


class Server:
    """One server; `troubles` are raised, one at a time, instead of taking a piece."""

    def __init__(self, *troubles):
        self.parts, self.stored, self.troubles = b"", None, list(troubles)
        self.asked = []

    def upload(self, _backup, _number, _query):
        return UploadOut(offset=len(self.parts), stored=self.stored is not None)

    def put_piece(self, _backup, _number, content, size, query):
        piece = b"".join(content)
        assert len(piece) == size
        self.asked.append(query.offset)
        if self.troubles:
            raise self.troubles.pop(0)
        if query.offset != len(self.parts):
            return UploadOut(offset=len(self.parts))
        assert sha256(self.parts).hexdigest() == query.before
        self.parts += piece
        assert sha256(self.parts).hexdigest() == query.digest
        if query.last:
            self.stored = self.parts
        return UploadOut(offset=len(self.parts), stored=query.last)

    def put_pack(self, _backup, _number, content, *, size, digest):
        self.stored = b"".join(content)
        assert (size, digest) == (len(self.stored), sha256(self.stored).hexdigest())


class Both:
    """Two servers that share no folder, behind a door that lets requests in by turns."""

    def __init__(self):
        self.servers, self.turn = [Server(), Server()], 0

    def _next(self):
        self.turn += 1
        return self.servers[self.turn % 2]

    def __getattr__(self, name):
        return getattr(self._next(), name)


def refusal(code, kind):
    return Refused(status=503, code=code, kind=kind, message="", advice="")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr("agents.station.backoff.random.uniform", lambda *_: 0.001)


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "pack-000001.age")


@pytest.fixture
def made(spool):
    spool.write(CONTENT)
    spool.close()
    spool.seal()
    return spool


def sent(server, spool, stop=None, pause=None):
    flow = Flow(Room(spool.path.parent))
    pack = Outgoing(1, spool, Booking(flow.room, 0))
    return Upload(server, "b", pack, flow, stop or Event(), pause or Event()).run()


def test_a_pack_is_sent_while_it_is_made_and_ends_when_it_is_noted(spool):
    server = Server()
    sender = Thread(target=sent, args=(server, spool))
    sender.start()
    for at in range(0, len(CONTENT), 65536):
        spool.write(CONTENT[at : at + 65536])
    spool.close()
    assert server.stored is None

    spool.seal()
    sender.join()

    assert server.stored == CONTENT


def test_a_pack_that_is_given_up_is_never_ended_at_the_server(spool):
    server = Server()
    sender = Thread(target=sent, args=(server, spool))
    sender.start()
    spool.write(CONTENT)

    spool.discard()
    sender.join()

    assert server.stored is None


@pytest.mark.parametrize(
    "trouble",
    [
        ServerUnreachable(server="x", reason="cut"),
        refusal("server_disk_full", "unavailable"),
        refusal("uploads_full", "unavailable"),
        refusal("piece_damaged", "invalid"),
    ],
)
def test_after_trouble_it_goes_on_where_the_server_is(made, trouble):
    server = Server()

    assert sent(_after_two(server, trouble), made)

    assert server.stored == CONTENT
    assert server.asked == [0, PIECE, 2 * PIECE, 2 * PIECE, 3 * PIECE]


def _after_two(server, trouble):
    """Let two pieces through and then say no once."""
    take = server.put_piece

    def put_piece(*given):
        if len(server.asked) == 2:
            server.troubles = [trouble]
        return take(*given)

    server.put_piece = put_piece
    return server


@pytest.fixture
def windowed(tmp_path):
    spool = Spool(tmp_path / "pack-000002.age", window=2 * PIECE)
    yield spool
    spool.close()


def made_beside(spool, content):
    """Write a pack in a thread of its own, as it is made; return the thread and what it raised."""
    raised = []

    def write():
        try:
            for at in range(0, len(content), 65536):
                spool.write(content[at : at + 65536])
            spool.close()
            spool.seal()
        except (UploadLost, Refused) as error:
            raised.append(error)

    thread = Thread(target=write, daemon=True)
    thread.start()
    return thread, raised


def test_a_pack_larger_than_its_window_goes_through_it(windowed):
    content, server = CONTENT * 3, Server()
    making, raised = made_beside(windowed, content)

    assert sent(server, windowed)

    making.join()
    assert (server.stored, raised) == (content, [])
    assert windowed.path.stat().st_size == 2 * PIECE


def test_what_the_server_lost_of_it_is_not_made_up(windowed):
    server = Server()
    making, raised = made_beside(windowed, CONTENT * 3)

    def forget(*given):
        if len(server.asked) == 4:
            server.parts = b""
        return Server.put_piece(server, *given)

    server.put_piece = forget
    with pytest.raises(UploadLost):
        sent(server, windowed)

    windowed.give_up(UploadLost(path="x"))
    making.join()
    windowed.discard()
    assert isinstance(raised[0], UploadLost)
    assert server.stored is None


def test_a_server_that_had_all_of_it_is_sent_nothing(made):
    server = Server()
    server.stored = CONTENT

    assert sent(server, made)

    assert server.asked == []


def test_two_servers_that_share_no_folder_get_it_as_a_whole(made):
    both = Both()

    assert sent(both, made)

    assert CONTENT in [one.stored for one in both.servers]


def test_pieces_that_are_damaged_again_and_again_are_sent_as_a_whole(made):
    server = Server(*[refusal("piece_damaged", "invalid")] * sending.SETBACKS)

    assert sent(server, made)

    assert server.stored == CONTENT


def test_a_paused_backup_sends_nothing_more(made):
    with pytest.raises(Paused):
        sent(Server(refusal("backup_paused", "conflict")), made)


def test_what_can_never_be_taken_is_raised(made):
    with pytest.raises(Refused) as refused:
        sent(Server(refusal("pack_not_encrypted", "invalid")), made)

    assert refused.value.code == "pack_not_encrypted"


def test_a_station_that_stops_waits_for_no_server(made):
    stop = Event()
    stop.set()

    with pytest.raises(Stopped):
        sent(Server(), made, stop)


def test_what_an_earlier_run_left_is_whole_or_nothing(made):
    digest = made.digest
    assert Spool.found(made.path, digest).piece(3 * PIECE) == made.piece(3 * PIECE)
    with made.path.open("r+b") as file:
        file.truncate(PIECE)

    assert Spool.found(made.path, digest) is None
    assert Spool.found(made.path.with_name("none"), digest) is None


class Progressing:
    """The part of a backup's progress that a sender needs."""

    def __init__(self, folder, *unsent):
        self.folder, self._unsent, self.dropped = folder, list(unsent), []

    def unsent(self):
        return self._unsent

    def sent(self, number):
        self._unsent = [one for one in self._unsent if one[0] != number]

    def drop(self, number):
        self.dropped.append(number)


@pytest.fixture
def sender(tmp_path):
    server = Server(refusal("pack_not_encrypted", "invalid"))
    made = Sender(server, Progressing(tmp_path), "b", Flow(Room(tmp_path)), Event(), Event())
    yield made
    made.close()


def test_whoever_makes_a_pack_behind_one_that_failed_is_told(sender, made, windowed):
    booking = Booking(sender.flow.room, 0)
    sender.send(Outgoing(1, made, booking))
    making, raised = made_beside(windowed, CONTENT * 3)

    sender.send(Outgoing(2, windowed, booking))
    making.join(10)

    assert not making.is_alive()
    assert [error.code for error in raised] == ["pack_not_encrypted"]


def test_a_pack_that_never_is_here_as_a_whole_is_not_waited_for(windowed):
    making, raised = made_beside(windowed, CONTENT * 3)
    damaged = [refusal("piece_damaged", "invalid")] * sending.SETBACKS
    error = []

    def send():
        with pytest.raises(UploadLost) as lost:
            sent(Server(*damaged), windowed)
        error.append(lost.value)
        windowed.give_up(lost.value)

    sender = Thread(target=send, daemon=True)
    sender.start()
    sender.join(10)
    making.join(10)

    assert error == raised
    assert not sender.is_alive()
    assert not making.is_alive()


@pytest.mark.parametrize("away", ["upload", "put_piece"])
def test_a_pause_is_heard_while_the_server_is_away(made, away):
    server, pause = Server(), Event()

    def unreachable(*_given):
        pause.set()
        raise ServerUnreachable(server="x", reason="down")

    setattr(server, away, unreachable)
    with pytest.raises(Paused):
        sent(server, made, pause=pause)


def test_of_a_pack_that_is_not_whole_nothing_stays(sender, made):
    sender.progress = Progressing(made.path.parent, (1, "0" * 64, 10))

    sending.resend(sender.progress, sender)

    assert sender.progress.dropped == [1]
    assert not made.path.exists()
