"""The stations page shows what is at their ports; the map filters, sorts and exports."""

from datetime import timedelta

import pytest
import time_machine

from fleet.contracts.clock import now
from fleet.contracts.ports import PortNow, PortState, TrayIn
from fleet.contracts.stations import SyncIn


@pytest.fixture
def mapped(station, client):
    """Give a station with a phone that hangs and an empty tray."""
    hung = PortNow(port="usb:1-4", transport="A1", state=PortState.HUNG, serial="S-77", since=now())
    station.sync(SyncIn(ports=[hung]))
    client("operator").name_tray("bench-9", TrayIn(port="usb:1-4", label="A-01"))
    client("operator").name_tray("bench-9", TrayIn(port="usb:1-5", label="A-02"))


@pytest.mark.usefixtures("mapped")
def test_the_stations_page_shows_the_map(someone):
    shown = someone("auditor").get("/stations", **{"Accept-Language": "en"}).text

    for word in ("usb:1-4", "A-01", "S-77", "HUNG", "restart it", "A-02", "empty"):
        assert word in shown


@pytest.mark.usefixtures("mapped")
def test_the_map_is_filtered_and_exported(someone):
    visitor = someone("auditor")

    assert "A-01" not in visitor.get("/station-ports?state=empty").text
    exported = visitor.send("/station-ports/export.csv", state="hung").text
    assert "A-01" in exported
    assert "A-02" not in exported


@pytest.mark.usefixtures("mapped")
def test_the_map_of_a_station_that_stopped_does_not_look_live(someone):
    visitor = someone("auditor")
    with time_machine.travel(now() + timedelta(minutes=5)):
        shown = visitor.get("/station-ports", **{"Accept-Language": "en"}).text

    assert "was: HUNG" in shown
    assert "has not been heard since" in shown
