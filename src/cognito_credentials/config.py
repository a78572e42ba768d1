"""`ClientConfig`: settings for the connection to Amazon Cognito and AWS STS.

As in the AWS SDKs, the order of precedence is: argument, environment variable, profile in the AWS
config file, default. A provider reads the sources when it is created; nothing is read at import.
"""

from __future__ import annotations

from collections.abc import Mapping

from cognito_credentials import _typing as t
from cognito_credentials._config import validators
from cognito_credentials._config.resolution import ResolvedConfig, resolve
from cognito_credentials._config.settings import CLIENT_SETTINGS
from cognito_credentials._validation import check_argument_names
from cognito_credentials.errors import ConfigurationError

__all__ = ["ClientConfig", "ResolvedConfig", "resolve"]

HIDDEN = frozenset(("credentials", "transport", "clock"))


class ClientConfig:
    """Settings for the connection to the services. Every setting has a default.

    Arguments are validated immediately; the other sources are read and validated when a provider is
    created. Any number of providers and threads can share a config. The repr does not contain
    passwords.

    Args:
        region: Expected region, which must match the region in the identity pool ID or identity ID.
            Requests are always sent to the region in the ID. `AWS_REGION` and the `region` of a
            profile are not read, because they apply to other services.
        profile: Profile of the AWS config file from which settings are read (`AWS_PROFILE`,
            `AWS_DEFAULT_PROFILE`).
        endpoint_url: Endpoint of Amazon Cognito Identity (`AWS_ENDPOINT_URL_COGNITO_IDENTITY`,
            `AWS_ENDPOINT_URL`; `services` and `endpoint_url` in the profile).
        sts_endpoint_url: Endpoint of AWS STS, which the basic flow calls (`AWS_ENDPOINT_URL_STS`,
            `AWS_ENDPOINT_URL`; `services` and `endpoint_url` in the profile).
        max_attempts: Maximum number of attempts for each call, including the first
            (`AWS_MAX_ATTEMPTS`, `max_attempts`). The default depends on `retry_mode`.
        retry_mode: Retry mode of the AWS SDKs (`AWS_RETRY_MODE`, `retry_mode`): `"standard"`, the
            default, makes up to 3 attempts unless `max_attempts` is set, and limits the retries of
            a provider with a token bucket. Delays grow exponentially up to 20 s, starting at 50 ms,
            or at 1 s if the service throttles the call. `"legacy"` makes up to 5 attempts, without
            a token bucket, and all delays start at 1 s. `"adaptive"` works like `"standard"`, and
            also limits the rate of calls after the service has throttled a call.
        connect_timeout: Time limit in seconds for opening a connection, 5 by default and at most
            300. The limit includes the host name lookup, connection attempts to all addresses of
            the host, and the tunnel through a proxy.
        request_timeout: Time limit in seconds for the TLS handshake, the request and the whole
            response, 10 by default and at most 300.
        proxies: Proxy URLs by the scheme of the endpoint, for example `{"https":
            "http://user:password@host:3128"}`. The key "no" contains hosts to connect to directly,
            and `{}` disables proxies. Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in upper
            or lower case. `NO_PROXY` also applies to proxies passed here.
        ca_bundle: Path of a PEM file, or of a directory, with the CA certificates to trust instead
            of the system's (`AWS_CA_BUNDLE`, `ca_bundle`).
        client_cert: Path of a PEM file with a client certificate, or a pair of paths (certificate,
            key).
        use_fips_endpoint: Whether to use FIPS endpoints (`AWS_USE_FIPS_ENDPOINT`,
            `use_fips_endpoint`).
        use_dualstack_endpoint: Whether to use dual-stack endpoints (`AWS_USE_DUALSTACK_ENDPOINT`,
            `use_dualstack_endpoint`).
        credentials: AWS credentials with which a `DeveloperIdentity` signs requests if it was
            created without credentials; see `DeveloperIdentity` for the accepted types. All other
            requests are public and are never signed. If None, botocore's default credentials are
            loaded when they are needed.
        user_agent_extra: Text to append to the User-Agent header.
        transport: A `ports.Transport` or `ports.AsyncTransport` to send requests with. The settings
            for timeouts, proxies and certificates do not apply to this transport.
        clock: A `ports.Clock` to use instead of the system clock.

    Raises:
        ConfigurationError: If an argument is invalid. The message names the argument.
    """

    __slots__ = tuple(CLIENT_SETTINGS)

    region: str | None
    profile: str | None
    endpoint_url: str | None
    sts_endpoint_url: str | None
    max_attempts: int | None
    retry_mode: str | None
    connect_timeout: float | None
    request_timeout: float | None
    proxies: dict[str, str] | None
    ca_bundle: str | None
    client_cert: str | tuple[str, str] | None
    use_fips_endpoint: bool | None
    use_dualstack_endpoint: bool | None
    credentials: object
    user_agent_extra: str | None
    transport: t.Transport | t.AsyncTransport | None
    clock: t.Clock | None

    @check_argument_names
    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        sts_endpoint_url: str | None = None,
        max_attempts: int | None = None,
        retry_mode: str | None = None,
        connect_timeout: float | None = None,
        request_timeout: float | None = None,
        proxies: Mapping[str, str | None] | None = None,
        ca_bundle: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        use_fips_endpoint: bool | None = None,
        use_dualstack_endpoint: bool | None = None,
        credentials: object = None,
        user_agent_extra: str | None = None,
        transport: t.Transport | t.AsyncTransport | None = None,
        clock: t.Clock | None = None,
    ) -> None:
        arguments = {
            "region": region,
            "profile": profile,
            "endpoint_url": endpoint_url,
            "sts_endpoint_url": sts_endpoint_url,
            "max_attempts": max_attempts,
            "retry_mode": retry_mode,
            "connect_timeout": connect_timeout,
            "request_timeout": request_timeout,
            "proxies": proxies,
            "ca_bundle": ca_bundle,
            "client_cert": client_cert,
            "use_fips_endpoint": use_fips_endpoint,
            "use_dualstack_endpoint": use_dualstack_endpoint,
            "credentials": credentials,
            "user_agent_extra": user_agent_extra,
            "transport": transport,
            "clock": clock,
        }
        for name, value in arguments.items():
            checked = None if value is None else CLIENT_SETTINGS[name].check(value, "argument")
            setattr(self, name, checked)

    @classmethod
    def of(cls, value: object) -> ClientConfig:
        """Return a config for the argument `client_config` of a provider.

        Args:
            value: A `ClientConfig`, a mapping of its parameters, a `botocore.config.Config`
                (options without an equivalent in `ClientConfig` are ignored), or None.

        Raises:
            ConfigurationError: If the value has another type, or one of its settings is invalid.
        """
        if value is None:
            return cls()
        if isinstance(value, ClientConfig):
            return value
        if any(base.__module__ == "botocore.config" for base in type(value).__mro__):
            from cognito_credentials._config.aliases import from_botocore

            return cls(**from_botocore(value))
        if not hasattr(value, "keys"):
            raise ConfigurationError(
                "client_config must be a ClientConfig, a mapping of its settings or a botocore "
                f"Config, not {type(value).__name__}",
                hint='Pass client_config=ClientConfig(...), or a dict such as {"max_attempts": 5}.',
            )
        # For type checkers, `value` is an `object`; `__init__` validates the items of the mapping.
        mapping: t.Any = value
        settings: dict[t.Any, t.Any] = {key: mapping[key] for key in mapping.keys()}  # noqa: SIM118
        for key in settings:
            if key not in CLIENT_SETTINGS:
                from cognito_credentials._config.aliases import unknown_setting

                raise unknown_setting(key, CLIENT_SETTINGS)
        return cls(**settings)

    def __repr__(self) -> str:
        shown: list[str] = []
        for name in CLIENT_SETTINGS:
            value: object = getattr(self, name)
            if value is None:
                continue
            if name == "proxies":
                proxies = self.proxies or {}
                value = {key: validators.without_userinfo(url) for key, url in proxies.items()}
            shown.append(f"{name}=…" if name in HIDDEN else f"{name}={value!r}")
        return f"ClientConfig({', '.join(shown)})"
