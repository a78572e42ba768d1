"""Keys of OpenID Connect issuers, fetched from the issuers.

An issuer publishes its keys as OpenID Connect Discovery 1.0 describes. The size and the duration of
a response are limited, and redirects are not followed. As in AWS, issuers must use https. The only
exceptions are issuers on this machine, because developers have no certificates for them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from cognito_credentials._config.validators import endpoint
from cognito_credentials._core import logs
from cognito_credentials._core.loopback import is_loopback_url
from cognito_credentials.emulator.json_values import as_mapping, as_sequence, parse_object
from cognito_credentials.errors import CognitoCredentialsError
from cognito_credentials.ports import HttpRequest
from cognito_credentials.transports.direct import DirectTransport

_METADATA_PATH = "/.well-known/openid-configuration"
_CONNECT_TIMEOUT_SECONDS = 2.0
_REQUEST_TIMEOUT_SECONDS = 3.0
_MAX_AGE_SECONDS = 300.0
# Tokens with a wrong signature must not make the emulator send a request for each token.
_MIN_INTERVAL_SECONDS = 1.0


class KeysUnavailableError(Exception):
    """Error for an issuer whose keys are not available. The message contains no secrets."""


class _FetchResult(NamedTuple):
    finished_at: float
    key_set: Mapping[str, Any] | None


class IssuerKeys:
    """Fetches and caches the JWKS of issuers. Thread-safe; concurrent callers share a fetch.

    Args:
        request_timeout: The maximum duration of each of the two requests, in seconds.
        now: Function that returns the time of a clock that tests cannot advance, in seconds.
            Determines when keys are fetched again.
    """

    def __init__(
        self,
        *,
        request_timeout: float = _REQUEST_TIMEOUT_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = DirectTransport(
            connect_timeout=_CONNECT_TIMEOUT_SECONDS, request_timeout=request_timeout
        )
        self._now = now
        self._results: dict[str, _FetchResult] = {}
        self._locks: dict[str, threading.Lock] = {}

    def find(self, issuer: str, *, refresh: bool = False) -> Mapping[str, Any] | None:
        """Return the JWKS of an issuer; if it is unavailable, log a warning and return None.

        Args:
            issuer: The URL of the issuer.
            refresh: Whether to fetch the keys again, because the cached keys do not include the key
                of a token. The issuer may have replaced its keys.
        """
        with self._locks.setdefault(issuer, threading.Lock()):
            known = self._results.get(issuer)
            if known is not None and self._is_current(known, refresh=refresh):
                return known.key_set
            key_set = None
            try:
                key_set = self._fetch(issuer)
            except (CognitoCredentialsError, KeysUnavailableError) as error:
                logs.warning(
                    "Cannot fetch the keys of issuer %s: %s. Rejecting its tokens.", issuer, error
                )
            self._results[issuer] = _FetchResult(self._now(), key_set)
            return key_set

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _is_current(self, result: _FetchResult, *, refresh: bool) -> bool:
        age = self._now() - result.finished_at
        if age < _MIN_INTERVAL_SECONDS:
            return True
        return result.key_set is not None and not refresh and age < _MAX_AGE_SECONDS

    def _fetch(self, issuer: str) -> Mapping[str, Any]:
        is_local = is_local_url(issuer)
        issuer = issuer.rstrip("/")
        metadata = self._get_object(issuer + _METADATA_PATH, is_local=is_local)
        declared = metadata.get("issuer")
        if not isinstance(declared, str) or declared.rstrip("/") != issuer:
            raise KeysUnavailableError("the metadata must name the same issuer")
        jwks_uri = metadata.get("jwks_uri")
        if not isinstance(jwks_uri, str):
            raise KeysUnavailableError("the metadata must contain jwks_uri")
        key_set = self._get_object(jwks_uri, is_local=is_local)
        keys: Any = key_set.get("keys")
        if not isinstance(keys, list):
            raise KeysUnavailableError("the key set must contain a list of keys")
        return {"keys": [as_mapping(key) for key in as_sequence(keys) if as_mapping(key)]}

    def _get_object(self, url: str, *, is_local: bool) -> Mapping[str, Any]:
        """Request a JSON object.

        If `is_local` is true, the URL must name this machine, and may use http.
        """
        url = endpoint(url, "the URL of an issuer")
        if is_local_url(url) != is_local or not (is_local or url.startswith("https://")):
            # A remote issuer must not direct requests to programs on this machine.
            raise KeysUnavailableError(
                "its URLs must start with https://, or must all be on this machine"
            )
        headers = {"Accept": "application/json", "User-Agent": "cognito-credentials-emulator"}
        response = self._transport.send(HttpRequest("GET", url, headers, b""))
        document = parse_object(response.body) if response.status == HTTPStatus.OK else None
        if document is None:
            raise KeysUnavailableError(
                f"the response with status {response.status} is not a JSON object"
            )
        return document


def is_local_url(url: str) -> bool:
    """Return True if the host of an http or https URL is a loopback address."""
    return url.startswith(("http://", "https://")) and is_loopback_url(url)
