"""`cache list` and `cache clear`: what this machine keeps of credentials and identity ids."""

from __future__ import annotations

import json
import os
import sys

from cognito_credentials._core import logs
from cognito_credentials.cli.identities.stored import (
    CREDENTIALS,
    GUEST,
    IDENTITY_ID,
    list_stored_entries,
)
from cognito_credentials.cli.terminal.output import Output, format_duration
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from cognito_credentials.cli.identities.stored import StoredEntry
    from cognito_credentials.stores import FileStore

USAGE = "cognito-credentials cache list|clear [options]"
DESCRIPTION = """\
List, or clear, what is kept in ~/.aws/cognito-credentials; no secret is shown.

Credentials are fetched anew when they are asked for. An identity id is not: a guest who loses it is
another guest from then on, and what was stored under the old one is out of reach.
"""

KEYS = ("cognito_identity_pool_id", "cognito_identity_id")  # of a profile
NOTHING = "-"
LONGEST = 4096  # bytes; an identity id's entry has some hundred
LEASE = 5.0  # seconds; for stores whose locks end by themselves


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("action", choices=("list", "clear"), metavar="list|clear")
    parser.add_argument("--profile", metavar="NAME", help="only the pool or identity of a profile")
    parser.add_argument("--identity-pool-id", metavar="ID", help="only this identity pool")
    parser.add_argument("--json", action="store_true", help="list: as JSON, for a program")
    parser.add_argument("--identity-ids", action="store_true", help="clear: identity ids, too")
    parser.add_argument(
        "--unreadable", action="store_true", help="clear: the files that cannot be read, too"
    )
    parser.add_argument("--yes", action="store_true", help="clear: do not ask")


def run(options: Namespace) -> int:
    """List or clear."""
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.stores import FileStore

    _check(options)
    store = FileStore()
    unreadable = store.list_unreadable()
    is_meant = _limit(options)
    found = list_stored_entries(store, SystemClock())
    entries = [entry for entry in found if is_meant(entry)]
    logs.debug("%s: %d entries, of which %d are meant", store, len(found), len(entries))
    if options.action == "list":
        return _list(store, entries, unreadable, is_json=options.json)
    return _clear(store, entries, unreadable, options)


def _check(options: Namespace) -> None:
    of_the_other = {"list": ("identity_ids", "unreadable", "yes"), "clear": ("json",)}
    for name in of_the_other[options.action]:
        if getattr(options, name):
            raise ConfigurationError(
                f"option --{name.replace('_', '-')} does not go with cache {options.action}",
                hint="cognito-credentials cache --help says what goes with what.",
            )


def _limit(options: Namespace) -> Callable[[StoredEntry], bool]:
    """Return what tells which entries are meant."""
    pool_id, identity_id = options.identity_pool_id, None
    if options.profile and not pool_id:
        from cognito_credentials._config.aws_files import load_profile

        profile = load_profile(os.environ, options.profile, source="option --profile")
        pool_id, identity_id = map(profile.values.get, KEYS)
        for key in filter(profile.values.get, KEYS):
            place = profile.place_of(key)
            logs.debug("%s = %s (%s)", key.removeprefix("cognito_"), profile.values[key], place)
        if not pool_id and not identity_id:
            raise ConfigurationError(
                f"{profile.source} names no identity pool", hint="Give --identity-pool-id."
            )
    if pool_id:
        return lambda entry: entry.identity_pool_id == pool_id
    if identity_id:
        return lambda entry: entry.identity_id == identity_id
    return lambda _entry: True


# --- list -------------------------------------------------------------------------------------


def _list(
    store: FileStore, entries: list[StoredEntry], unreadable: dict[str, str], *, is_json: bool
) -> int:
    if is_json:
        document = {
            "path": store.path,
            "entries": [_as_json(entry) for entry in entries],
            "unreadable": [
                {"path": path, "reason": reason} for path, reason in sorted(unreadable.items())
            ],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    out = Output(sys.stdout)
    if entries:
        out.table(
            [_row(entry, out) for entry in entries],
            header=("what", "pool", "user", "identity", "time left"),
        )
    elif not unreadable:
        out.line(f"{store.path} holds no credentials and no identity ids.")
    for path, reason in sorted(unreadable.items()):
        out.line(f"{out.bad('unreadable')}  {path}: {reason}")
    return 0


def _as_json(entry: StoredEntry) -> dict[str, object]:
    left = entry.seconds_left
    return {
        "kind": entry.kind,
        "identity_pool_id": entry.identity_pool_id,
        "user": entry.user,
        "identity_id": entry.identity_id,
        "seconds_left": None if left is None else max(0, int(left)),
        "problem": entry.problem,
    }


def _row(entry: StoredEntry, out: Output) -> tuple[str, ...]:
    left = "" if entry.seconds_left is None else format_duration(entry.seconds_left)
    if entry.problem:
        left = out.bad(f"unreadable: {entry.problem}")
    return (
        entry.kind.replace("-id", " ID"),
        entry.identity_pool_id or NOTHING,
        name_of(entry.user),
        entry.identity_id or NOTHING,
        left,
    )


def name_of(user: str | None) -> str:
    """Return how a user is shown; one that a token named is its issuer and a long subject."""
    if user is None:
        return NOTHING
    if user == GUEST:
        return "guest"
    issuer, sharp, subject = user.partition("#")
    return f"{issuer}#{subject[:8]}…" if sharp and len(subject) > 8 else user  # noqa: PLR2004


# --- clear ------------------------------------------------------------------------------------


def _clear(
    store: FileStore, entries: list[StoredEntry], unreadable: dict[str, str], options: Namespace
) -> int:
    meant = [entry for entry in entries if entry.kind == CREDENTIALS or options.identity_ids]
    ids = sum(entry.kind == IDENTITY_ID for entry in meant)
    closed = sum(map(_may_be_identity_id, unreadable)) if options.unreadable else 0
    out = Output(sys.stdout)
    if ids + closed and not options.yes and not _agreed(ids + closed, closed):
        out.line("Nothing was cleared.")
        return 1
    gone = {CREDENTIALS: 0, IDENTITY_ID: 0}
    left = 0
    for entry in meant:
        lease = store.lock(entry.key, LEASE)
        if lease is None:
            logs.debug("%s of %s: locked by a process", entry.kind, entry.identity_id)
            left += 1
            continue
        store.delete(entry.key)
        lease.release()
        gone[entry.kind] += 1
    out.line(
        f"Cleared: {_count(gone[CREDENTIALS], 'set')} of credentials, "
        f"{_count(gone[IDENTITY_ID], 'identity id')}."
    )
    if left:
        out.line(f"Left: {left}, which a process is fetching at this moment.")
    for path, reason in sorted(unreadable.items()):
        out.line(
            _cleared_file(path, reason, out) if options.unreadable else f"Left: {path}: {reason}"
        )
    if unreadable and not options.unreadable:
        out.line("These files are not read; --unreadable clears them, too.")
    return 0


def _may_be_identity_id(file: str) -> bool:
    """Tell whether a file that is not read may hold an identity id, to be had again by its rights."""
    if os.path.islink(file) or not os.path.isfile(file):
        return False
    try:
        with open(file, "rb") as opened:
            return b'"identity-id:' in opened.read(LONGEST)
    except OSError:
        return True


def _agreed(ids: int, closed: int) -> bool:
    """Ask whether identity ids are to go, of which some are, or may be, in files that are not read."""
    from cognito_credentials.cli.terminal.prompts import Prompts

    those = (
        f" ({closed} in files that are not read: cache list says what opens them)" if closed else ""
    )
    warning = (
        f"{_count(ids, 'identity id')} to be cleared{those}. A user who signs in gets the same one "
        "again; a guest does not, and loses what hangs on it."
    )
    unasked = ConfigurationError(warning, hint="Agree to it with --yes.")
    return Prompts().confirm(f"{warning}\nClear them?", error=unasked)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cleared_file(path: str, reason: str, out: Output) -> str:
    try:
        os.unlink(path)
    except OSError as error:
        return f"Left: {path}: {reason}; it cannot be removed: {error.strerror}"
    return f"Cleared: {out.dim(path)}: {reason}"
