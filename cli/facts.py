"""How the facts of a phone are shown to a person: known values, and the gaps with their reasons."""

from cli.output import NOTHING
from fleet.contracts.checklist import StepState, checklist
from fleet.contracts.devices import model_name
from fleet.contracts.facts import Ability, App, Gap, Network, PhoneFacts, Sim
from fleet.contracts.words import _, say, translated
from fleet.contracts.work_apps import WORK_APPS

ABILITIES: dict[Ability, str] = {
    "read_contacts": _("reading contacts"),
    "read_messages": _("reading messages"),
    "read_calls": _("reading the call log"),
    "type_and_tap": _("typing and tapping"),
    "change_settings": _("changing settings"),
    "grant_permissions": _("giving apps permissions"),
    "install_apps": _("installing apps"),
    "set_lock": _("setting the lock"),
    "read_usage": _("reading how apps are used"),
}


def rows_of(facts: PhoneFacts) -> list[tuple[str, object]]:
    return [
        *_system(facts),
        *_integrity(facts),
        *_power(facts),
        *_lock(facts),
        *_network(facts.network),
        *_allowed(facts),
        *_apps(facts),
        *[(say("SIM in slot {slot}", slot=sim.slot + 1), _sim(sim)) for sim in facts.sims],
        *_age(facts),
        *[(_("Not known"), _gap(gap)) for gap in facts.gaps],
    ]


def identity_rows(facts: PhoneFacts) -> list[tuple[str, object]]:
    """Return who the phone says it is; the ledger's own rows say the same of a known phone."""
    identity = facts.identity
    return [
        (_("Phone"), model_name(identity)),
        (_("Maker"), identity.manufacturer),
        (_("Model"), identity.model),
        (_("Serial number"), identity.serial),
        (_("IMEI"), list(identity.imei)),
    ]


def _system(facts: PhoneFacts) -> list[tuple[str, object]]:
    system = facts.os
    skin = f"{system.skin.spoken} {system.skin_version or ''}".strip()
    inside = say(" (a container inside it answers)") if system.container else ""
    return [
        (_("System"), f"{skin} · Android {system.android or NOTHING}{inside}"),
        (_("Security patch"), system.security_patch),
        (_("Build"), system.fingerprint),
    ]


def _integrity(facts: PhoneFacts) -> list[tuple[str, object]]:
    found = facts.integrity
    return [
        (_("Bootloader locked"), yes_no(found.bootloader_locked)),
        (_("Verified boot"), found.verified_boot),
        (_("Build type"), found.build_type),
        (_("Encrypted"), yes_no(found.encrypted)),
    ]


def _power(facts: PhoneFacts) -> list[tuple[str, object]]:
    battery = facts.battery
    percent = f"{battery.level} %" if battery.level is not None else None
    warmth = f"{battery.temperature:.1f} °C" if battery.temperature is not None else None
    known = [percent, battery.health, battery.status, warmth]
    return [(_("Battery"), " · ".join(one for one in known if one))]


def _lock(facts: PhoneFacts) -> list[tuple[str, object]]:
    lock = facts.lock
    limit = say("never") if lock.wipe_limit == 0 else lock.wipe_limit
    return [
        (_("Lock set"), yes_no(lock.secure)),
        (_("Kind of lock"), lock.credential_type),
        (_("Wrong attempts until it wipes itself"), limit),
    ]


def _network(network: Network) -> list[tuple[str, object]]:
    on = {
        say("Wi-Fi"): network.wifi,
        say("mobile"): network.mobile,
        "VPN": network.vpn,
        say("proxy"): network.proxy,
    }
    kinds = " · ".join(name for name, is_on in on.items() if is_on)
    return [
        (_("Network"), kinds or None),
        (_("Certificates added by a person"), network.user_certificates),
    ]


def _allowed(facts: PhoneFacts) -> list[tuple[str, object]]:
    """Return what the phone refuses a computer, and what a person may do about it."""
    refused = [translated(ABILITIES[one.name]) for one in facts.capabilities if not one.allowed]
    steps = [item for item in checklist(facts) if item.state is StepState.TO_DO]
    rows: list[tuple[str, object]] = [(_("Refused to a computer"), ", ".join(refused) or None)]
    return rows + [(_("To be done by hand"), translated(step.sentence)) for step in steps]


def _age(facts: PhoneFacts) -> list[tuple[str, object]]:
    """Return how old the answers are that are not asked for at every visit."""
    if not facts.earlier:
        return []
    return [(_("Use, sizes and rights as of"), min(one.at for one in facts.earlier))]


def _apps(facts: PhoneFacts) -> list[tuple[str, object]]:
    work = [_app(app) for app in facts.apps if app.package in WORK_APPS]
    rows: list[tuple[str, object]] = [(_("Apps"), len(facts.apps) or None)]
    return rows + [(_("Work app"), app) for app in work]


def _app(app: App) -> str:
    users = ", ".join(str(user) for user in app.users)
    place = say(" for users {users}", users=users) if users else ""
    used = say(", last used {when}", when=app.last_used) if app.last_used else ""
    return f"{app.package} {app.version_name or ''}{place}{used}".strip()


def _sim(sim: Sim) -> str:
    return " · ".join(filter(None, (sim.state, sim.carrier, sim.number, sim.iccid))) or NOTHING


def _gap(gap: Gap) -> str:
    return f"{gap.part}: {translated(gap.reason)}{f' ({gap.detail})' if gap.detail else ''}"


def yes_no(value: bool | None) -> str | None:  # noqa: FBT001 — a fact, told from "not known"
    if value is None:
        return None
    return say("yes") if value else say("no")
