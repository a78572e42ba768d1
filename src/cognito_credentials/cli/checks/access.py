"""Checks of the identity pool, the identity, the role and the credentials.

If Cognito rejects a call, the error names a single problem. Cognito validates in a fixed order, so
everything that it validates before this problem is known to be valid. The checks are in the same
order, so that the checks before the failed check are usually reported as passed, and all later
checks are skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials import errors
from cognito_credentials._base.provider import get_driver
from cognito_credentials._core import endpoints
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.context_facts import describe_providers
from cognito_credentials._core.error_catalog.trust_policy import trust_policy
from cognito_credentials._core.timestamps import iso_timestamp

if TYPE_CHECKING:
    from cognito_credentials._core.exchange import Exchange
    from cognito_credentials._core.identity_id_keys import ResolvedIdentity
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials.cli.checks.configuration import CheckedConfiguration
    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_access", "list_access_checks"]

POOL, GUEST_ACCESS = "identity pool", "guest access"
TOKEN_AUDIENCE, TOKEN_ACCEPTED = "token audience", "token accepted"
IDENTITY, BASIC_FLOW, ROLE, CREDENTIALS = "identity ID", "basic flow", "role", "credentials"

_CHECKS_BY_ERROR = (
    (errors.IdentityPoolNotFound, POOL),
    (errors.UnauthenticatedAccessDisabled, GUEST_ACCESS),
    (errors.UnsupportedLoginProvider, TOKEN_AUDIENCE),
    ((errors.LoginTokenRejected, errors.LoginTokenExpired), TOKEN_ACCEPTED),
    ((errors.LoginsMismatch, errors.IdentityForbidden, errors.IdentityNotFound), IDENTITY),
    (errors.ResourceConflictException, IDENTITY),
    (errors.BasicFlowDisabled, BASIC_FLOW),
    ((errors.InvalidIdentityPoolConfigurationException, errors.RoleDenied), ROLE),
)
# Amazon Cognito and AWS STS can both return these errors; only errors from AWS STS concern the
# role.
_STS_ERRORS = (errors.AccessDeniedException, errors.InvalidIdentityTokenException)
# Errors that a missing or wrong trust policy of the role may cause.
_TRUST_ERRORS = (errors.InvalidIdentityPoolConfigurationException, *_STS_ERRORS)
_REPLACE_STORED_IDENTITY = (
    "To replace the stored identity ID and credentials, run `cognito-credentials whoami` with the same "
    "options. The identity was deleted, or the emulator that created it was restarted."
)
# If one of these checks fails, it is unknown whether the preceding checks would have passed.
_INCONCLUSIVE_CHECKS = frozenset((IDENTITY, CREDENTIALS))


def list_access_checks(configuration: CheckedConfiguration) -> list[str]:
    """Return the names of the checks in the order in which Cognito performs them."""
    checks = [POOL] if "identity_pool_id" in configuration.settings.values else []
    checks += [GUEST_ACCESS] if configuration.is_guest else [TOKEN_AUDIENCE, TOKEN_ACCEPTED]
    checks += [IDENTITY]
    checks += [BASIC_FLOW] if configuration.uses_basic_flow else []
    return [*checks, ROLE, CREDENTIALS]


def check_access(
    report: Report,
    configuration: CheckedConfiguration,
    exchange: Exchange,
    logins: ResolvedLogins,
    *,
    is_stored: bool,
) -> str | None:
    """Get an identity ID and credentials, with the same calls as the other subcommands.

    Returns the identity ID, or None if a check failed.

    Args:
        report: Receives the results.
        configuration: The settings and the provider.
        exchange: The exchange to run.
        logins: The resolved login tokens.
        is_stored: Whether a new identity ID can be written to the store for later calls.
    """
    run = get_driver(configuration.provider).run
    context = CallContext(identity_pool_id=exchange.identity_source.identity_pool_id, logins=logins)
    checks = list_access_checks(configuration)
    results = _AccessResults(report, checks, context, is_stored=is_stored)
    try:
        identity = run(exchange.identity_source.identify(exchange.client, logins))
    except errors.CognitoCredentialsError as error:
        results.add_error(error, default=IDENTITY)
        return None
    context.identity_id = identity.id
    results.identity = identity
    try:
        grant = run(exchange.credential_source.fetch(exchange.client, identity.id, logins, context))
        run(exchange.identity_source.adopt(identity, grant.identity_id))
    except errors.CognitoCredentialsError as error:
        results.add_error(error, default=CREDENTIALS)
        return None
    results.add_credentials(
        f"fetched; they expire at {iso_timestamp(grant.expiration.timestamp())}"
    )
    granted: str = grant.identity_id
    return granted


class _AccessResults:
    """Derives the results of all checks from the outcome of the calls."""

    def __init__(
        self, report: Report, checks: list[str], context: CallContext, *, is_stored: bool
    ) -> None:
        self.is_stored = is_stored
        self.report = report
        self.checks = checks
        self.context = context
        self.identity: ResolvedIdentity | None = None

    def add_credentials(self, text: str) -> None:
        """Add the results if all calls succeeded; `text` describes the credentials."""
        for check in self.checks[:-1]:
            self._add_pass(check)
        self.report.add_pass(CREDENTIALS, text)

    def add_error(self, error: errors.CognitoCredentialsError, *, default: str) -> None:
        """Add the results if a call failed; `default` is the check that fails for other errors."""
        failed = self._find_check(error, default)
        confirmed = self._list_confirmed_checks(error)
        index_of = self.checks.index
        for check in self.checks[: index_of(failed)]:
            if check in confirmed or failed not in _INCONCLUSIVE_CHECKS:
                self._add_pass(check)
            elif self.identity is not None and index_of(check) < index_of(IDENTITY):
                self.report.add_skip(check, "the identity ID is known, so GetId was not called")
            else:
                self.report.add_skip(check, f"{failed} failed")
        if isinstance(error, errors.IdentityNotFound) and self.identity and self.identity.is_cached:
            error.hint = _REPLACE_STORED_IDENTITY
        needs_trust = failed == ROLE and isinstance(error, _TRUST_ERRORS)
        policy = trust_policy(self.context) if needs_trust else None
        self.report.add_error(failed, error, policy=policy)
        for check in self.checks[index_of(failed) + 1 :]:
            self.report.add_skip(check, f"{failed} failed")

    def _find_check(self, error: errors.CognitoCredentialsError, default: str) -> str:
        check = next((name for kind, name in _CHECKS_BY_ERROR if isinstance(error, kind)), None)
        if check is None and isinstance(error, errors.InvalidParameterException):
            # The parameter is either a login provider name or the requested role.
            check = TOKEN_AUDIENCE if self.identity is None else ROLE
        elif check is None and isinstance(error, _STS_ERRORS) and _is_from_sts(error):
            check = ROLE
        return check if check in self.checks else default

    def _list_confirmed_checks(self, error: errors.CognitoCredentialsError) -> list[str]:
        """Return the checks that were confirmed by calls before the failed call."""
        if _is_from_sts(error):
            return self.checks[: self.checks.index(ROLE)]
        if self.identity is None or self.identity.is_cached:
            return []
        return self.checks[: self.checks.index(IDENTITY) + 1]

    def _add_pass(self, check: str) -> None:
        pool_id = self.context.identity_pool_id
        names = ", ".join(self.context.logins.tokens) if self.context.logins else ""
        role = self.context.role_arn or "the role of the identity pool"
        texts = {
            POOL: f"{pool_id} exists in {endpoints.get_region(pool_id or '')}",
            GUEST_ACCESS: "the identity pool allows guests",
            TOKEN_AUDIENCE: f"the identity pool accepts {describe_providers(self.context)}",
            TOKEN_ACCEPTED: f"Amazon Cognito accepted the token for {names}",
            BASIC_FLOW: "the identity pool allows the basic flow",
            ROLE: f"{role} trusts the identity pool",
        }
        self.report.add_pass(check, texts.get(check) or self._describe_identity())

    def _describe_identity(self) -> str:
        identity = self.identity
        if identity is None:
            return "available"
        if identity.user is None:
            return f"{identity.id}, as configured"
        if identity.is_cached:
            return f"{identity.id}, from the store"
        if not (self.context.logins and self.context.logins.tokens):
            storage = "stored for the next call" if self.is_stored else "which cannot be stored"
            return f"{identity.id}, a new guest identity, {storage}"
        return f"{identity.id}, the identity of this user"


def _is_from_sts(error: errors.CognitoCredentialsError) -> bool:
    return getattr(error, "operation_name", "") == "AssumeRoleWithWebIdentity"
