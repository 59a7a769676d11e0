"""Puts the answers of one visit together: facts where they were understood, gaps elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from agents.phone.parts import app_questions, catalogue, packages, sims
from agents.phone.parts.boot import Boot
from agents.phone.parts.capabilities import capabilities_of
from agents.phone.parts.device_policy import Policy
from agents.phone.parts.huawei import is_container
from agents.phone.parts.identity import identity_of, serial_of
from agents.phone.parts.integrity import contradiction, integrity_of
from agents.phone.parts.locks import Keyguard, LockType
from agents.phone.parts.part import Part, Recorded
from agents.phone.parts.reading import Reading
from agents.phone.parts.sizes import Size
from agents.phone.parts.skin import skin_of
from agents.phone.parts.slow import (
    CAPABILITIES,
    CERTIFICATES,
    DISK_STATS,
    SIGNERS,
    USAGE,
    WORK_APPS_DETAILS,
)
from agents.phone.parts.storage import Volumes
from agents.phone.parts.text import whole
from agents.phone.parts.usage import Use
from fleet.contracts.facts import (
    App,
    Battery,
    Debugging,
    Earlier,
    Identity,
    Integrity,
    Lock,
    Network,
    Os,
    PhoneFacts,
    Settings,
    Sim,
    Skin,
    Storage,
)
from fleet.contracts.words import _
from fleet.contracts.work_apps import WORK_APPS

CONTAINER = _("An Android inside HarmonyOS answers; the phone itself cannot be asked by adb.")
OF_THE_CONTAINER = _("What the Android inside HarmonyOS says of this is not true of the phone.")
CONTRADICTION = _("The phone contradicts itself about its boot loader.")
DOUBLED = _("The recording holds two different values; the first one is taken.")
TYPE_UNTOLD = _("This Android does not tell which kind of lock is set.")
SIZES_UNTOLD = _("This Android does not tell how much room each app takes.")
HYDROGEN = _("Hydrogen OS is counted as OxygenOS, its twin.")
UNKNOWN_SOURCES_PER_APP = 26  # the Android API from which on the setting for all apps is dead


def facts_of(
    recorded: Mapping[str, Recorded],
    *,
    probed_at: datetime | None = None,
    earlier: Mapping[str, datetime] | None = None,
    awaited: Iterable[str] = (),
) -> PhoneFacts:
    """Never raises: a part that cannot be understood is a gap.

    `earlier` names the parts that were recorded at another visit, with when that was; `awaited`
    those that are being asked.
    """
    reading = Reading(recorded)
    for part in awaited:
        reading.wait_for(part)
    boot, policy = reading.ask(catalogue.BOOT), reading.ask(catalogue.DEVICE_POLICY)
    volumes = reading.ask(catalogue.MOUNT)
    system = _os(reading)
    granted = reading.ask(app_questions.SHELL_PERMISSIONS) or ()
    tries = reading.ask_if_asked(CAPABILITIES) or ()
    known = PhoneFacts(
        identity=_identity(reading),
        os=system,
        integrity=_integrity(reading, boot, policy),
        battery=reading.ask(catalogue.BATTERY) or Battery(),
        lock=_lock(reading, policy, volumes),
        storage=_storage(reading, volumes),
        debugging=_debugging(reading, system.sdk, granted),
        settings=_settings(reading),
        network=_network(reading),
        capabilities=capabilities_of(reading.props, granted, tries),
        apps=_apps(reading),
        users=reading.ask(catalogue.USERS) or (),
        sims=_sims(reading),
        accounts=reading.ask(catalogue.ACCOUNTS) or (),
        device_owner=policy.device_owner if policy else None,
        device_admins=policy.admins if policy else (),
        probed_at=probed_at,
        clock_offset_seconds=_clock_offset(boot, probed_at),
        uptime_seconds=boot.uptime if boot else None,
        boot_count=reading.values.whole("boot_count"),
        boot_id=boot.boot_id if boot else None,
        tools=boot.tools if boot else None,
        earlier=tuple(Earlier(part=part, at=at) for part, at in sorted((earlier or {}).items())),
    )
    return known.model_copy(update={"gaps": reading.notes()})


def _identity(reading: Reading) -> Identity:
    identity = identity_of(reading.props)
    asked = reading.ask(catalogue.IMEI) or ()
    for key in reading.props.doubled:
        reading.note(key, DOUBLED)
    return identity.model_copy(
        update={
            "serial": None if is_container(reading.props) else serial_of(reading.props),
            "imei": tuple(dict.fromkeys((*identity.imei, *asked))),
            "market_name": identity.market_name or reading.values.text("default_device_name"),
        }
    )


def _os(reading: Reading) -> Os:
    props, container = reading.props, is_container(reading.props)
    named = skin_of(props)
    if container:
        reading.note("os", CONTAINER)
    if named.skin is Skin.OXYGENOS and "h2os" in (props.get("ro.rom.version") or "").lower():
        reading.note("os", HYDROGEN)
    return Os(
        android=props.first("ro.build.version.release", "ro.system.build.version.release"),
        sdk=whole(props.first("ro.build.version.sdk", "ro.system.build.version.sdk")),
        skin=named.skin,
        skin_version=named.version,
        security_patch=props.get("ro.build.version.security_patch"),
        fingerprint=props.first("ro.build.fingerprint", "ro.system.build.fingerprint"),
        build_id=props.get("ro.build.display.id"),
        incremental=props.get("ro.build.version.incremental"),
        container=container,
    )


def _integrity(reading: Reading, boot: Boot | None, policy: Policy | None) -> Integrity:
    integrity = integrity_of(reading.props)
    if is_container(reading.props):
        reading.note("integrity", OF_THE_CONTAINER)
        return Integrity(build_type=integrity.build_type, build_tags=integrity.build_tags)
    disagreement = contradiction(reading.props)
    if disagreement:
        reading.note("integrity", CONTRADICTION, disagreement)
    encrypted = integrity.encrypted
    if encrypted is None and policy:
        encrypted = policy.encrypted
    selinux = (boot and boot.selinux) or integrity.selinux
    update = {"encrypted": encrypted, "selinux": selinux, "su": boot.su if boot else None}
    return integrity.model_copy(update=update)


def _lock(reading: Reading, policy: Policy | None, volumes: Volumes | None) -> Lock:
    """Take the lock's own word first; a phone that is locked surely has a secure lock."""
    told = reading.ask(catalogue.LOCK_SETTINGS)
    if told and told.credential_type is None:
        reading.note(catalogue.LOCK_SETTINGS.name, TYPE_UNTOLD)
    lock = told or LockType()
    keyguard = reading.ask(catalogue.WINDOW_POLICY) or Keyguard()
    locked = reading.ask(catalogue.TRUST)
    secure = lock.secure
    if secure is None:
        secure = True if locked else keyguard.secure
    return Lock(
        secure=secure,
        credential_type=lock.credential_type,
        locked=locked,
        keyguard_showing=keyguard.showing,
        wipe_limit=policy.wipe_limit if policy else None,
        user_unlocked=0 in volumes.unlocked if volumes and volumes.unlocked is not None else None,
    )


def _storage(reading: Reading, volumes: Volumes | None) -> Storage:
    space = reading.ask(catalogue.DF)
    card = volumes.card if volumes else None
    if space is None:
        return Storage(sd_card=card)
    return Storage(
        total_bytes=space.total, used_bytes=space.used, free_bytes=space.free, sd_card=card
    )


def _debugging(reading: Reading, sdk: int | None, granted: tuple[str, ...]) -> Debugging:
    values = reading.values
    old = sdk is not None and sdk < UNKNOWN_SOURCES_PER_APP
    installing = None if old else reading.ask(app_questions.INSTALLING)
    from_anywhere = None if installing is None else bool(installing)
    return Debugging(
        developer_options=values.flag("development_settings_enabled"),
        usb=values.flag("adb_enabled"),
        wireless=values.flag("adb_wifi_enabled"),
        unknown_sources=values.flag("install_non_market_apps") if old else from_anywhere,
        installing_apps=installing or (),
        verify_installs=values.flag("verifier_verify_adb_installs"),
        key_expiry_ms=values.whole("adb_allowed_connection_time"),
        trusted_hosts=reading.ask(catalogue.ADB),
        shell_permissions=granted,
    )


def _settings(reading: Reading) -> Settings:
    values, props = reading.values, reading.props
    listed = values.components("enabled_accessibility_services")
    seen = reading.ask(catalogue.ACCESSIBILITY) or ()
    return Settings(
        provisioned=values.flag("device_provisioned"),
        setup_complete=values.flag("user_setup_complete"),
        input_method=values.text("default_input_method"),
        accessibility_services=tuple(dict.fromkeys((*listed, *seen))),
        notification_listeners=values.components("enabled_notification_listeners"),
        always_on_vpn=values.text("always_on_vpn_app"),
        automatic_time=values.flag("auto_time"),
        screen_timeout_ms=values.whole("screen_off_timeout"),
        timezone=props.get("persist.sys.timezone"),
        locale=props.first("persist.sys.locale", "ro.product.locale"),
    )


def _network(reading: Reading) -> Network:
    kinds, values = reading.ask(catalogue.NETWORK), reading.values
    proxy = values.text("http_proxy")
    return Network(
        wifi=None if kinds is None else "wifi" in kinds,
        mobile=None if kinds is None else "cellular" in kinds,
        vpn=None if kinds is None else "vpn" in kinds,
        airplane_mode=values.flag("airplane_mode_on"),
        proxy=None if values.flag("device_provisioned") is None else proxy not in {None, ":0"},
        private_dns=values.text("private_dns_mode"),
        user_certificates=reading.ask_if_asked(CERTIFICATES),
    )


def _apps(reading: Reading) -> tuple[App, ...]:
    apps = reading.ask(app_questions.PACKAGES) or ()
    disabled = reading.ask(app_questions.PACKAGES_DISABLED)
    added = reading.ask(app_questions.PACKAGES_THIRD_PARTY)
    if added is not None:
        known = {app.package for app in apps}
        extra = [App(package=name) for name in sorted(added - known)]
        apps = tuple(_told(app, system=app.package not in added) for app in (*apps, *extra))
    if disabled is not None:
        apps = tuple(_told(app, enabled=app.package not in disabled) for app in apps)
    detailed = (
        *_details(reading, app_questions.WECHAT, apps),
        *_details(reading, app_questions.WECOM, apps),
        *_other_details(reading, apps),
    )
    return _lived_with(reading, packages.merged(apps, detailed))


def _other_details(reading: Reading, apps: tuple[App, ...]) -> tuple[App, ...]:
    asked = WORK_APPS_DETAILS.name in reading.recorded
    return _details(reading, WORK_APPS_DETAILS, apps) if asked else ()


def _lived_with(reading: Reading, apps: tuple[App, ...]) -> tuple[App, ...]:
    """Add what changes from day to day: which apps run, how much they are used and how big."""
    running = reading.ask(app_questions.RUNNING) or {}
    uses = reading.ask_if_asked(USAGE) or {}
    sizes = reading.ask_if_asked(DISK_STATS)
    at_work = any(app.package in WORK_APPS for app in apps)
    signers = reading.ask_if_asked(SIGNERS) if at_work else None
    if sizes is not None and not sizes:
        reading.note(DISK_STATS.name, SIZES_UNTOLD)
    return tuple(
        app.model_copy(
            update={
                "running": running.get(app.package),
                "certificate": (signers or {}).get(app.package),
                **_use(uses.get(app.package)),
                **_size((sizes or {}).get(app.package)),
            }
        )
        for app in apps
    )


def _use(use: Use | None) -> dict[str, object]:
    if use is None:
        return {}
    return {
        "last_used": use.last,
        "front_today": use.today,
        "front_this_week": use.this_week,
    }


def _size(size: Size | None) -> dict[str, object]:
    if size is None:
        return {}
    return {"code_bytes": size.code, "data_bytes": size.data, "cache_bytes": size.cache}


def _details(
    reading: Reading, part: Part[tuple[App, ...]], apps: tuple[App, ...]
) -> tuple[App, ...]:
    """Read what is known of one app; where the list shows it is not there, nothing is missing."""
    details, why = part.understand(reading.recorded.get(part.name))
    listed = any(part.looks_like(f"Package [{app.package}]") for app in apps)
    if why and (listed or not apps):
        reading.note(part.name, why.reason, why.detail)
    return details or ()


def _told(app: App, **what: bool) -> App:
    return app.model_copy(update=what)


def _sims(reading: Reading) -> tuple[Sim, ...]:
    slots = sims.of_properties(reading.props)
    found = sims.merged(slots, reading.ask(catalogue.ISUB) or ())
    networks = reading.ask(catalogue.TELEPHONY) or {}
    return tuple(
        sim if sim.carrier else sim.model_copy(update={"carrier": networks.get(sim.slot)})
        for sim in found
    )


def _clock_offset(boot: Boot | None, probed_at: datetime | None) -> float | None:
    if boot is None or boot.epoch is None or probed_at is None:
        return None
    return round(boot.epoch - probed_at.timestamp(), 1)
