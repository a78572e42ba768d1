"""The checks of login tokens that do not require sending a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials._core.error_catalog.context_facts import quote_claim
from cognito_credentials._core.jwt_claims import get_expiry
from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_providers import is_id_token_provider
from cognito_credentials._core.login_resolution import ResolvedLogins, resolve_logins
from cognito_credentials.cli.terminal.output import format_duration
from cognito_credentials.errors import CognitoCredentialsError, LoginTokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_login_tokens"]

TOKEN, TYPE, ISSUER, EXPIRY = "login token", "token type", "token issuer", "token expiry"
# The reasons for which `check_logins` rejects a token, in the order of its checks.
_REASONS_BY_CHECK = {
    TYPE: frozenset(("not-a-jwt", "access-token-given")),
    ISSUER: frozenset(("issuer-mismatch",)),
    EXPIRY: frozenset(("login-token-expired",)),
}


def check_login_tokens(
    report: Report,
    run: Callable[[Any], Any],
    logins: Mapping[str, Any],
    *,
    service_now: float | None,
) -> ResolvedLogins | None:
    """Return the logins with their tokens, or None if a token is not available or is invalid.

    Args:
        report: Receives the results.
        run: Function that runs a flow.
        logins: The token suppliers, by login provider name.
        service_now: The service's current time in seconds since 1970; None if it is unknown.
    """
    tokens: dict[str, str] = {}
    for provider_name, supplier in logins.items():
        try:
            resolved = run(resolve_logins({provider_name: supplier}))
        except CognitoCredentialsError as error:
            report.add_error(TOKEN, error)
            for check in _REASONS_BY_CHECK:
                report.add_skip(check, f"there is no token for {provider_name}")
            continue
        report.add_pass(TOKEN, f"{provider_name}: the token is available")
        if _check_token(report, provider_name, resolved, service_now):
            tokens |= resolved.tokens
    if len(tokens) < len(logins):
        return None
    return ResolvedLogins(tokens, refreshable_names=frozenset(tokens))


def _check_token(
    report: Report, provider_name: str, resolved: ResolvedLogins, service_now: float | None
) -> bool:
    claims = resolved.get_claims(provider_name)
    problem: LoginTokenError | None = None
    try:
        check_logins(resolved, service_now=service_now)
    except LoginTokenError as error:
        problem = error
    failed = ""
    for check, reasons in _REASONS_BY_CHECK.items():
        if failed:
            report.add_skip(check, f"{failed} failed")
        elif problem is not None and problem.reason in reasons:
            report.add_error(check, problem)
            failed = check
        elif claims is None or not is_id_token_provider(provider_name):
            report.add_skip(check, f"the token for {provider_name} is not a readable ID token")
        else:
            _report_claim(report, check, provider_name, claims, service_now)
    return problem is None


def _report_claim(
    report: Report,
    check: str,
    provider_name: str,
    claims: Mapping[str, Any],
    service_now: float | None,
) -> None:
    if check == TYPE:
        audience = quote_claim(claims.get("aud"))
        report.add_pass(check, f"{provider_name}: an ID token for client ID (aud) {audience}")
    elif check == ISSUER:
        issuer = quote_claim(claims.get("iss"))
        report.add_pass(
            check, f"{provider_name}: issued by {issuer}, as the login provider name requires"
        )
    elif (expiry := get_expiry(claims)) is None:
        report.add_skip(check, "the token has no expiry")
    elif service_now is None:
        report.add_skip(check, "the time of Amazon Cognito is unknown")
    else:
        remaining = format_duration(max(1.0, expiry - service_now))
        report.add_pass(check, f"{provider_name}: expires in {remaining}")
