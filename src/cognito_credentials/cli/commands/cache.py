"""`cache list` and `cache clear`: the credentials and identity IDs stored on this machine."""

from __future__ import annotations

import json
import os
import sys

from cognito_credentials._core import logs
from cognito_credentials.cli.identities.stored import (
    CREDENTIALS,
    GUEST,
    IDENTITY_ID,
    delete_entry,
    list_stored_entries,
)
from cognito_credentials.cli.terminal.output import Output, format_duration
from cognito_credentials.cli.terminal.writing import write_document
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from cognito_credentials.cli.identities.stored import StoredEntry
    from cognito_credentials.stores import FileStore

USAGE = "cognito-credentials cache list|clear [options]"
DESCRIPTION = """\
List or clear the credentials and identity IDs in ~/.aws/cognito-credentials. Secrets are not shown.

Cleared credentials are fetched again when they are needed. A guest's identity ID cannot be recovered:
the guest gets a new identity and loses access to data stored under the old identity.
"""

KIND_NAMES = {CREDENTIALS: "credentials", IDENTITY_ID: "identity ID"}
ACTION_OPTIONS: dict[str, tuple[str, ...]] = {
    "list": ("json",),
    "clear": ("identity_ids", "unreadable", "yes"),
}
PROFILE_KEYS = ("cognito_identity_pool_id", "cognito_identity_id")
EMPTY_CELL = "-"
MAX_ENTRY_BYTES = 4096  # A larger file cannot be an entry with an identity ID.
MAX_SUBJECT_CHARACTERS = 8


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("action", choices=tuple(ACTION_OPTIONS), metavar="list|clear")
    parser.add_argument(
        "--profile", metavar="NAME", help="limit to the identity pool or identity of this profile"
    )
    parser.add_argument("--identity-pool-id", metavar="ID", help="limit to this identity pool")
    parser.add_argument("--json", action="store_true", help="list: print JSON")
    parser.add_argument(
        "--identity-ids", action="store_true", help="clear: also remove identity IDs"
    )
    parser.add_argument(
        "--unreadable", action="store_true", help="clear: remove unreadable files as well"
    )
    parser.add_argument("--yes", action="store_true", help="clear: do not ask for confirmation")


def run(options: Namespace) -> int:
    """List or clear the entries."""
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.stores import FileStore

    _check_options(options)
    store = FileStore()
    unreadable = store.list_unreadable()
    is_selected = _create_filter(options)
    entries = list_stored_entries(store, SystemClock())
    selected = [entry for entry in entries if is_selected(entry)]
    logs.debug("%s: %d of %d entries selected", store, len(selected), len(entries))
    if options.action == "clear":
        return _clear(store, selected, unreadable, options)
    if options.json:
        _print_json(store, selected, unreadable)
    else:
        _print_table(store, selected, unreadable)
    return 0


def _check_options(options: Namespace) -> None:
    for action, names in ACTION_OPTIONS.items():
        for name in names:
            if action != options.action and getattr(options, name):
                raise ConfigurationError(
                    f"option --{name.replace('_', '-')} is not valid for cache {options.action}",
                    hint="Run `cognito-credentials cache --help` to see the options of each action.",
                )


def _create_filter(options: Namespace) -> Callable[[StoredEntry], bool]:
    pool_id, identity_id = options.identity_pool_id, None
    if options.profile and not pool_id:
        pool_id, identity_id = _read_profile(options.profile)
    if pool_id:
        return lambda entry: entry.identity_pool_id == pool_id
    if identity_id:
        return lambda entry: entry.identity_id == identity_id
    return lambda _entry: True


def _read_profile(name: str) -> tuple[str | None, str | None]:
    """Return the identity pool ID and the identity ID of a profile.

    Raises:
        ConfigurationError: If the profile does not exist, or has neither ID.
    """
    from cognito_credentials._config.aws_files import load_profile

    profile = load_profile(os.environ, name, source="option --profile")
    pool_id, identity_id = map(profile.values.get, PROFILE_KEYS)
    for key in filter(profile.values.get, PROFILE_KEYS):
        place = profile.locate(key)
        logs.debug("%s = %s (%s)", key.removeprefix("cognito_"), profile.values[key], place)
    if not pool_id and not identity_id:
        raise ConfigurationError(
            f"{profile.source} has neither {' nor '.join(PROFILE_KEYS)}",
            hint="Pass --identity-pool-id, or choose another profile.",
        )
    return pool_id, identity_id


# --- list -------------------------------------------------------------------------------------


def _print_json(store: FileStore, entries: list[StoredEntry], unreadable: dict[str, str]) -> None:
    document = {
        "path": store.path,
        "entries": [_format_entry(entry) for entry in entries],
        "unreadable": [
            {"path": path, "reason": reason} for path, reason in sorted(unreadable.items())
        ],
    }
    write_document(json.dumps(document, indent=2))


def _format_entry(entry: StoredEntry) -> dict[str, object]:
    seconds = entry.seconds_left
    return {
        "kind": entry.kind,
        "identity_pool_id": entry.identity_pool_id,
        "user": entry.user,
        "identity_id": entry.identity_id,
        "seconds_left": None if seconds is None else max(0, int(seconds)),
        "problem": entry.problem,
    }


def _print_table(store: FileStore, entries: list[StoredEntry], unreadable: dict[str, str]) -> None:
    out = Output(sys.stdout)
    if entries:
        out.table(
            [_format_row(entry, out) for entry in entries],
            header=("kind", "identity pool", "user", "identity", "time left"),
        )
    elif not unreadable:
        out.line(f"{store.path} contains no credentials and no identity IDs.")
    for path, reason in sorted(unreadable.items()):
        out.item(out.bad("unreadable"), f"{path}: {reason}", column=len("unreadable  "))


def _format_row(entry: StoredEntry, out: Output) -> tuple[str, ...]:
    time_left = "" if entry.seconds_left is None else format_duration(entry.seconds_left)
    if entry.problem:
        time_left = out.bad(f"unreadable: {entry.problem}")
    return (
        KIND_NAMES[entry.kind],
        entry.identity_pool_id or EMPTY_CELL,
        format_user(entry.user),
        entry.identity_id or EMPTY_CELL,
        time_left,
    )


def format_user(user: str | None) -> str:
    """Return a user's name for the table, with the subject of a login token shortened."""
    if user is None:
        return EMPTY_CELL
    if user == GUEST:
        return "guest"
    issuer, separator, subject = user.partition("#")
    if separator and len(subject) > MAX_SUBJECT_CHARACTERS:
        return f"{issuer}#{subject[:MAX_SUBJECT_CHARACTERS]}…"
    return user


# --- clear ------------------------------------------------------------------------------------


def _clear(
    store: FileStore, entries: list[StoredEntry], unreadable: dict[str, str], options: Namespace
) -> int:
    selected = [entry for entry in entries if entry.kind == CREDENTIALS or options.identity_ids]
    readable_ids = sum(entry.kind == IDENTITY_ID for entry in selected)
    unreadable_ids = sum(map(_may_contain_identity_id, unreadable)) if options.unreadable else 0
    out = Output(sys.stdout)
    total = readable_ids + unreadable_ids
    if total and not options.yes and not _confirm(total, unreadable_ids):
        out.line("Nothing was cleared.")
        return 1
    cleared = {CREDENTIALS: 0, IDENTITY_ID: 0}
    for entry in selected:
        cleared[entry.kind] += delete_entry(store, entry)
    out.line(
        f"Cleared {_count(cleared[CREDENTIALS], 'set')} of credentials and "
        f"{_count(cleared[IDENTITY_ID], 'identity ID')}."
    )
    if locked := len(selected) - sum(cleared.values()):
        them = "it" if locked == 1 else "them"
        out.line(f"Skipped {locked}, because another process is using {them}.")
    for path, reason in sorted(unreadable.items()):
        if options.unreadable:
            out.line(_remove_file(path, reason, out))
        else:
            out.line(f"Skipped {path}: {reason}")
    if unreadable and not options.unreadable:
        out.line("Pass --unreadable to remove these files as well.")
    return 0


def _may_contain_identity_id(path: str) -> bool:
    """Return True if the file may contain an identity ID that could still be recovered."""
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return b'"identity-id:' in file.read(MAX_ENTRY_BYTES)
    except OSError:
        return True


def _confirm(total: int, unreadable: int) -> bool:
    from cognito_credentials.cli.terminal.prompts import Prompts

    files = ""
    if unreadable:
        files = f", {unreadable} of them in unreadable files (cache list shows the reasons)"
    warning = (
        f"This clears {_count(total, 'identity ID')}{files}. A signed-in user gets the same identity "
        "again, but a guest gets a new identity and loses access to data stored under the old "
        "identity."
    )
    error = ConfigurationError(
        f"clearing {_count(total, 'identity ID')}{files} must be confirmed",
        hint="Pass --yes to clear these entries. A guest whose identity ID is cleared loses access "
        "to the data stored under that identity.",
    )
    return Prompts().confirm(warning, "Clear these entries?", error=error)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _remove_file(path: str, reason: str, out: Output) -> str:
    try:
        os.unlink(path)
    except OSError as error:
        return f"Skipped {path}: {reason}. The file cannot be removed: {error.strerror}"
    return f"Removed {out.dim(path)}: {reason}"
