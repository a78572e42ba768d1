"""Related settings: a value is used only with the other values of its group.

A client ID belongs to an issuer; a client secret and a callback URL belong to an issuer and a
client ID; a login token belongs to an identity pool. Each place (options, profile, environment) may
contain values for a different application, so precedence alone could combine the client secret of
one application with the issuer of another.
"""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognito_credentials.cli.settings.resolution import Settings

__all__ = [
    "is_compatible",
    "is_profile_endpoint_usable",
    "names_other_pool",
    "reject_tokens_of_other_pool",
]


def is_compatible(
    name: str,
    place: str,
    candidates: Mapping[str, Mapping[str, Any]],
    values: Mapping[str, Any],
    places: Mapping[str, str],
) -> bool:
    """Return True if a setting's value at a place belongs to the values selected so far.

    Args:
        name: Name of the setting, one of `resolution.RELATED_SETTINGS`.
        place: The place of the value: "option", "environment" or "profile".
        candidates: The values at each place, by place and name.
        values: The values selected so far, by name.
        places: Where each value selected so far was found, keyed by setting name.
    """
    candidate = candidates[place]
    if name == "client_secret":
        # A secret in an option is always used, because the user passed it to this command. A secret
        # in a variable or a profile may be meant for another application.
        return place == "option" or all(
            _normalize(candidate, other) == _normalize(values, other)
            for other in ("issuer", "client_id")
        )
    if name in ("client_id", "redirect_port", "redirect_path"):
        others = ("issuer",) if name == "client_id" else ("issuer", "client_id")
        return place == "option" or all(
            _normalize(candidate, other) in ("", _normalize(values, other)) for other in others
        )
    # An exported variable must not add a login to a profile selected with --profile. An option that
    # replaces the pool must not silently turn a user into a guest, so `reject_tokens_of_other_pool`
    # reports the login.
    is_pool_in_profile = places.get("identity_pool_id") == "profile"
    return not (
        is_pool_in_profile and place == "environment" and names_other_pool(candidate, values)
    )


def names_other_pool(candidate: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Return True if the values at a place name an identity pool other than the selected pool."""
    pool, selected = candidate["identity_pool_id"], values.get("identity_pool_id")
    return bool(selected and pool and pool.strip() != selected.strip())


def reject_tokens_of_other_pool(settings: Settings) -> None:
    """Reject logins and endpoints that were configured for another identity pool.

    Raises:
        ConfigurationError: If the place that sets a login or the endpoint names another pool.
    """
    values, candidates = settings.values, settings.candidates
    for name in ("logins", "issuer", "client_id"):
        if name in values and names_other_pool(candidates[settings.places[name]], values):
            raise ConfigurationError(
                f"{settings.label(name)} belongs to a different identity pool than "
                f"{settings.label('identity_pool_id')}",
                hint="Select a profile that has both, or pass the login together with the pool: "
                "--login, or --issuer and --client-id.",
            )
    if not names_other_pool(candidates["profile"], values):
        return
    from cognito_credentials._config.resolution import configured_endpoint
    from cognito_credentials.cli.settings.names import client_config
    from cognito_credentials.config import ClientConfig

    config = ClientConfig(**client_config(settings.connection))
    if config.endpoint_url:
        return
    for service in ("cognito_identity", "sts"):
        # An endpoint in the environment takes precedence over the profile.
        url = configured_endpoint(config, service)
        if url is None or configured_endpoint(config, service, ("environment",)):
            continue
        raise ConfigurationError(
            f"the endpoint {url} in {settings.profile.source} belongs to a different identity pool than "
            f"{settings.label('identity_pool_id')}",
            hint="Pass the pool's endpoint with --endpoint-url, or select another profile.",
        )


def is_profile_endpoint_usable(
    candidate: Mapping[str, Any], values: Mapping[str, Any], *, is_named: bool
) -> bool:
    """Return True if the profile's endpoint may be used for the selected issuer.

    If the profile has no issuer, its endpoint is used only if --profile names the profile.

    Args:
        candidate: The values in the profile, by setting name.
        values: The selected values, by name.
        is_named: Whether --profile names the profile.
    """
    issuer = _normalize(candidate, "issuer")
    return issuer == _normalize(values, "issuer") if issuer else is_named


def _normalize(values: Mapping[str, Any], name: str) -> str:
    """Return the value in a form that can be compared, or "" if there is no value."""
    text = (values.get(name) or "").strip()
    if name != "issuer" or not text:
        return text
    from cognito_credentials._sign_in.issuers import normalize_issuer

    try:
        return normalize_issuer(text).rstrip("/")
    except ConfigurationError:  # The command that needs the issuer reports this error.
        return text
