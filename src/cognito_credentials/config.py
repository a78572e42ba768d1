"""`ClientConfig`, and where each of its values comes from when nobody gave one.

The order is that of the AWS SDKs: argument, environment variable, profile of the AWS config file,
default. Everything is read once, when a provider is built, and nothing at import.
"""

from __future__ import annotations

import os
import sys

from cognito_credentials._config import validators as check
from cognito_credentials._config.aws_files import load_profile
from cognito_credentials._core import endpoints
from cognito_credentials._version import __version__
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from typing import Any

    from cognito_credentials._config.aws_files import Profile
    from cognito_credentials.ports import AsyncTransport, Clock, Transport

__all__ = ["ClientConfig", "ResolvedConfig", "resolve"]


class ClientConfig:
    """Say how the services are reached; every setting has a default.

    Args:
        region: Only to be sure: the region is the one that the pool or identity id begins with,
            and another one is refused. `AWS_REGION` is for other services and is not read.
        profile: Profile of the AWS config file to take settings from (`AWS_PROFILE`,
            `AWS_DEFAULT_PROFILE`).
        endpoint_url: Address of Cognito Identity (`AWS_ENDPOINT_URL_COGNITO_IDENTITY`,
            `AWS_ENDPOINT_URL`; `services` and `endpoint_url` in the profile).
        sts_endpoint_url: Address of STS, which the basic flow calls (`AWS_ENDPOINT_URL_STS`, …).
        max_attempts: Attempts per call, the first one counted; 3 (`AWS_MAX_ATTEMPTS`).
        retry_mode: legacy, standard and adaptive are accepted, and all mean standard
            (`AWS_RETRY_MODE`).
        connect_timeout: Seconds for the connection to be there; 5.
        request_timeout: Seconds for the answer to begin after that, and for each wait for the rest
            of it; 10.
        proxies: Proxy URLs by the endpoint's scheme, `{"https": "http://user:pw@host:3128"}`; the
            key "no" lists hosts to reach directly; `{}` means none (`HTTPS_PROXY`, `HTTP_PROXY`,
            `NO_PROXY`, also in lower case).
        ca_bundle: PEM file, or folder, of the authorities to trust in place of the system's
            (`AWS_CA_BUNDLE`).
        client_cert: PEM file of a client certificate, or a pair (certificate, key).
        use_fips_endpoint: Use the FIPS endpoints (`AWS_USE_FIPS_ENDPOINT`).
        use_dualstack_endpoint: Use the dual-stack endpoints (`AWS_USE_DUALSTACK_ENDPOINT`).
        credentials: Taken because the JavaScript SDK's `clientConfig` has it. It never signs
            anything: every operation called here is public.
        user_agent_extra: Words to add to the User-Agent header.
        transport: A `Transport` (or `AsyncTransport`) to send with; the settings of connections
            above are then its own business.
        clock: A `Clock`.

    An argument is checked here, a value from elsewhere when the provider is built.

    Raises:
        ConfigurationError: A value is wrong; the message names the setting and its source.

    A config may serve any number of providers in any thread. Its repr shows no password.
    """

    __slots__ = (
        "ca_bundle",
        "client_cert",
        "clock",
        "connect_timeout",
        "credentials",
        "endpoint_url",
        "max_attempts",
        "profile",
        "proxies",
        "region",
        "request_timeout",
        "retry_mode",
        "sts_endpoint_url",
        "transport",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
        "user_agent_extra",
    )

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
        transport: Transport | AsyncTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        def checked(function: Callable[[object, str, str], Any], name: str, value: object) -> Any:
            return None if value is None else function(value, name, "argument")

        self.region: str | None = None if region is None else endpoints.check_region(region)
        self.profile: str | None = checked(check.text, "profile", profile)
        self.endpoint_url: str | None = checked(check.endpoint, "endpoint_url", endpoint_url)
        self.sts_endpoint_url: str | None = checked(
            check.endpoint, "sts_endpoint_url", sts_endpoint_url
        )
        self.max_attempts: int | None = checked(check.attempts, "max_attempts", max_attempts)
        self.retry_mode: str | None = checked(check.retry_mode, "retry_mode", retry_mode)
        self.connect_timeout: float | None = checked(
            check.seconds, "connect_timeout", connect_timeout
        )
        self.request_timeout: float | None = checked(
            check.seconds, "request_timeout", request_timeout
        )
        self.proxies: dict[str, str] | None = checked(check.proxies, "proxies", proxies)
        self.ca_bundle: str | None = checked(check.text, "ca_bundle", ca_bundle)
        self.client_cert: str | tuple[str, str] | None = checked(
            check.client_cert, "client_cert", client_cert
        )
        self.use_fips_endpoint: bool | None = checked(
            check.flag, "use_fips_endpoint", use_fips_endpoint
        )
        self.use_dualstack_endpoint: bool | None = checked(
            check.flag, "use_dualstack_endpoint", use_dualstack_endpoint
        )
        self.credentials = credentials
        self.user_agent_extra: str | None = checked(
            check.header_text, "user_agent_extra", user_agent_extra
        )
        self.transport = transport
        self.clock = clock

    @classmethod
    def of(cls, value: object) -> ClientConfig:
        """Return a config for what a caller gave as `client_config`.

        That is a `ClientConfig`, a mapping of its keywords, a `botocore.config.Config` (what both
        know is taken, the rest ignored), or None.

        Raises:
            ConfigurationError: It is none of these, or one of its settings is wrong.
        """
        if value is None:
            return cls()
        if isinstance(value, ClientConfig):
            return value
        from cognito_credentials._config import aliases

        if aliases.is_botocore_config(value):
            return cls(**aliases.from_botocore(value))
        keys = getattr(value, "keys", None)
        if keys is None:
            raise ConfigurationError(
                f"client_config is of type {type(value).__name__}.",
                hint="Give a ClientConfig, a dict of its settings, or a botocore Config.",
            )
        settings: dict[Any, Any] = {key: value[key] for key in keys()}  # type: ignore[index]
        for key in settings:
            if key not in cls.__slots__:
                raise aliases.unknown(key, cls.__slots__)
        return cls(**settings)

    def __repr__(self) -> str:
        shown: list[str] = []
        for name in self.__slots__:
            value: object = getattr(self, name)
            if value is None:
                continue
            if name == "proxies":
                value = {k: check.without_userinfo(url) for k, url in (self.proxies or {}).items()}
            shown.append(
                f"{name}=…"
                if name in {"credentials", "transport", "clock"}
                else f"{name}={value!r}"
            )
        return f"ClientConfig({', '.join(shown)})"


class ResolvedConfig:
    """Every setting of one provider, found and checked.

    `sources` says where each came from: "argument", "environment AWS_…", "profile NAME in FILE, line
    N", "default". Timeouts are in seconds; `proxies` is None where there are none.
    """

    __slots__ = (
        "ca_bundle",
        "client_cert",
        "clock",
        "cognito_url",
        "connect_timeout",
        "max_attempts",
        "proxies",
        "region",
        "request_timeout",
        "sources",
        "sts_url",
        "transport",
        "user_agent",
    )

    region: str
    cognito_url: str
    sts_url: str
    max_attempts: int
    connect_timeout: float
    request_timeout: float
    proxies: dict[str, str] | None
    ca_bundle: str | None
    client_cert: str | tuple[str, str] | None
    user_agent: str
    transport: Any  # what was given: the driver knows which of the two kinds it needs
    clock: Clock
    sources: dict[str, str]

    def __repr__(self) -> str:
        return f"ResolvedConfig({self.cognito_url}, sources={self.sources})"


def resolve(config: ClientConfig, *, region_of_id: str) -> ResolvedConfig:
    """Find every setting of a provider whose pool or identity lives in a region.

    Raises:
        ConfigurationError: A value is wrong or contradicts another; the message names the setting,
            where it came from, and what to do.
    """
    return _Resolution(config, region_of_id).resolved()


def configured_endpoint(
    config: ClientConfig, service: str, places: Container[str] = ("environment", "profile")
) -> str | None:
    """Return the address that `endpoint_url` gives to another service, as all SDKs name it.

    `places` are the kinds of places to read if the config itself has no endpoint.
    """
    if config.endpoint_url is not None:
        return config.endpoint_url
    value, source = _Resolution(config, "").configured_endpoint_of(service, places)
    return None if value is None else check.endpoint(value, "endpoint_url", source)


class _Resolution:
    """One walk through arguments, environment, profile and defaults."""

    __slots__ = ("config", "environment", "profile", "region", "sources")

    def __init__(self, config: ClientConfig, region: str) -> None:
        if config.region is not None and config.region != region:
            raise ConfigurationError(
                f"region is {config.region!r}, but the id says {region!r}.",
                hint="An identity pool answers in its own region only: leave region out, "
                "or give the id of a pool in that region.",
            )
        self.config = config
        self.environment = os.environ
        self.region = region
        self.sources = {"region": "id"}
        self.profile = self._profile()

    def resolved(self) -> ResolvedConfig:
        config = self.config
        found = ResolvedConfig()
        found.region = self.region
        self._pick("retry_mode", check.retry_mode, "standard")
        found.max_attempts = self._pick("max_attempts", check.attempts, 3)
        fips = self._pick("use_fips_endpoint", check.flag, default=False)
        dualstack = self._pick("use_dualstack_endpoint", check.flag, default=False)
        found.cognito_url = self._endpoint(
            "endpoint_url", "cognito_identity", fips=fips, dualstack=dualstack
        ) or endpoints.cognito_identity_url(self.region, fips=fips, dualstack=dualstack)
        found.sts_url = self._endpoint(
            "sts_endpoint_url", "sts", fips=fips, dualstack=dualstack
        ) or endpoints.sts_url(self.region, fips=fips, dualstack=dualstack)
        found.ca_bundle = self._pick("ca_bundle", check.text, None)
        found.proxies = self._proxies()
        found.connect_timeout = self._argument("connect_timeout", 5.0)
        found.request_timeout = self._argument("request_timeout", 10.0)
        found.client_cert = self._argument("client_cert", None)
        found.transport = config.transport
        found.clock = config.clock or SystemClock()
        found.user_agent = _user_agent(config.user_agent_extra)
        found.sources = self.sources
        return found

    def _profile(self) -> Profile:
        name, source = self._first("profile", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
        self.sources["profile"] = source
        return load_profile(self.environment, name or "default", source=source)

    def _first(self, setting: str, *variables: str) -> tuple[Any, str]:
        """Return the argument, or else the first of the variables, and its source."""
        value = getattr(self.config, setting)
        if value is not None:
            return value, "argument"
        for variable in variables:
            if value := self.environment.get(variable):
                return value, f"environment {variable}"
        return None, "default"

    def _pick(self, setting: str, function: Callable[[object, str, str], Any], default: Any) -> Any:
        """Return a setting whose variable and profile key bear its name."""
        value, source = self._first(setting, f"AWS_{setting.upper()}")
        if value is None and (value := self.profile.values.get(setting)):
            source = self.profile.place_of(setting)
        self.sources[setting] = source
        return default if not value else function(value, setting, source)

    def _argument(self, setting: str, default: Any) -> Any:
        """Return a setting that neither the environment nor a profile knows."""
        value, self.sources[setting] = self._first(setting)
        return default if value is None else value

    def _endpoint(self, setting: str, service: str, *, fips: bool, dualstack: bool) -> str | None:
        """Return a service's configured address, which excludes FIPS and dual stack."""
        value = getattr(self.config, setting)
        source = "argument"
        if value is None:
            value, source = self.configured_endpoint_of(service)
        self.sources[setting] = source
        if value is None:
            return None
        url = check.endpoint(value, setting, source)
        for wanted, name in ((fips, "FIPS"), (dualstack, "Dualstack")):
            if wanted:
                switch = f"use_{name.lower()}_endpoint"
                raise ConfigurationError(
                    f"Invalid Configuration: {name} and custom endpoint are not supported: "
                    f"{switch} ({self.sources[switch]}) and {setting} ({source}).",
                    hint="Give one of the two.",
                )
        return url

    def configured_endpoint_of(
        self, service: str, places: Container[str] = ("environment", "profile")
    ) -> tuple[str | None, str]:
        if self._ignores_configured_endpoints():
            return None, "default"
        if "environment" in places:
            for variable in (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"):
                if value := self.environment.get(variable):
                    return value, f"environment {variable}"
        if "profile" not in places:
            return None, "default"
        profile = self.profile
        if value := profile.services.get(service, {}).get("endpoint_url"):
            return value, profile.place_of_service(service, value)
        if value := profile.values.get("endpoint_url"):
            return value, profile.place_of("endpoint_url")
        return None, "default"

    def _ignores_configured_endpoints(self) -> bool:
        key, variable = "ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
        if value := self.environment.get(variable):
            return check.flag(value, key, f"environment {variable}")
        if value := self.profile.values.get(key):
            return check.flag(value, key, self.profile.place_of(key))
        return False

    def _proxies(self) -> dict[str, str] | None:
        given = self.config.proxies
        found = dict(given or {})
        used: list[str] = []
        for key in ("https", "http", "no") if given is None else ("no",):
            for variable in (f"{key}_proxy", f"{key.upper()}_PROXY"):
                # In a CGI program HTTP_PROXY is the client's `Proxy:` header.
                forged = variable == "HTTP_PROXY" and "REQUEST_METHOD" in self.environment
                value = self.environment.get(variable)
                if value and not forged and key not in found:
                    found[key] = value
                    used.append(variable)
        if "https" not in found and "http" not in found:
            used, found = [], {}
        environment = f"environment {', '.join(used)}" if used else "default"
        self.sources["proxies"] = environment if given is None else "argument"
        return found or None


def _user_agent(extra: str | None) -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    words = [f"cognito-credentials/{__version__}", f"python/{python}", sys.platform]
    if hasattr(os, "uname"):  # not on Windows
        words.append(f"md/{os.uname().machine}")
    return " ".join([*words, extra] if extra else words)
