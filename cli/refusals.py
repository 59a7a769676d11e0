"""What a command refuses, and how every refusal is shown: one line, and an exit code by its kind.

Anything that is not a refusal is our own mistake: one apology, and the traceback in a file.
"""

import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

import click

from cli import exits
from fleet.contracts.words import _, say
from fleet.errors import Conflict, FleetError, Invalid, NotFound, Unauthorized


@dataclass(eq=False)
class ConfirmationNeeded(Invalid):
    code = "confirmation_needed"
    message = _("Nothing was done: nobody is at a terminal to say yes.")
    advice = _("Add --yes if this is meant, or --dry-run to look only.")


@dataclass(eq=False)
class SecretNotGiven(Invalid):
    what: str
    code = "secret_not_given"
    message = _("{what} was not given, and nobody is at a terminal to type it.")
    advice = _("Give it in a file or on standard input; never as an argument.")


@dataclass(eq=False)
class NotSaid(Invalid):
    question: str
    option: str
    code = "not_said"
    message = _("{question} Nobody is at a terminal to be asked.")
    advice = _("Say it with {option}.")


class FileOrWords(Invalid):
    code = "file_or_words"
    message = _("A file says who is given what; somebody or something is named beside it.")
    advice = _("Leave one of them out.")


class NobodyNamed(Invalid):
    code = "nobody_named"
    message = _("It is not said who is given it.")
    advice = _("Name the receiver with --to, or a spreadsheet with --file.")


class KitOrThings(Invalid):
    code = "kit_or_things"
    message = _("A kit chooses the things itself; others are named beside it.")
    advice = _("Leave one of them out. Choose by hand: `workfleet application reserve`.")


class PhotosOfOnePhone(Invalid):
    code = "photos_of_one_phone"
    message = _("Photographs go with one phone, and it is not one that is handed out here.")
    advice = _("Attach them afterwards: `workfleet photo attach TAG FILE`.")


class NothingWanted(Invalid):
    code = "nothing_wanted"
    message = _("It is not said what is wanted, or it is said twice.")
    advice = _("Name a kit, or what it is: --phone, --sim, --account.")


@dataclass(eq=False)
class LoanNotFound(NotFound):
    thing: str
    code = "loan_not_found_here"
    message = _("{thing} is not lent to anybody.")
    advice = _("See what is with `workfleet loan list`.")


class ReasonNeeded(Invalid):
    code = "reason_needed"
    message = _("What is trusted although nobody here knows its signer needs a reason.")
    advice = _("Say with --reason where the certificate was compared.")


class LabelsOfNothing(Invalid):
    code = "labels_of_nothing"
    message = _("No phone is named, or none is in that state.")
    advice = _("Name tags, as in `workfleet label print WF-0001 --tape 24`, or give --state.")


class PrivateKeyGiven(Invalid):
    """Refused before it travels; the key is not said again."""

    code = "private_key_given"
    message = _("That is a private key: it opens every backup that is sealed to it.")
    advice = _(
        "It is burnt now: it stands in the history of this terminal. Make a new one with "
        "age-keygen, give its public key (age1…), and reseal what is sealed to the burnt one."
    )


@dataclass(eq=False)
class NoServerKnown(Unauthorized):
    code = "no_server_known"
    message = _("No server is known on this machine.")
    advice = _("Log in with `workfleet login --server URL`, or make one: `workfleet server init`.")


@dataclass(eq=False)
class ProfileNotFound(NotFound):
    name: str
    known: str
    code = "profile_not_found"
    message = _("There is no profile {name}; there are: {known}.")
    advice = _("Make it with `workfleet --profile {name} login --server URL`.")


@dataclass(eq=False)
class ProfilesDamaged(Conflict):
    path: str
    reason: str
    code = "profiles_damaged"
    message = _("{path} cannot be read: {reason}.")
    advice = _("Correct it, or take it away and log in again.")


class NothingToCorrect(Invalid):
    code = "nothing_to_correct"
    message = _("Nothing was named that is to be corrected.")
    advice = _("Name at least one field; `--help` says which there are.")


@dataclass(eq=False)
class SimNotRotated(Conflict):
    given: str
    code = "sim_not_rotated"
    message = _("No station changes the PIN or PUK of a SIM ({given}): a person does, or nobody.")
    advice = _("Change it in the phone; then workfleet credential adopt {given} --kind sim_pin")


@dataclass(eq=False)
class SubjectNotFound(NotFound):
    given: str
    code = "subject_not_found"
    message = _("{given} is neither a phone's tag nor an account's handle.")
    advice = _("See what there is with `workfleet device list` and `workfleet account list`.")


@dataclass(eq=False)
class NothingUnderWay(NotFound):
    subject: str
    code = "nothing_under_way"
    message = _("No change of {subject} is under way.")
    advice = _("Begin one with `workfleet rotate {subject}`.")


class BackupsNone(NotFound):
    code = "backups_none_here"
    message = _("The folder has no such backup that opens with this identity.")
    advice = _("See what is there with --list; name the folder that holds packs and indexes.")


@dataclass(eq=False)
class BackupsAmbiguous(Conflict):
    among: tuple[str, ...]
    code = "backups_ambiguous"
    message = _("More than one is there: {names}.")
    advice = _("Choose with --phone or --backup; see all of them with --list.")

    @property
    def details(self) -> dict[str, object]:
        return {**super().details, "names": ", ".join(self.among)}


@dataclass(eq=False)
class PhoneNotHere(NotFound):
    name: str
    serial: str
    code = "phone_not_here"
    message = _("adb on this machine does not see {name} (serial number {serial}).")
    advice = _("Plug it in here and allow USB debugging; see what adb sees: workfleet phone list")


@dataclass(eq=False)
class PlaybookUnreadable(Invalid):
    file: str
    reason: str
    code = "playbook_unreadable"
    message = _("{file} is no playbook: {reason}.")
    advice = _("Write one with `workfleet -o json playbook show NAME`, and change that.")


@dataclass(eq=False)
class PlanUnreadable(Invalid):
    file: str
    reason: str
    code = "plan_unreadable"
    message = _("{file} is no plan: {reason}.")
    advice = _("Write one with `workfleet -o json plan show NAME`, and change that.")


@dataclass(eq=False)
class PaperTextUnreadable(Invalid):
    file: str
    reason: str
    code = "paper_text_unreadable"
    message = _("{file} is no text for papers: {reason}.")
    advice = _("Write one with `workfleet -o json paper text show NAME`, and change that.")


@dataclass(eq=False)
class TermsUnreadable(Invalid):
    file: str
    reason: str
    code = "terms_unreadable"
    message = _("{file} is no document of terms: {reason}.")
    advice = _("`workfleet compliance policy show` names what can stand in one.")


@dataclass(eq=False)
class RuleUnknown(Invalid):
    rule: str
    code = "rule_unknown"
    message = _("There is no rule {rule}.")
    advice = _("See which there are with `workfleet compliance rules`.")


@dataclass(eq=False)
class EndingWrong(Invalid):
    file: str
    endings: str
    code = "ending_wrong"
    message = _("{file} cannot be written: its name says no kind of spreadsheet.")
    advice = _("Let its name end with one of: {endings}.")


def exit_code(kind: str, code: str) -> int:
    return exits.OF_CODE.get(code, exits.OF_KIND.get(kind, exits.OUR_MISTAKE))


def ended_by(error: BaseException) -> int:
    """Return the exit code of a command that `error` ended, having said what is so."""
    match error:
        case KeyboardInterrupt() | click.Abort():
            return interrupted()
        case BrokenPipeError():
            return pipe_closed()
        case Exception():
            return shown(error)
        case _:
            raise error


def shown(error: Exception) -> int:
    """Show `error` on standard error and return the exit code that says the same."""
    if isinstance(error, FleetError):
        return _refusal(error.sentence(), error.next_step(), exit_code(_kind(error), error.code))
    if (refused := _from_server(error)) is not None:
        return refused
    if (wrong := _fields_wrong(error)) is not None:
        return _refusal(wrong, "", exits.INVALID)
    return _apology(error)


def _kind(error: FleetError) -> str:
    codes = (vars(kind).get("code", "") for kind in type(error).__mro__)
    return next((code for code in codes if code in exits.OF_KIND), "")


def _refusal(sentence: str, advice: str, code: int) -> int:
    click.echo(" → ".join(filter(None, (sentence, advice))), err=True)
    return code


def _from_server(error: Exception) -> int | None:
    from api.client import Refused

    if not isinstance(error, Refused):
        return None
    fields = _fields(error.details.get("fields"))
    return _refusal(error.message + fields, error.advice, exit_code(error.kind, error.code))


def _fields(named: object) -> str:
    if not isinstance(named, dict) or not named:
        return ""
    return " " + "; ".join(f"{name}: {_text(problems)}" for name, problems in named.items())


def _text(problems: object) -> str:
    return ", ".join(map(str, problems)) if isinstance(problems, list) else str(problems)


def _fields_wrong(error: Exception) -> str | None:
    """Name the fields that cannot be right, without what was given: it may be a secret."""
    from pydantic import ValidationError

    from fleet.contracts.fields import fields_of

    return _fields(fields_of(error)).strip() if isinstance(error, ValidationError) else None


def _apology(error: Exception) -> int:
    path = _write_down(error)
    click.echo(
        say(
            "Sorry: this is our mistake, not yours ({error}). The traceback is in {path}.",
            error=type(error).__name__,
            path=path,
        ),
        err=True,
    )
    return exits.OUR_MISTAKE


def _write_down(error: Exception) -> Path:
    """Write the traceback, without the values of variables, where only this user reads it."""
    from platformdirs import user_log_path

    from fleet.contracts.clock import now

    given = os.environ.get("WORKFLEET_CONFIG")
    folder = Path(given) / "log" if given else user_log_path("workfleet", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"error-{now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return path


def interrupted() -> int:
    click.echo(say("Stopped."), err=True)
    return exits.INTERRUPTED


def pipe_closed() -> int:
    """Let nothing more be written: whoever read went away, and that is no mistake."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    return exits.PIPE_CLOSED
