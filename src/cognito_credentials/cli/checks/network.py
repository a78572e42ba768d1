"""Checks of the connection to a service, of its response and of its clock."""

from __future__ import annotations

import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

from cognito_credentials._config.validators import without_userinfo
from cognito_credentials._core import wire_cognito
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY
from cognito_credentials._core.loopback import is_loopback_url
from cognito_credentials.errors import CognitoCredentialsError, MalformedResponseError, ServiceError
from cognito_credentials.transports import _errors
from cognito_credentials.transports._addresses import connect, look_up
from cognito_credentials.transports._proxies import (
    describe_destination,
    select_proxy,
    split_credentials,
)
from cognito_credentials.transports._sockets import HttpExchange
from cognito_credentials.transports._tls import TlsSettings
from cognito_credentials.transports._urls import split_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.service_client import ServiceClient
    from cognito_credentials.cli.checks.report import Report
    from cognito_credentials.config import ResolvedConfig

__all__ = ["check_clock", "check_connection", "check_response"]

RESPONSE, CLOCK = "response", "clock"
# If the clocks differ by more than this, AWS rejects requests that are signed with the time of this
# machine.
MAX_CLOCK_SKEW_SECONDS = 300.0
SYNCHRONIZE_CLOCK = (
    "Synchronize the clock: run timedatectl set-ntp true, or w32tm /resync on Windows."
)
RESET_EMULATOR_CLOCK = (
    "Restart the emulator at the endpoint; its clock was probably advanced. If the endpoint is not "
    "an emulator on this machine, synchronize the clock of this machine."
)


def check_connection(report: Report, url: str, config: ResolvedConfig, *, prefix: str = "") -> bool:
    """Open a connection, with a TLS handshake unless a proxy is used; return True on success.

    Args:
        report: Receives the results.
        url: The service's endpoint URL.
        config: The resolved settings.
        prefix: Prefix for the names of the checks.
    """
    proxy = select_proxy(url, config.proxies)
    _, host, port, _ = split_url(url if proxy is None else split_credentials(proxy)[0])
    place = describe_destination(url, proxy)
    if config.proxies:
        shown = without_userinfo(proxy) if proxy else "not used for this host"
        report.add_pass(f"{prefix}proxy", f"{shown}  ({config.sources['proxies']})")
    else:
        report.add_pass(f"{prefix}proxy", "not configured")
    exchange = HttpExchange(config.connect_timeout, config.request_timeout)
    exchange.start_connecting()
    try:
        found = look_up(host, port).wait(exchange.remaining())
    except OSError as error:
        report.add_error(f"{prefix}DNS", _errors.exchange_error(place, error, exchange))
        for check in ("connection", "TLS"):
            report.add_skip(f"{prefix}{check}", f"{prefix}DNS failed")
        return False
    addresses = sorted({str(address[0]) for *_, address in found})
    report.add_pass(f"{prefix}DNS", f"{host} resolves to {', '.join(addresses[:4])}")
    try:
        connection = connect(found, exchange)
    except OSError as error:
        return _report_no_connection(report, prefix, _errors.exchange_error(place, error, exchange))
    exchange.start_request()
    with connection, exchange:
        target = "the proxy" if proxy else host
        report.add_pass(f"{prefix}connection", f"connected to {target} on port {port}")
        if not url.startswith("https:"):
            report.add_skip(f"{prefix}TLS", "the endpoint uses http")
            return True
        if proxy is not None:
            report.add_skip(
                f"{prefix}TLS", "the connection uses a proxy; the response shows whether TLS works"
            )
            return True
        return _check_tls(report, connection, host, place, config, prefix, exchange)


def _report_no_connection(report: Report, prefix: str, error: CognitoCredentialsError) -> bool:
    report.add_error(f"{prefix}connection", error)
    report.add_skip(f"{prefix}TLS", f"{prefix}connection failed")
    return False


def _check_tls(
    report: Report,
    connection: socket.socket,
    host: str,
    place: str,
    config: ResolvedConfig,
    prefix: str,
    exchange: HttpExchange,
) -> bool:
    try:
        context = TlsSettings.from_config(config).ssl_context()
        with context.wrap_socket(connection, server_hostname=host) as secured:
            version = secured.version()
    except OSError as error:
        report.add_error(f"{prefix}TLS", _errors.exchange_error(place, error, exchange))
    except CognitoCredentialsError as error:
        report.add_error(f"{prefix}TLS", error)
    else:
        report.add_pass(f"{prefix}TLS", f"{version}, and the certificate is trusted")
        return True
    return False


def check_response(
    report: Report, run: Callable[[Any], Any], client: ServiceClient, config: ResolvedConfig
) -> bool:
    """Return True if Amazon Cognito or an emulator responds.

    The client calculates the clock skew from the date in the response. The request is a GetId call
    without an identity pool, which Cognito always rejects. The request creates no identity and
    contains no token. moto responds with status 500 and no error code; this is not reported as a
    failure, because the later checks show whether the endpoint works.
    """
    call = client.call(wire_cognito, config.cognito_url, "GetId", {}, CallContext())
    try:
        run(call)
    except ServiceError as error:
        if not error.code.isdecimal():
            report.add_pass(RESPONSE, "Amazon Cognito responded")
            return True
        if error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR:
            report.add_skip(
                RESPONSE,
                "the endpoint responded with status 500 and no error code; moto does this if a "
                "request names no identity pool",
            )
            return True
        report.add_error(RESPONSE, error)
    except CognitoCredentialsError as error:
        report.add_error(RESPONSE, error)
    else:
        report.add_error(
            RESPONSE,
            MalformedResponseError(
                f"the response from {config.cognito_url} did not come from Amazon Cognito",
                hint=CHECK_PROXY,
            ),
        )
    return False


def check_clock(report: Report, skew: float | None, url: str) -> None:
    """Compare this machine's clock with Amazon Cognito's clock.

    Args:
        report: Receives the result.
        skew: Amazon Cognito's time minus this machine's time, in seconds; None if it is unknown.
        url: The endpoint URL of Amazon Cognito.
    """
    if skew is None:
        report.add_skip(CLOCK, "the response has no usable date")
        return
    difference = f"{abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} Amazon Cognito"
    if abs(skew) >= MAX_CLOCK_SKEW_SECONDS:
        report.add_failure(
            CLOCK,
            f"{difference}; credentials can be fetched, but AWS rejects requests that are signed "
            "with this clock",
            RESET_EMULATOR_CLOCK if is_loopback_url(url) else SYNCHRONIZE_CLOCK,
        )
    elif skew:
        report.add_pass(CLOCK, f"{difference}; the difference is corrected")
    else:
        report.add_pass(CLOCK, "in sync with Amazon Cognito")
