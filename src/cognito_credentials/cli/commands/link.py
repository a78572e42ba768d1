"""`link`: link a login to a guest identity, so that the user keeps the guest's data.

Amazon Cognito links a login that has no identity yet to the guest's identity. If the login already
has an identity, Amazon Cognito merges the guest's identity into that identity. See "Identity pools
(federated identities) authentication flow" and "Switching unauthenticated users to authenticated
users" in the Amazon Cognito Developer Guide.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cognito_credentials._core.identity_id_keys import format_store_key
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

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping

    from cognito_credentials import CognitoCredentialProvider
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.stores import FileStore

DESCRIPTION = """\
Link a login to the guest identity of this machine, so that the user keeps the data of the guest.

The guest identity is read from the store, unless --identity-id names it. A user who signs in for
the first time takes over the guest's identity. If the login already has an identity, the guest's
identity is merged into that identity. Linking cannot be undone, so the command asks for confirmation.
"""


@dataclass(frozen=True)
class Outcome:
    """Summary of an expected outcome of linking, and an explanation of the effects."""

    summary: str
    explanation: str = ""


# The outcome cannot always be known in advance: for a login without an identity, GetId would create
# an identity, and the link would become a merge.
LINK_OR_MERGE = Outcome(
    "linked if the login has no identity yet, otherwise merged into the login's identity",
    "If linked, the user keeps the guest's identity ID, and only this login gives access to that "
    "identity. If merged, the user keeps the login's identity ID, the guest's identity is disabled "
    "permanently, and the data stored under it is not moved. This cannot be undone.",
)
MERGE = Outcome(
    "merged into this user's identity {}",
    "The user keeps this identity ID. The guest's identity is disabled permanently, and the data stored "
    "under it is not moved. This cannot be undone.",
)
ALREADY_LINKED = Outcome("no change, because the identity already belongs to this user")
NOT_A_GUEST = Outcome(
    "no change if the identity already belongs to this user, otherwise rejected, because it no longer "
    "belongs to a guest"
)
UNKNOWN_IDENTITY = Outcome("rejected, because Amazon Cognito does not know this identity")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument(
        "--dry-run", action="store_true", help="show the expected outcome without linking"
    )
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Link the login, and store the resulting identity ID."""
    from cognito_credentials import from_cognito_identity
    from cognito_credentials.stores import FileStore

    settings = load_settings(options)
    suppliers = build_logins(settings)
    if not suppliers:
        raise ConfigurationError(
            "link requires a login",
            hint="Pass --login PROVIDER=@FILE, or use a profile with cognito_logins.",
        )
    link = Link(
        settings, suppliers, FileStore(evict_identity_ids=False), pool_id=_find_pool_id(options)
    )
    out = Output(sys.stdout)
    connection = client_config(settings.connection)
    with from_cognito_identity(link.guest_id, client_config=connection) as guest:
        # Resolve the logins before the call that cannot be undone, because their tokens identify
        # the user whose identity ID is stored.
        logins = link.resolve_logins(guest)
        # With --yes, the user does not confirm the outcome, so it is predicted without a call.
        outcome = link.predict_outcome(None if options.yes else guest)
    out.table(link.list_rows(outcome))
    if outcome.explanation:
        out.line()
        out.line(outcome.explanation)
    if options.dry_run:
        out.line()
        out.line("Nothing was changed (--dry-run).")
        return 0
    if not options.yes and not _confirm():
        out.line("Nothing was changed.")
        return 1
    with from_cognito_identity(
        link.guest_id,
        # The tokens are passed as suppliers, because a token that is passed as a string causes a
        # warning for developers.
        logins={name: _make_supplier(token) for name, token in logins.tokens.items()},
        custom_role_arn=settings.values.get("custom_role_arn"),
        client_config=connection,
    ) as provider:
        try:
            new_id = provider().identity_id
        except (LoginsMismatch, ResourceConflictException, IdentityNotFound) as error:
            error.hint = _next_step(error)
            raise
    out.line()
    if new_id == link.guest_id:
        out.line(f"{out.good('Linked')}: identity {new_id} now belongs to this user.")
    else:
        out.line(f"{out.good('Merged')}: identity {link.guest_id} of the guest is disabled.")
        out.line(f"The user's identity is {new_id}.")
    if link.store_identity(new_id):
        out.line("The identity ID was stored for this user.")
    return 0


def _make_supplier(token: str) -> Callable[[], str]:
    return lambda: token


def _confirm() -> bool:
    error = ConfigurationError(
        "linking cannot be undone and must be confirmed, but standard input is not a terminal",
        hint="Pass --yes to link without confirmation, or --dry-run to see the expected outcome.",
    )
    return Prompts().confirm("", "Link the login to the guest?", error=error)


class Link:
    """A guest identity, and the logins to link to it."""

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
        self.pool_id: str | None = (
            pool_id if pool_id is None else endpoints.check_identity_pool_id(pool_id)
        )
        self.user = settings.user
        # The user name under which the guest's identity ID is stored.
        self.guest: str = self.user or GUEST
        self.guest_id: str = settings.values.get("identity_id") or self._load_guest_id()
        endpoints.check_identity_id(self.guest_id)
        if pool_id and endpoints.get_region(pool_id) != endpoints.get_region(self.guest_id):
            raise ConfigurationError(
                f"identity {self.guest_id} and identity pool {pool_id} are in different regions",
                hint="Check both IDs. An identity is in the same region as its identity pool.",
            )

    def resolve_logins(self, provider: CognitoCredentialProvider) -> ResolvedLogins:
        """Return the login tokens, and derive the user from their claims if none is configured."""
        from cognito_credentials import token_subject
        from cognito_credentials._base.provider import get_driver
        from cognito_credentials._core.login_resolution import resolve_logins

        logins: ResolvedLogins = get_driver(provider).run(resolve_logins(self.suppliers))
        if self.user is None and logins.claims is not None:
            self.user = token_subject(logins.claims)
        return logins

    def predict_outcome(self, guest: CognitoCredentialProvider | None) -> Outcome:
        """Return the expected outcome, based on the store and on a call without logins.

        If `guest` is None, only the store is read.
        """
        stored_id = None
        if self.pool_id is not None and self.user is not None and self.user != self.guest:
            stored_id = self._load_identity_id(self.user)
        if stored_id == self.guest_id:
            return ALREADY_LINKED
        if stored_id is not None:
            return Outcome(MERGE.summary.format(stored_id), MERGE.explanation)
        if guest is None:
            return LINK_OR_MERGE
        try:
            guest()
        except IdentityForbidden:
            return NOT_A_GUEST
        except IdentityNotFound:
            return UNKNOWN_IDENTITY
        except ServiceError:
            pass  # The pool may not allow guests, for example.
        return LINK_OR_MERGE

    def list_rows(self, outcome: Outcome) -> list[tuple[str, str]]:
        """Return the rows of the table that describes the link."""
        source = "in the store"
        if "identity_id" in self.settings.values:
            source = self.settings.source_of("identity_id")
        return [
            ("guest", f"{self.guest_id} ({source})"),
            *(("login", name) for name in self.suppliers),
            ("identity pool", self.pool_id or "- (unknown, so the identity ID is not stored)"),
            ("outcome", outcome.summary),
        ]

    def store_identity(self, new_id: str) -> bool:
        """Store the identity ID for the user, and delete the guest's entries.

        Returns False if no identity ID was stored. Without a user name, no identity ID is stored,
        because Amazon Cognito finds the identity by its login.
        """
        from cognito_credentials._core import records

        if self.pool_id is None:
            return False
        if self.user is not None:
            key = format_store_key(self.pool_id, self.user)
            self.store.put(key, records.encode_identity_id(key, new_id), expires_at=None)
        if self.guest != self.user and self._load_identity_id(self.guest) == self.guest_id:
            self.store.delete(format_store_key(self.pool_id, self.guest))
        self._delete_guest_credentials()
        return self.user is not None

    def _delete_guest_credentials(self) -> None:
        """Delete the guest's credentials, so that no process continues to use the guest."""
        from cognito_credentials.clock import SystemClock

        for entry in list_stored_entries(self.store, SystemClock()):
            is_guest = entry.kind == CREDENTIALS and entry.is_guest
            if is_guest and entry.identity_id == self.guest_id:
                self.store.delete(entry.key)

    def _load_guest_id(self) -> str:
        if self.pool_id is None:
            raise ConfigurationError(
                "link requires an identity pool ID or an identity ID",
                hint="Pass --identity-pool-id, or --identity-id with the guest's identity ID.",
            )
        identity_id = self._load_identity_id(self.guest)
        if identity_id is None:
            raise ConfigurationError(
                f"the store contains no guest for identity pool {self.pool_id}",
                hint="Pass --identity-id to link a guest from another machine. Without a guest, "
                "there is nothing to link; run `whoami` with the login to see the user's identity.",
            )
        return identity_id

    def _load_identity_id(self, user: str) -> str | None:
        from cognito_credentials._core import records

        assert self.pool_id is not None
        key = format_store_key(self.pool_id, user)
        value = self.store.get(key)
        try:
            return None if value is None else records.decode_identity_id(key, value)
        except records.UnreadableRecordError:
            return None


def _find_pool_id(options: Namespace) -> str | None:
    """Return the identity pool ID, which is part of storage keys even if --identity-id is given."""
    settings = resolve({**vars(options), "identity_id": None}, os.environ)
    pool_id: str | None = settings.values.get("identity_pool_id")
    return pool_id


def _next_step(error: Exception) -> str:
    if isinstance(error, LoginsMismatch):
        return (
            "Pass --identity-id with a guest's identity ID, or run `whoami` with the login to see the "
            "user's identity. This identity was linked to another login."
        )
    if isinstance(error, ResourceConflictException):
        return (
            "Use the login without linking it; run `whoami` with the login to see the user's identity. "
            "The two identities cannot be merged, because each is linked to a login from the same provider."
        )
    return (
        "To get a new guest identity, run `cognito-credentials cache clear --identity-ids` with the same "
        "--identity-pool-id or --profile, and then `cognito-credentials whoami` without a login. The guest "
        "or its identity pool was deleted."
    )
