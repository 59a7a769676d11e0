"""The main job in seven chapters, told with the commands that a person at the desk would type."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from agents.handset.handset import Handset
from cli.demo.cast import (
    ACCOUNT,
    CHEN_HAO,
    COMPANY,
    DEPARTMENT,
    HERS,
    LIAR,
    LIN_XIAO,
    PEOPLE,
    PHONES,
    WANG_FANG,
    Part,
)
from cli.demo.stage import STATION, Stage, wait_until
from cli.exits import GATE_OPEN, NOT_SO
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.words import _
from fleet.errors import Conflict


@dataclass(eq=False)
class StoryUntrue(Conflict):
    what: str
    code = "story_untrue"
    message = _("The story says that {what}; the phone says otherwise.")


def tell(stage: Stage) -> None:
    _the_server_starts(stage)
    tags = _phones_are_plugged_in(stage)
    _things_are_issued(stage, tags)
    _a_pin_is_due(stage, tags)
    _an_employee_leaves(stage, tags)
    _the_account_goes_on(stage)


def _the_server_starts(stage: Stage) -> None:
    say = stage.narrator
    say.chapter(1, _("A server, an administrator, a station"))
    say.run("server", "init", "--admin", "liuyang", "--url", stage.url)
    stage.start_server()
    code = say.ask("station", "invite", STATION)["code"]
    say.tell(_("The administrator invites the bench with a code that works once."))
    say.run("station", "enroll", "--code", code)
    stage.start_station()


def _phones_are_plugged_in(stage: Stage) -> dict[Part, str]:
    say = stage.narrator
    say.chapter(2, _("Six phones of six makers are plugged in"))
    say.tell(_("Each is a real adbd in a sandbox, behind a real adb server (fetched once)."))
    stage.plug_in()
    wait_until(
        "The inventory",
        lambda: len(say.ask("device", "list")["items"]) == len(PHONES),
        log=stage.log("station"),
    )
    say.tell(_("The station noticed each, asked it everything in one adb round trip, and told."))
    say.run("device", "list")
    return _tags(stage)


def _tags(stage: Stage) -> dict[Part, str]:
    listed = stage.narrator.ask("device", "list")["items"]
    by_serial = {device["serial"]: device["tag"] for device in listed}
    return {part: by_serial[phone.serial] for part, phone in stage.phones.items()}


def _things_are_issued(stage: Stage, tags: dict[Part, str]) -> None:
    say = stage.narrator
    say.chapter(3, _("Phones, a SIM and a work account are issued"))
    code, name = DEPARTMENT
    say.ask("department", "add", code, "--name", name)
    for person in PEOPLE:
        say.ask(
            *("employee", "add", person.number, "--name", person.name),
            *("--department", code, "--position", person.position),
        )
    card = stage.phones[HERS].state.sims[0]
    number = card.number.removeprefix("+86")
    say.run(
        *("sim", "add", number, "--iccid", card.iccid, "--carrier", card.carrier),
        *("--owner", COMPANY),
    )
    say.run("account", "add", ACCOUNT, "--number", number, "--registrant", WANG_FANG.name)
    say.run(
        *("issue", "--to", WANG_FANG.number, "--device", tags[HERS]),
        *("--sim", number, "--account", ACCOUNT, "--yes"),
    )
    say.run("issue", "--to", CHEN_HAO.number, "--device", tags[LIAR], "--yes")


def _a_pin_is_due(stage: Stage, tags: dict[Part, str]) -> None:
    say = stage.narrator
    say.chapter(4, _("PINs are due; one phone lies"))
    say.tell(_("No phone here has a PIN that the company knows; a fresh one is set, and tried."))
    say.run("rotate", tags[HERS], "--reason", "first PIN", "--wait")
    say.tell(_("王芳 forgot it. It is disclosed, for a reason that is kept, and is due again."))
    say.ask("credential", "disclose", tags[HERS], "--reason", "王芳 is locked out")
    say.run("rotate", tags[HERS], "--reason", "disclosed", "--wait")
    _the_liar(stage, tags[LIAR])


def _the_liar(stage: Stage, tag: str) -> None:
    say, phone = stage.narrator, stage.phones[LIAR]
    known = LIAR.pin or ""
    say.tell(_("陈浩 tells us the PIN of the OPPO ({tag}); it goes into the vault."), tag=tag)
    say.run("credential", "adopt", tag, "--reason", "told by 陈浩", "--from-stdin", typed=known)
    say.tell(_("Its lock tool says yes to everything and changes nothing. Watch."))
    say.run("rotate", tag, "--reason", "due", "--wait", expect=NOT_SO)
    held = say.ask("credential", "disclose", tag, "--reason", "does it still open?")["value"]
    _hold("the value in the vault opens the phone", phone.lock.secret == held)
    say.tell(_("Nothing is lost: the value in the vault was tried on the phone and opens it."))


def _an_employee_leaves(stage: Stage, tags: dict[Part, str]) -> None:
    say, tag = stage.narrator, tags[HERS]
    say.chapter(5, _("王芳 leaves: everything comes back, proven"))
    say.run("offboard", WANG_FANG.number, "--by", _in_a_month(), "--plan")
    say.run(
        *("offboard", WANG_FANG.number, "--by", _in_a_month()),
        *("--successor", CHEN_HAO.number, "--yes"),
    )
    say.tell(_("Too early: the gate says what is missing."))
    say.run("accept", tag, "--yes", expect=GATE_OPEN)
    _the_password_is_changed(stage)
    say.tell(_("The backup and the PIN were planned with the case; the station does them alone:"))
    say.tell(_("every file is compared with the phone's own hash of it."))
    wait_until("The station's jobs", lambda: _is_done(stage, tag), log=stage.log("station"))
    say.run("backup", "list", "--device", tag)
    say.run("rotation", "list", "--subject", tag)
    say.tell(_("王芳 signs out of her Xiaomi account and hands the phone over."))
    stage.phones[HERS].person.sign_out_vendor_account()
    say.tell(_("Her real name and her card are out of the work WeChat: both look into its wallet."))
    say.run("return", tag)
    say.run("gate", tag, "unbound", "--declare", "seen with her: 银行卡 0, 身份信息 removed")
    say.run("device", "probe", tag, "--wait")
    wait_until("The gate", lambda: not say.ask("gate", tag)["open"], log=stage.log("station"))
    say.run("accept", tag, "--witness", CHEN_HAO.name, "--yes")
    _it_is_wiped(stage, tag)


def _is_done(stage: Stage, tag: str) -> bool:
    """Say whether the phone has no job left that waits or runs."""
    jobs = stage.narrator.ask("job", "list", "--device", tag)["items"]
    return all(job["state"] not in {"waiting", "leased"} for job in jobs)


def _the_password_is_changed(stage: Stage) -> None:
    """Play the person: walk through WeChat, type the old password, and let the station type."""
    say, phone = stage.narrator, stage.phones[HERS]
    say.tell(_("WeChat's password is changed by a person; the station shows how and watches."))
    say.tell(_("A Xiaomi lets no computer type until USB debugging (security settings) is on."))
    phone.person.let_computers_type()
    say.run("rotate", ACCOUNT)
    say.tell(_("(The virtual phone's owner goes through 我 → 设置 → 账号与安全 → 微信密码.)"))
    say.tell(_("She types her old password; the station types the new one, which nobody sees."))
    _she_walks(phone, stage.log("station"))
    wait_until(
        "The password change",
        lambda: say.ask("account", "show", ACCOUNT)["password"] == Level.OBSERVED,
        log=stage.log("station"),
    )
    say.run("rotation", "list", "--subject", ACCOUNT)


def _she_walks(phone: Handset, log: Path) -> None:
    person, app = phone.person, phone.state.messenger
    person.wechat_password = "her own, until today"  # noqa: S105 — of a virtual phone
    person.open_wechat("tabs")
    person.tap("我", "设置", "账号与安全", "微信密码", "填写原密码")
    person.type(person.wechat_password)
    for text, field in (("填写新密码", "new"), ("再次填写确认", "again")):
        person.tap(text)
        wait_until("The station's typing", lambda field=field: app.typed.get(field), log=log)  # type: ignore[misc]
    person.tap("完成")


def _it_is_wiped(stage: Stage, tag: str) -> None:
    say, phone = stage.narrator, stage.phones[HERS]
    say.tell(_("Accepted. Now the station wipes it and looks whether the data is really gone."))
    wait_until(
        "The wipe",
        lambda: say.ask("device", "show", tag)["state"] == "in_stock",
        log=stage.log("station"),
    )
    _hold("no file of hers is left on the phone", not _files(phone))
    say.run("device", "show", tag)
    say.tell(_("The phone's own storage was looked at from outside: none of her files is there."))


def _the_account_goes_on(stage: Stage) -> None:
    say = stage.narrator
    say.chapter(6, _("The account goes on to the next hire, and the trail is whole"))
    say.run("reassign", ACCOUNT, "--to", LIN_XIAO.number, "--yes")
    say.run("account", "history", ACCOUNT)
    say.run("audit", "verify")


def finish(stage: Stage, *, stays: bool) -> None:
    say = stage.narrator
    say.chapter(7, _("Where to look next"))
    say.tell(_("workfleet --help         every command;  docs/commands.md has them all"))
    say.tell(_("workfleet server init    a server of your own;  docs/operating.md shows the way"))
    say.tell(_("workfleet agent run      the same station with real phones on USB"))
    if stays:
        say.tell(_("This server stays up. In another terminal:"))
        for name in ("WORKFLEET_CONFIG", "WORKFLEET_HOME"):
            say.tell("  export {name}={value}", name=name, value=stage.environment()[name])
        say.tell("  workfleet today;  workfleet audit tail;  workfleet job list")
        say.tell(_("Ctrl-C stops everything that was started here, and only that."))


def _hold(what: str, true: bool) -> None:  # noqa: FBT001 — the claim itself
    """Hold the story to the phone: a claim that is not so ends the demo."""
    if not true:
        raise StoryUntrue(what)


def _files(phone: Handset) -> Sequence[Path]:
    """Return the user's files on the phone's storage, seen from outside the sandbox."""
    return [path for path in phone.storage_path.rglob("*") if path.is_file()]


def _in_a_month() -> str:
    return (now().date() + timedelta(days=30)).isoformat()
