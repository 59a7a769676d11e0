from agents.phone.parts import battery

AOSP = """Current Battery Service state:
  AC powered: false
  USB powered: true
  Max charging voltage: 5000000
  status: 2
  health: 2
  present: true
  level: 44
  scale: 100
  voltage: 3872
  temperature: 280
  technology: Li-poly
"""


def test_the_units_are_percent_degrees_and_millivolts():
    read = battery.parse(AOSP)

    assert (read.level, read.temperature, read.voltage_mv) == (44, 28.0, 3872)
    assert (read.health, read.status, read.plugged, read.charging) == (
        "good",
        "charging",
        "usb",
        True,
    )


def test_a_recording_without_line_breaks_reads_the_same():
    assert battery.parse(" ".join(AOSP.split())) == battery.parse(AOSP)


def test_samsung_counts_percent_discharged_and_puts_brackets():
    read = battery.parse(
        AOSP + "mSavedBatteryAsoc: [98]\n  mSavedBatteryUsage: 50904\n"
        "  battery FirstUseDate: [20230603]\n"
    )

    assert (read.capacity_percent, read.cycles, read.first_used_on) == (98, 509, "2023-06-03")


def test_what_samsung_cannot_tell_is_not_known():
    read = battery.parse(AOSP + "mSavedBatteryAsoc: -1\nmSavedBatteryUsage: unsupported\n")

    assert (read.capacity_percent, read.cycles) == (None, None)


def test_a_level_on_another_scale_becomes_percent():
    assert battery.parse("level: 100\nscale: 200\nstatus: 3\nhealth: 7").level == 50


def test_an_impossible_value_is_not_known():
    read = battery.parse("level: 300\ntemperature: 99999\nvoltage: 4\nstatus: 77\nhealth: 2")

    assert (read.level, read.temperature, read.voltage_mv, read.status) == (None, None, 4000, None)


def test_values_set_by_hand_are_marked():
    text = AOSP.replace("state:", "state:\n  (UPDATES STOPPED -- use 'reset' to restart)")

    assert battery.parse(text).simulated is True
    assert battery.parse(AOSP).simulated is False


def test_another_text_is_not_a_battery():
    assert battery.parse("Can't find service: battery") is None
