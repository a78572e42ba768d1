"""The way to a service: proxy, DNS, connection, TLS; then its first answer, and its clock."""

from __future__ import annotations

import socket

from cognito_credentials._config.validators import without_userinfo
from cognito_credentials._core import wire_cognito
from cognito_credentials._core.call_context import CallContext
from cognito_credentials.errors import CognitoCredentialsError, ServiceError
from cognito_credentials.transports import _errors
from cognito_credentials.transports._proxies import (
    describe_destination,
    select_proxy,
    split_credentials,
)
from cognito_credentials.transports._tls import TlsSettings
from cognito_credentials.transports._urls import split_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.service_client import ServiceClient
    from cognito_credentials.cli.checks.report import Report
    from cognito_credentials.config import ResolvedConfig

__all__ = ["check_answer", "check_clock", "check_way"]

# What signatures of AWS requests, and tokens of OpenID Connect, forgive.
LARGEST_SKEW = 300.0


def check_way(report: Report, url: str, config: ResolvedConfig, *, prefix: str = "") -> bool:
    """Tell whether a connection to a service can be had, up to TLS."""
    proxy = select_proxy(url, config.proxies)
    _, host, port, _ = split_url(url if proxy is None else split_credentials(proxy)[0])
    place = describe_destination(url, proxy)
    if config.proxies:
        shown = without_userinfo(proxy) if proxy else "none for this host"
        report.passed(f"{prefix}proxy", f"{shown}  ({config.sources['proxies']})")
    else:
        report.passed(f"{prefix}proxy", "none is configured")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        report.refused(f"{prefix}DNS", _errors.connection_error(place, error))
        for check in ("connection", "TLS"):
            report.not_checked(f"{prefix}{check}", f"{prefix}DNS failed")
        return False
    addresses = sorted({str(address[0]) for *_, address in found})
    report.passed(f"{prefix}DNS", f"{host} has {', '.join(addresses[:4])}")
    try:
        connection = socket.create_connection((host, port), config.connect_timeout)
    except TimeoutError:
        late = _errors.connect_timeout_error(place, config.connect_timeout)
        return _no_connection(report, prefix, late)
    except OSError as error:
        return _no_connection(report, prefix, _errors.connection_error(place, error))
    with connection:
        what = "the proxy" if proxy else host
        report.passed(f"{prefix}connection", f"{what} answers on port {port}")
        if not url.startswith("https:"):
            report.not_checked(f"{prefix}TLS", "the endpoint is http")
            return True
        if proxy is not None:
            report.not_checked(f"{prefix}TLS", "the proxy stands between; the answer says it")
            return True
        return _check_tls(report, connection, host, place, config, prefix)


def _no_connection(report: Report, prefix: str, error: CognitoCredentialsError) -> bool:
    report.refused(f"{prefix}connection", error)
    report.not_checked(f"{prefix}TLS", f"{prefix}connection failed")
    return False


def _check_tls(
    report: Report,
    connection: socket.socket,
    host: str,
    place: str,
    config: ResolvedConfig,
    prefix: str,
) -> bool:
    try:
        context = TlsSettings.from_config(config).ssl_context()
        with context.wrap_socket(connection, server_hostname=host) as secured:
            version = secured.version()
    except TimeoutError:
        report.refused(f"{prefix}TLS", _errors.connect_timeout_error(place, config.connect_timeout))
    except OSError as error:
        report.refused(f"{prefix}TLS", _errors.connection_error(place, error))
    except CognitoCredentialsError as error:
        report.refused(f"{prefix}TLS", error)
    else:
        report.passed(f"{prefix}TLS", f"{version}, and the certificate is trusted")
        return True
    return False


def check_answer(
    report: Report, run: Callable[[Any], Any], caller: ServiceClient, config: ResolvedConfig
) -> bool:
    """Tell whether Cognito Identity itself answers; the caller knows its clock from then on.

    It is asked for the identity of no pool, which it refuses before anything else. So nothing is
    made, and no token is sent.
    """
    asked = caller.call(wire_cognito, config.cognito_url, "GetId", {}, CallContext())
    try:
        run(asked)
    except ServiceError as error:
        if not error.code.isdecimal():
            report.passed("answer", "Amazon Cognito Identity answers")
            return True
        report.refused("answer", error)
    except CognitoCredentialsError as error:
        report.refused("answer", error)
    else:
        report.failed(
            "answer",
            f"{config.cognito_url} answers, but not as Amazon Cognito Identity does",
            "Check endpoint_url and any proxy.",
        )
    return False


def check_clock(report: Report, skew: float | None) -> None:
    """Compare this machine's clock with the service's; `skew` is theirs less ours, in seconds."""
    if skew is None:
        report.not_checked("clock", "the response had no usable date")
        return
    wrong = f"this machine's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'}"
    if abs(skew) >= LARGEST_SKEW:
        report.failed(
            "clock",
            f"{wrong} the service's: credentials still come, but AWS refuses requests that are "
            "signed so far from its time",
            "Set the clock: timedatectl set-ntp true, or w32tm /resync on Windows.",
        )
    elif skew:
        report.passed("clock", f"{wrong} the service's, which is allowed for")
    else:
        report.passed("clock", "as the service's")
