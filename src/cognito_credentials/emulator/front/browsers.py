"""Protection against web pages, which can send requests to loopback through the user's browser.

The owner of a page can make the page's host name resolve to a loopback address (DNS rebinding). The
browser then treats the emulator as the page's own server, but the `Host` header still contains the
page's host name. A page can also send requests to another origin without reading the responses, and
can read the responses if the server allows it with CORS headers, as AWS does. The browser marks
such requests with `Origin` or `Sec-Fetch-Site`.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable
from http import HTTPStatus

from cognito_credentials._core.loopback import is_loopback
from cognito_credentials.emulator.messages import RawRequest, RawResponse

_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?", re.IGNORECASE | re.ASCII)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([^/]+)", re.IGNORECASE | re.ASCII)
# Only AWS controls the DNS records of these names, so no web page can use them for DNS rebinding.
# Clients that use the emulator as a proxy send these names.
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_CONTAINER_HOST = "host.docker.internal"
_MAX_SHOWN_LENGTH = 100
_MAX_CACHED_HOSTS = 64


def is_own_host(request: RawRequest, listening_host: str) -> bool:
    """Return True if a request names this machine in its `Host` header, or has no such header.

    An emulator that also listens on other interfaces, for example in a container, can also be
    reached at the addresses of the machine and under names without a dot.
    """
    return _has_host(request, listening_host, _is_own_authority)


def is_control_host(request: RawRequest, listening_host: str) -> bool:
    """Return True if the `Host` header of a request permits the request to control the emulator.

    AWS host names and bucket host names are rejected. An attacker who controls a name server can
    make an AWS host name resolve to a loopback address. The scripts in the objects of a bucket
    could otherwise read the console from the origin `bucket.localhost`.
    """
    return _has_host(request, listening_host, _is_control_authority)


def _has_host(request: RawRequest, own: str, is_accepted: Callable[[str, str], bool]) -> bool:
    hosts = request.headers.get_all("Host")
    if not hosts:
        return True
    return len(hosts) == 1 and is_accepted(hosts[0], own)


# The result is cached, because nearly all requests have the same `Host` header.
@functools.lru_cache(_MAX_CACHED_HOSTS)
def _is_own_authority(authority: str, listening_host: str) -> bool:
    name = _parse_name(authority)
    if name is None:
        return False
    own = listening_host.lower()
    if _is_loopback_name(name) or name.endswith((*_AWS_DOMAINS, f".{own}")):
        return True
    return _is_control_authority(authority, listening_host)


@functools.lru_cache(_MAX_CACHED_HOSTS)
def _is_control_authority(authority: str, listening_host: str) -> bool:
    name = _parse_name(authority)
    if name is None:
        return False
    own = listening_host.lower()
    if name == own or is_loopback(name):
        return True
    return not _is_loopback_name(own) and (
        _is_address(name) or "." not in name or name == _CONTAINER_HOST
    )


def reject_host(request: RawRequest) -> RawResponse:
    """Return the response to a request that does not name this machine."""
    text = (
        "the Host header must name this machine, for example 127.0.0.1 or localhost, not"
        f" {request.header('Host')[:_MAX_SHOWN_LENGTH]!r}"
    )
    return RawResponse(HTTPStatus.FORBIDDEN, [("Content-Type", "text/plain")], text.encode())


def is_read_by_page(request: RawRequest) -> bool:
    """Return True if a web page reads or embeds the response, and False if a tab shows it.

    Scripts in the objects of a bucket may have the same origin as the emulator, so `Origin` and
    `Sec-Fetch-Site` do not distinguish their requests from requests of the console.
    """
    return request.header("Sec-Fetch-Dest", "document") != "document"


def is_from_web_page(request: RawRequest) -> bool:
    """Return True if a web page from any other origin sent the request."""
    return "Origin" in request.headers or request.header("Sec-Fetch-Site") == "cross-site"


def is_from_remote_page(request: RawRequest) -> bool:
    """Return True if a web page from another machine sent the request.

    An unrecognized origin, such as `null`, is treated as the origin of another machine.
    """
    if request.header("Sec-Fetch-Site") == "cross-site" and "Origin" not in request.headers:
        return True
    return not all(map(_is_loopback_origin, request.headers.get_all("Origin")))


def _is_loopback_origin(origin: str) -> bool:
    match = _ORIGIN.fullmatch(origin)
    name = None if match is None else _parse_name(match[1])
    return name is not None and _is_loopback_name(name)


def _parse_name(authority: str) -> str | None:
    match = _AUTHORITY.fullmatch(authority.strip())
    return None if match is None else match[1].lower().strip("[]").removesuffix(".")


def _is_loopback_name(name: str) -> bool:
    # Browsers also resolve the subdomains of localhost to this machine.
    return is_loopback(name) or name.endswith(".localhost")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
