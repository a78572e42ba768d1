"""Resolution of a `ClientConfig`: the value and the source of each setting.

The precedence is the same as in the AWS SDKs: argument, environment variable, profile in the AWS
config file, default.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._config.aws_files import load_profile
from cognito_credentials._config.settings import (
    CLIENT_SETTINGS,
    IGNORE_ENDPOINTS,
    endpoint_setting,
)
from cognito_credentials._core import endpoints
from cognito_credentials._core.retries import DEFAULT_MAX_ATTEMPTS
from cognito_credentials._version import __version__
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._config.aws_files import Profile
    from cognito_credentials._config.settings import Setting

__all__ = ["ResolvedConfig", "configured_endpoint", "resolve"]

ALL_PLACES = ("environment", "profile")


class ResolvedConfig:
    """The validated settings of one provider.

    Attributes:
        region: Region of the identity pool.
        cognito_url: Endpoint of Amazon Cognito Identity.
        sts_url: Endpoint of AWS STS.
        max_attempts: Maximum number of attempts for each call, including the first.
        retry_mode: "legacy", "standard" or "adaptive".
        connect_timeout: Seconds.
        request_timeout: Seconds.
        proxies: Proxy URLs by scheme; the key "no" contains the hosts to connect to directly. None
            if no proxy is configured.
        ca_bundle: Path of a file or directory with trusted CA certificates, or None.
        client_cert: Path of a client certificate, or a pair of paths, or None.
        user_agent: Value of the User-Agent header.
        transport: The sync or async transport that the caller passed, or None.
        credentials: The AWS credentials that the caller passed, or None. If a `DeveloperIdentity`
            needs the default credentials of this process, it replaces None with an object that
            loads them.
        profile: The profile that the caller passed, or None.
        clock: Source of the current time.
        sources: Source of each setting: `"argument"`, `"environment variable AWS_…"`,
            `"profile NAME in FILE, line N"`, `"default"`, or `"id"` for the region.
    """

    __module__ = "cognito_credentials.config"

    __slots__ = (
        "ca_bundle",
        "client_cert",
        "clock",
        "cognito_url",
        "connect_timeout",
        "credentials",
        "max_attempts",
        "profile",
        "proxies",
        "region",
        "request_timeout",
        "retry_mode",
        "sources",
        "sts_url",
        "transport",
        "user_agent",
    )

    def __init__(
        self,
        *,
        region: str,
        cognito_url: str,
        sts_url: str,
        max_attempts: int,
        retry_mode: str,
        connect_timeout: float,
        request_timeout: float,
        proxies: dict[str, str] | None,
        ca_bundle: str | None,
        client_cert: str | tuple[str, str] | None,
        user_agent: str,
        credentials: t.Any,
        profile: str | None,
        transport: t.Any,
        clock: t.Clock,
        sources: dict[str, str],
    ) -> None:
        self.region: str = region
        self.cognito_url: str = cognito_url
        self.sts_url: str = sts_url
        self.max_attempts: int = max_attempts
        self.retry_mode: str = retry_mode
        self.connect_timeout: float = connect_timeout
        self.request_timeout: float = request_timeout
        self.proxies: dict[str, str] | None = proxies
        self.ca_bundle: str | None = ca_bundle
        self.client_cert: str | tuple[str, str] | None = client_cert
        self.user_agent: str = user_agent
        self.credentials: t.Any = credentials
        self.profile: str | None = profile
        self.transport: t.Any = transport
        self.clock: t.Clock = clock
        self.sources: dict[str, str] = sources

    def __repr__(self) -> str:
        return f"ResolvedConfig({self.cognito_url}, sources={self.sources})"


def resolve(config: cognito_credentials.ClientConfig, *, region_of_id: str) -> ResolvedConfig:
    """Resolve and validate every setting of a provider.

    Args:
        config: The `ClientConfig` that the caller passed.
        region_of_id: Region in the ID of the identity pool or identity.

    Raises:
        ConfigurationError: If a setting is invalid or contradicts another setting. The message
            names the setting and its source.
    """
    if config.region is not None and config.region != region_of_id:
        raise ConfigurationError(
            f"region is {config.region!r}, but the ID begins with {region_of_id!r}",
            hint="Omit region, or pass the ID of a pool in that region.",
        )
    resolution = _Resolution(config)
    retry_mode = resolution.value("retry_mode")
    max_attempts = resolution.value("max_attempts") or DEFAULT_MAX_ATTEMPTS[retry_mode]
    fips = resolution.value("use_fips_endpoint")
    dualstack = resolution.value("use_dualstack_endpoint")
    return ResolvedConfig(
        region=region_of_id,
        cognito_url=resolution.endpoint("endpoint_url")
        or endpoints.cognito_identity_url(region_of_id, fips=fips, dualstack=dualstack),
        sts_url=resolution.endpoint("sts_endpoint_url")
        or endpoints.sts_url(region_of_id, fips=fips, dualstack=dualstack),
        max_attempts=max_attempts,
        retry_mode=retry_mode,
        ca_bundle=resolution.value("ca_bundle"),
        proxies=resolution.proxies(),
        connect_timeout=resolution.value("connect_timeout"),
        request_timeout=resolution.value("request_timeout"),
        client_cert=resolution.value("client_cert"),
        credentials=config.credentials,
        profile=config.profile,
        transport=config.transport,
        clock=config.clock or SystemClock(),
        user_agent=_user_agent(config.user_agent_extra),
        sources=resolution.sources,
    )


resolve.__module__ = "cognito_credentials.config"


def configured_endpoint(
    config: cognito_credentials.ClientConfig, service: str, places: Container[str] = ALL_PLACES
) -> str | None:
    """Return the endpoint that is configured for a service, or None.

    Args:
        config: The `ClientConfig` that the caller passed. Its `endpoint_url`, if set, is the
            endpoint of every service.
        service: The service's name in `AWS_ENDPOINT_URL_<SERVICE>`, in lower case.
        places: Where to look if `config` does not set an endpoint: "environment", "profile" or
            both.

    Raises:
        ConfigurationError: If the endpoint or the profile is invalid.
    """
    if config.endpoint_url is not None:
        return config.endpoint_url
    setting = endpoint_setting("endpoint_url", service)
    value, source = _Resolution(config).configured(setting, places)
    return None if value is None else setting.check(value, source)


class _Resolution:
    """Lookup in arguments, environment and profile; `sources` records the source of each value."""

    __slots__ = ("config", "environment", "profile", "sources")

    def __init__(self, config: cognito_credentials.ClientConfig) -> None:
        self.config = config
        self.environment = os.environ
        self.sources = {"region": "id"}
        name, source = config.profile, "argument"
        if name is None:
            name, source = self._variable(CLIENT_SETTINGS["profile"])
        self.sources["profile"] = source
        self.profile: Profile = load_profile(self.environment, name or "default", source=source)

    def value(self, name: str) -> t.Any:
        """Return a setting's value, or its default."""
        setting = CLIENT_SETTINGS[name]
        value = self._look_up(setting)
        return setting.default if value is None else setting.check(value, self.sources[name])

    def endpoint(self, name: str) -> str | None:
        """Return a configured endpoint, or None.

        Raises:
            ConfigurationError: If the endpoint is invalid, or FIPS or dual-stack is also enabled.
        """
        setting = CLIENT_SETTINGS[name]
        value = self._look_up(setting)
        if value is None:
            return None
        source = self.sources[name]
        url: str = setting.check(value, source)
        for switch, kind in (
            ("use_fips_endpoint", "FIPS"),
            ("use_dualstack_endpoint", "Dualstack"),
        ):
            if self.value(switch):
                raise ConfigurationError(
                    f"Invalid Configuration: {kind} and custom endpoint are not supported: "
                    f"{CLIENT_SETTINGS[switch].label(self.sources[switch])} and "
                    f"{setting.label(source)}",
                    hint="Remove one of the two settings.",
                )
        return url

    def _look_up(self, setting: Setting) -> t.Any:
        value, source = getattr(self.config, setting.name), "argument"
        if value is None:
            value, source = self.configured(setting)
        self.sources[setting.name] = source
        return value

    def configured(
        self, setting: Setting, places: Container[str] = ALL_PLACES
    ) -> tuple[str | None, str]:
        """Return a setting's value from the environment or the profile, and the source."""
        if setting.service and self._ignores_endpoints():
            return None, "default"
        if "environment" in places:
            value, source = self._variable(setting)
            if value is not None:
                return value, source
        if "profile" not in places:
            return None, "default"
        profile = self.profile
        if setting.service:
            value = profile.services.get(setting.service, {}).get(setting.key)
            if value:
                return value, profile.locate_service(setting.service, value)
        if value := profile.values.get(setting.key):
            return value, profile.locate(setting.key)
        return None, "default"

    def _variable(self, setting: Setting) -> tuple[str | None, str]:
        for variable in setting.variables:
            if value := self.environment.get(variable):
                return value, f"environment variable {variable}"
        return None, "default"

    def _ignores_endpoints(self) -> bool:
        value, source = self.configured(IGNORE_ENDPOINTS)
        return bool(value and IGNORE_ENDPOINTS.check(value, source))

    def proxies(self) -> dict[str, str] | None:
        """Return the proxies, or None if no proxy is configured.

        `NO_PROXY` also applies to proxies that the caller passed.
        """
        configured = self.config.proxies
        found = dict(configured or {})
        used: list[str] = []
        for key in ("https", "http", "no") if configured is None else ("no",):
            for variable in (f"{key}_proxy", f"{key.upper()}_PROXY"):
                # In a CGI program, HTTP_PROXY contains the `Proxy` header of the client's request,
                # and is therefore ignored.
                is_forged = variable == "HTTP_PROXY" and "REQUEST_METHOD" in self.environment
                value = self.environment.get(variable)
                if value and not is_forged and key not in found:
                    found[key] = value
                    used.append(variable)
        if "https" not in found and "http" not in found:
            used, found = [], {}
        noun = "environment variable" if len(used) == 1 else "environment variables"
        environment = f"{noun} {', '.join(used)}" if used else "default"
        self.sources["proxies"] = environment if configured is None else "argument"
        return found or None


def _user_agent(extra: str | None) -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    words = [f"cognito-credentials/{__version__}", f"python/{python}", sys.platform]
    if hasattr(os, "uname"):  # Windows has no `uname`.
        words.append(f"md/{os.uname().machine}")
    return " ".join([*words, extra] if extra else words)
