"""`link`: a guest signs in, and stays who it is.

The service links a new login to the identity that it comes with; a login that has an identity already
brings the guest's into that one (developer guide, "Identity pools (federated identities)
authentication flow", and "Switching unauthenticated users to authenticated users").
"""

from __future__ import annotations

import os
import sys

from cognito_credentials.cli.identities.stored import CREDENTIALS, GUEST, list_stored_entries
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.names import client_config
from cognito_credentials.cli.settings.providers import build_logins
from cognito_credentials.cli.settings.resolution import load_settings, resolve
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.cli.terminal.prompts import Prompts
from cognito_credentials.errors import (
    ConfigurationError,
    IdentityForbidden,
    IdentityNotFound,
    LoginsMismatch,
    ResourceConflictException,
    ServiceError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping

    from cognito_credentials import CognitoCredentialProvider
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.stores import FileStore

DESCRIPTION = """\
Link a login to the guest identity of this machine, so that what the guest stored stays its own.

The guest is the one whose identity id is in the store, or the one that --identity-id names. The login
is of a user who signs in for the first time; one who has an identity already keeps that one, and the
guest's is merged into it. This cannot be undone, so it asks.
"""

WHAT_HAPPENS = """
The guest becomes this user and keeps its identity id; from then on, only the login opens it. If the
login has an identity already, the service merges the two: the user's id stays, the guest's is closed
for good, and what was stored under it is for you to move. It cannot be undone."""

WHAT_A_MERGE_DOES = """
The user's id stays, the guest's is closed for good, and what was stored under it is for you to move.
It cannot be undone."""

# What will come of it, as far as it can be known: the service has no question for it that changes
# nothing. GetId would make an identity for a login that has none, and turn a link into a merge.
LINKED_ALREADY = "nothing changes: it is this user's already"
MERGED = "the two are merged: this user is {} already"
CLOSED = (
    "nothing changes if it is this user's already, or else it is refused: it is no guest's any more"
)
GONE = "it is refused: the service does not know this identity any more"
LINKED = "linked, if the login has no identity yet; merged into the one that it has, otherwise"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Link, and keep the identity id that comes of it."""
    from cognito_credentials import from_cognito_identity
    from cognito_credentials.stores import FileStore

    settings = load_settings(options)
    suppliers = build_logins(settings)
    if not suppliers:
        raise ConfigurationError(
            "no login is given, and a guest is linked to one",
            hint="Give --login KEY=@FILE, or a profile that has cognito_logins.",
        )
    link = Link(settings, suppliers, FileStore(), pool_id=_pool_id(options))
    out = Output(sys.stdout)
    connection = client_config(settings.connection)
    with from_cognito_identity(link.guest_id, client_config=connection) as guest:
        # Before the call, which cannot be undone: whose the identity id is to be afterwards.
        logins = link.resolve(guest)
        link.describe(out, *(("", WHAT_HAPPENS) if options.yes else link.outcome(guest)))
    if options.dry_run:
        out.line("\nNothing was done (--dry-run).")
        return 0
    if not options.yes and not _agreed():
        out.line("Nothing was done.")
        return 1
    with from_cognito_identity(
        link.guest_id,
        logins={key: _giving(token) for key, token in logins.tokens.items()},
        custom_role_arn=settings.values.get("custom_role_arn"),
        client_config=connection,
    ) as provider:
        try:
            new_id = provider().identity_id
        except (LoginsMismatch, ResourceConflictException, IdentityNotFound) as error:
            error.hint = _next_step(error)
            raise
    if new_id == link.guest_id:
        out.line(f"\n{out.good('Linked')}: {new_id} is this user's now.")
    else:
        out.line(f"\n{out.good('Merged')}: the guest's {link.guest_id} is closed.")
        out.line(f"This user is {new_id}.")
    link.keep(new_id, out)
    return 0


def _giving(token: str) -> Callable[[], str]:
    """Return a supplier, which is what a login is here: a text would be warned of in Python's words."""
    return lambda: token


def _agreed() -> bool:
    unasked = ConfigurationError(
        "nobody is here to agree to the link, which cannot be undone",
        hint="Agree to it with --yes; --dry-run says what would come of it.",
    )
    return Prompts().confirm("\nLink them?", error=unasked)


class Link:
    """Which guest is linked to what, and how the store is told."""

    def __init__(
        self,
        settings: Settings,
        suppliers: Mapping[str, Callable[..., str]],
        store: FileStore,
        *,
        pool_id: str | None,
    ) -> None:
        from cognito_credentials._core import endpoints

        self.settings = settings
        self.suppliers = suppliers
        self.store = store
        self.pool_id = pool_id if pool_id is None else endpoints.check_identity_pool_id(pool_id)
        self.user = settings.user
        self.guest = self.user or GUEST
        given = settings.values.get("identity_id")
        self.guest_id = given if given is not None else self._stored_guest()
        endpoints.check_identity_id(self.guest_id)
        if pool_id and endpoints.get_region(pool_id) != endpoints.get_region(self.guest_id):
            raise ConfigurationError(
                f"identity_id {self.guest_id} is of another region than pool {pool_id}",
                hint="Identity and pool begin with the same region: check both ids.",
            )

    def outcome(self, guest: CognitoCredentialProvider) -> tuple[str, str]:
        """Return what will come of it, and what that means for the two.

        By what is stored here, and what the service says of the guest.
        """
        known = None
        if self.pool_id is not None and self.user is not None and self.user != self.guest:
            known = self._find_stored(self.user)
        if known is not None:
            if known == self.guest_id:
                return LINKED_ALREADY, ""
            return MERGED.format(known), WHAT_A_MERGE_DOES
        try:
            guest()
        except IdentityForbidden:
            return CLOSED, ""
        except IdentityNotFound:
            return GONE, ""
        except ServiceError:
            pass  # of the pool's guests, and not of this identity
        return LINKED, WHAT_HAPPENS

    def describe(self, out: Output, outcome: str, text: str) -> None:
        """Say what is about to happen."""
        source = (
            self.settings.source_of("identity_id")
            if "identity_id" in self.settings.values
            else "in the store of this machine"
        )
        out.table(
            [
                ("guest", f"{self.guest_id} ({source})"),
                *(("login", key) for key in self.suppliers),
                ("pool", self.pool_id or "- (none is named: the identity id will not be stored)"),
                *([("outcome", outcome)] if outcome else ()),
            ]
        )
        if text:
            out.line(text)

    def resolve(self, runner: CognitoCredentialProvider) -> ResolvedLogins:
        """Ask the logins for their tokens, and find out whose they are."""
        from cognito_credentials import token_subject
        from cognito_credentials._base.provider import get_driver
        from cognito_credentials._core.login_resolution import resolve_logins

        logins: ResolvedLogins = get_driver(runner).run(resolve_logins(self.suppliers))
        if self.user is None and logins.claims is not None:
            self.user = token_subject(logins.claims)
        return logins

    def keep(self, new_id: str, out: Output) -> None:
        """Store the identity id for the user, and forget that it, or the merged one, was a guest's.

        A user whom neither an option nor a token names is found by the service, by the login.
        """
        from cognito_credentials._core import records

        if self.pool_id is None:
            return
        if self.user is not None:
            key = _key_of(self.pool_id, self.user)
            self.store.put(key, records.encode_identity_id(key, new_id), expires_at=None)
            out.line("It is stored for this user.")
        if self.guest != self.user and self._find_stored(self.guest) == self.guest_id:
            self.store.delete(_key_of(self.pool_id, self.guest))
        self._forget_guests_credentials()

    def _forget_guests_credentials(self) -> None:
        """Delete what the guest had: whoever found it would take the id for a guest's once more."""
        from cognito_credentials.clock import SystemClock

        for entry in list_stored_entries(self.store, SystemClock()):
            is_guest = entry.kind == CREDENTIALS and entry.is_guest
            if is_guest and entry.identity_id == self.guest_id:
                self.store.delete(entry.key)

    def _stored_guest(self) -> str:
        if self.pool_id is None:
            raise ConfigurationError(
                "neither an identity pool nor an identity is named",
                hint="Give --identity-pool-id, or --identity-id of the guest.",
            )
        found = self._find_stored(self.guest)
        if found is None:
            raise ConfigurationError(
                f"this machine has no guest of pool {self.pool_id}",
                hint="Without a guest there is nothing to link: whoami with the login gives the "
                "user's own identity. --identity-id names a guest of elsewhere.",
            )
        return found

    def _find_stored(self, user: str) -> str | None:
        from cognito_credentials._core import records

        assert self.pool_id is not None
        key = _key_of(self.pool_id, user)
        value = self.store.get(key)
        try:
            return None if value is None else records.decode_identity_id(key, value)
        except records.UnreadableRecordError:
            return None


def _key_of(pool_id: str, user: str) -> str:
    from cognito_credentials._core import records
    from cognito_credentials._core.identity_id_cache import format_cache_key

    return records.identity_id_key(format_cache_key(pool_id, user))


def _pool_id(options: Namespace) -> str | None:
    """Return the pool, also where an identity is named: it says under which key the id is kept."""
    pool = resolve({**vars(options), "identity_id": None}, os.environ)
    found: str | None = pool.values.get("identity_pool_id")
    return found


def _next_step(error: Exception) -> str:
    if isinstance(error, LoginsMismatch):
        return (
            "This identity is no guest's any more: it was linked to another login. Give the guest's "
            "id with --identity-id; whoami with the login alone gives the user's own identity."
        )
    if isinstance(error, ResourceConflictException):
        return (
            "The login is linked to another identity, and the two cannot be merged: each has a user "
            "of the same provider. Go on without link: whoami with the login shows the user's own."
        )
    return (
        "The guest was deleted, or its pool was. cache clear --identity-ids forgets it; whoami "
        "without a login then gives a new guest."
    )
