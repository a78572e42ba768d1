"""Differences between issuers, and deviations from the OpenID Connect standard.

- Google issues the first refresh token only if the request has `access_type=offline`, and further
  refresh tokens only if the request also has `prompt=consent`
  (developers.google.com/identity/protocols/oauth2/web-server). Google does not support the scope
  `offline_access`. The client secret of a desktop application is not sent to the endpoints for
  device codes and for revocation (…/oauth2/limited-input-device, …/oauth2/native-app).
- Auth0, Okta, Entra and Keycloak issue a refresh token for the scope `offline_access`. An issuer may ignore
  that scope if the request does not have `prompt=consent` (OpenID Connect Core 11), as panva's
  oidc-provider does. Requests to Entra must not have `prompt=consent`, because users who may not
  consent themselves would then need the approval of an administrator, even if an administrator has
  already consented for all users (learn.microsoft.com/entra, "Unexpected consent prompt").
- Without that scope, Keycloak issues a refresh token that expires with the session of the browser.
- User pools always issue a refresh token. User pools reject scopes that the app client may not use, and do
  not support `offline_access` (docs.aws.amazon.com/cognito, "Refresh tokens").
- As loopback redirect URIs, user pools and Entra only accept `http://localhost` (API reference of
  CreateUserPoolClient, CallbackURLs; learn.microsoft.com/entra, "reply-url"). The other issuers accept
  127.0.0.1, which RFC 8252 section 8.3 recommends.
- Google accepts any loopback URL for a desktop application, and Entra any port. The other issuers compare the
  callback URL with the registered ones to the letter, including the port.
"""

from __future__ import annotations

from cognito_credentials._core.login_providers import GOOGLE, is_user_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "accepts_any_port",
    "authorization_parameters",
    "callback_url_to_register",
    "default_scope",
    "is_secret_limited_to_token_endpoint",
    "redirect_host",
]

# Microsoft Entra ID, also in its national clouds. Entra External ID has its own domain, ciamlogin.com.
ENTRA_PREFIXES = ("login.microsoftonline.", "sts.windows.net/", "login.partner.microsoftonline.")


def default_scope(provider_name: str, metadata: Mapping[str, Any]) -> str:
    """Return the scope for an ID token and, if the issuer supports it, for a refresh token.

    Args:
        provider_name: Login provider name of the issuer.
        metadata: Metadata of the issuer.
    """
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
    """Return the additional parameters that an authorization request with this scope needs."""
    if provider_name == GOOGLE:
        return {"access_type": "offline", "prompt": "consent"}
    needs_consent = "offline_access" in scope.split() and not _is_entra(provider_name)
    return {"prompt": "consent"} if needs_consent else {}


def redirect_host(provider_name: str) -> str:
    """Return the loopback host name that the issuer accepts in a redirect URI."""
    requires_localhost = is_user_pool(provider_name) or _is_entra(provider_name)
    return "localhost" if requires_localhost else "127.0.0.1"


def callback_url_to_register(provider_name: str, url: str) -> str:
    """Return the form in which a callback URL must be registered with the issuer; "" if not at all."""
    if provider_name == GOOGLE:
        return ""
    if accepts_any_port(provider_name):
        host_and_port, _, path = url.removeprefix("http://").partition("/")
        return f"http://{host_and_port.partition(':')[0]}/{path}"
    return url


def accepts_any_port(provider_name: str) -> bool:
    """Return True if the issuer ignores the port of a callback URL."""
    return provider_name == GOOGLE or _is_entra(provider_name)


def is_secret_limited_to_token_endpoint(provider_name: str) -> bool:
    """Return True if only the token endpoint of the issuer expects the client secret."""
    return provider_name == GOOGLE


def _is_entra(provider_name: str) -> bool:
    return provider_name.startswith(ENTRA_PREFIXES) or ".ciamlogin.com/" in provider_name
