"""Where issuers differ from the OpenID Connect standard.

- Google returns a refresh token only for `access_type=offline`, and a second one only with
  `prompt=consent` (developers.google.com/identity/protocols/oauth2/web-server). Google does not support
  `offline_access`. Its desktop applications have a secret, which is not sent to the endpoints for device
  codes and for revocation (…/oauth2/limited-input-device, …/oauth2/native-app).
- Auth0, Okta, Entra and Keycloak return a refresh token for the scope `offline_access`. An issuer may
  ignore that scope without `prompt=consent` (OpenID Connect Core 11), as panva's oidc-provider does. Entra
  must not receive `prompt=consent`: if an administrator has consented for all users, and users may not
  consent, Entra asks for the approval of the administrator (learn.microsoft.com/entra, "Unexpected consent
  prompt").
- Keycloak also returns a refresh token without that scope; it expires with the session of the browser.
- A user pool always returns a refresh token. It rejects scopes that the app client does not have, and
  does not support `offline_access` (docs.aws.amazon.com/cognito, "Refresh tokens").
- For redirects to this machine, user pools and Entra only accept `http://localhost` (API reference of
  CreateUserPoolClient, CallbackURLs; learn.microsoft.com/entra, "reply-url"). RFC 8252 section 8.3 prefers
  127.0.0.1, which the other issuers accept.
"""

from __future__ import annotations

from cognito_credentials._core.login_providers import GOOGLE, is_user_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "authorization_parameters",
    "default_scope",
    "is_secret_limited_to_token_endpoint",
    "redirect_host",
]

# Entra ID, its sovereign clouds, and Entra External ID.
ENTRA_PREFIXES = ("login.microsoftonline.", "sts.windows.net/", "login.partner.microsoftonline.")


def default_scope(provider_name: str, metadata: Mapping[str, Any]) -> str:
    """Return the scope that requests an ID token and, if possible, a refresh token."""
    supported = metadata.get("scopes_supported") or ()
    if is_user_pool(provider_name):
        return "openid"
    scopes = ["openid"]
    if not supported or "email" in supported:
        scopes.append("email")
    if "offline_access" in supported:
        scopes.append("offline_access")
    return " ".join(scopes)


def authorization_parameters(provider_name: str, scope: str) -> dict[str, str]:
    """Return the additional parameters of the authorization request."""
    if provider_name == GOOGLE:
        return {"access_type": "offline", "prompt": "consent"}
    needs_consent = "offline_access" in scope.split() and not _is_entra(provider_name)
    return {"prompt": "consent"} if needs_consent else {}


def redirect_host(provider_name: str) -> str:
    """Return the loopback host name that the issuer accepts in a redirect URI."""
    requires_localhost = is_user_pool(provider_name) or _is_entra(provider_name)
    return "localhost" if requires_localhost else "127.0.0.1"


def is_secret_limited_to_token_endpoint(provider_name: str) -> bool:
    """Return True if only the token endpoint of the issuer expects the client secret."""
    return provider_name == GOOGLE


def _is_entra(provider_name: str) -> bool:
    return provider_name.startswith(ENTRA_PREFIXES) or ".ciamlogin.com/" in provider_name
