from __future__ import annotations

import re
import sys

import pytest

from cognito_credentials._config.resolution import (
    ResolvedConfig,
    configured_endpoint,
    resolve,
)
from cognito_credentials._version import __version__
from cognito_credentials.config import ClientConfig
from cognito_credentials.errors import ConfigurationError

REGION = "eu-west-1"
REGIONAL_ENDPOINT = "https://cognito-identity.eu-west-1.amazonaws.com"

SERVICES = """\
[default]
services = local
[services local]
sts =
  endpoint_url = http://a
cognito_identity =
  endpoint_url = nope
"""

pytestmark = pytest.mark.usefixtures("config_file")


def resolve_config(**arguments) -> ResolvedConfig:
    return resolve(ClientConfig(**arguments), region_of_id=REGION)


def resolution_error(**arguments) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        resolve_config(**arguments)
    return raised.value


def test_unset_settings_have_their_defaults():
    resolved = resolve_config()
    assert resolved.region == REGION
    assert resolved.cognito_url == REGIONAL_ENDPOINT
    assert resolved.sts_url == "https://sts.eu-west-1.amazonaws.com"
    assert (resolved.max_attempts, resolved.connect_timeout, resolved.request_timeout) == (3, 5, 10)
    assert (resolved.proxies, resolved.ca_bundle, resolved.client_cert) == (None, None, None)
    assert resolved.clock.now() > 0
    assert set(resolved.sources.values()) == {"id", "default"}


# --- precedence -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "variable", "argument", "exported", "in_profile", "expected"),
    [
        ("max_attempts", "AWS_MAX_ATTEMPTS", 7, "8", "9", (7, 8, 9)),
        ("ca_bundle", "AWS_CA_BUNDLE", "/a", "/e", "/p", ("/a", "/e", "/p")),
    ],
)
def test_argument_precedes_environment_precedes_profile(
    setting, variable, argument, exported, in_profile, expected, config_file, monkeypatch
):
    config_file.write_text(f"[default]\n{setting} = {in_profile}\n")
    resolved = resolve_config()
    assert getattr(resolved, setting) == expected[2]
    assert resolved.sources[setting] == f"profile default in {config_file}, line 2"
    monkeypatch.setenv(variable, exported)
    resolved = resolve_config()
    assert getattr(resolved, setting) == expected[1]
    assert resolved.sources[setting] == f"environment variable {variable}"
    resolved = resolve_config(**{setting: argument})
    assert getattr(resolved, setting) == expected[0]
    assert resolved.sources[setting] == "argument"


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("use_fips_endpoint", "https://cognito-identity-fips.eu-west-1.amazonaws.com"),
        ("use_dualstack_endpoint", REGIONAL_ENDPOINT),
    ],
)
def test_fips_and_dual_stack_come_from_each_source(setting, url, config_file, monkeypatch):
    assert resolve_config(**{setting: True}).cognito_url == url
    config_file.write_text(f"[default]\n{setting} = true\n")
    assert resolve_config().cognito_url == url
    monkeypatch.setenv(f"AWS_{setting.upper()}", "FALSE")
    assert resolve_config().cognito_url == REGIONAL_ENDPOINT
    assert resolve_config(**{setting: True}).cognito_url == url
    monkeypatch.setenv(f"AWS_{setting.upper()}", "TRUE")
    assert resolve_config(**{setting: False}).sts_url == "https://sts.eu-west-1.amazonaws.com"


def test_an_empty_variable_counts_as_unset(monkeypatch):
    for variable in ("AWS_MAX_ATTEMPTS", "AWS_ENDPOINT_URL", "AWS_PROFILE", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "")
    assert resolve_config().max_attempts == 3


def test_the_environment_is_read_when_a_config_is_resolved(monkeypatch):
    config = ClientConfig()
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    resolved = resolve(config, region_of_id=REGION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert resolved.max_attempts == 9


# --- endpoints ------------------------------------------------------------------------------


def test_the_most_specific_endpoint_is_used(config_file, monkeypatch):
    config_file.write_text("[default]\nendpoint_url = http://global.profile\n")
    resolved = resolve_config()
    assert resolved.cognito_url == resolved.sts_url == "http://global.profile"
    config_file.write_text(
        "[default]\nendpoint_url = http://global.profile\nservices = mine\n"
        "[services mine]\ncognito_identity =\n  endpoint_url = http://service.profile:8000/x\n"
    )
    resolved = resolve_config()
    assert resolved.cognito_url == "http://service.profile:8000/x"
    assert resolved.sts_url == "http://global.profile"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://global.environment")
    resolved = resolve_config()
    assert resolved.cognito_url == resolved.sts_url == "http://global.environment"
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY", "http://service.environment")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.environment")
    resolved = resolve_config()
    assert resolved.cognito_url == "http://service.environment"
    assert resolved.sts_url == "http://sts.environment"
    assert resolved.sources["sts_endpoint_url"] == "environment variable AWS_ENDPOINT_URL_STS"
    resolved = resolve_config(endpoint_url="HTTP://argument", sts_endpoint_url="https://[::1]:1")
    assert (resolved.cognito_url, resolved.sts_url) == ("http://argument", "https://[::1]:1")


@pytest.mark.parametrize("place", ["environment", "profile"])
def test_configured_endpoints_can_be_ignored(place, config_file, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://global.environment")
    if place == "environment":
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    else:
        config_file.write_text("[default]\nignore_configured_endpoint_urls = true\n")
    assert resolve_config().cognito_url == REGIONAL_ENDPOINT
    assert resolve_config(endpoint_url="http://argument").cognito_url == "http://argument"


def test_an_endpoint_with_a_password_is_rejected_without_showing_the_password(monkeypatch):
    for url in ("https://me:hunter2@host", "me:hunter2@host"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        error = resolution_error()
        assert "AWS_ENDPOINT_URL" in error.message
        assert "hunter2" not in str(error)


def test_a_custom_endpoint_and_fips_are_rejected_with_both_sources(config_file, monkeypatch):
    config_file.write_text("[default]\nuse_fips_endpoint = true\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://localhost")
    error = resolution_error()
    # The error begins with botocore's message.
    assert error.message.startswith("Invalid Configuration: FIPS and custom endpoint are not")
    assert f"use_fips_endpoint (profile default in {config_file}, line 2)" in error.message
    assert "AWS_ENDPOINT_URL_STS" in error.message


def test_the_endpoint_of_another_service(config_file, monkeypatch):
    def endpoint(config: ClientConfig | None = None, **options) -> str | None:
        return configured_endpoint(config or ClientConfig(), "cognito_identity_provider", **options)

    assert endpoint() is None
    config_file.write_text("[default]\nendpoint_url = http://profile\n")
    assert endpoint() == endpoint(places=("profile",)) == "http://profile"
    assert endpoint(places=("environment",)) is None
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://environment")
    assert endpoint() == "http://environment"
    assert endpoint(places=("profile",)) == "http://profile"
    assert endpoint(ClientConfig(endpoint_url="http://argument")) == "http://argument"


# --- region and profile ---------------------------------------------------------------------


def test_a_region_that_contradicts_the_id_is_rejected():
    assert resolution_error(region="us-east-1").message.startswith("region ")
    assert resolve_config(region=REGION).region == REGION


def test_regions_for_other_services_are_not_read(config_file, monkeypatch):
    config_file.write_text("[default]\nregion = us-east-2\n")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert resolve_config().region == REGION


def test_the_profile_comes_from_the_argument_or_a_variable(config_file, monkeypatch):
    config_file.write_text(
        "".join(f"[profile p{n}]\nmax_attempts = {n}\n" for n in (1, 2, 3))
        + "[default]\nmax_attempts = 4\n"
    )
    assert resolve_config().max_attempts == 4
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "p3")
    assert resolve_config().max_attempts == 3
    monkeypatch.setenv("AWS_PROFILE", "p2")
    assert resolve_config().max_attempts == 2
    assert resolve_config(profile="p1").max_attempts == 1
    assert resolve_config(profile="p1").sources["profile"] == "argument"


# --- invalid values -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_MAX_ATTEMPTS", "-1"),
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "1" * 5000),
        ("AWS_RETRY_MODE", "fast"),
        ("AWS_USE_FIPS_ENDPOINT", "1"),
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "maybe"),
    ],
)
def test_an_invalid_variable_is_named_in_a_bounded_message(variable, value, monkeypatch):
    monkeypatch.setenv(variable, value)
    error = resolution_error()
    assert f"environment variable {variable}" in error.message
    assert error.hint
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("text", "setting", "line"),
    [
        ("[default]\nretry_mode = fast\n", "retry_mode", 2),
        (
            SERVICES,
            "endpoint_url",
            7,
        ),
    ],
)
def test_an_invalid_value_in_a_profile_is_named_with_its_line(text, setting, line, config_file):
    config_file.write_text(text)
    source = f"profile default in {config_file}, line {line}"
    assert resolution_error().message.startswith(f"{setting} ({source}) ")


@pytest.mark.parametrize(("mode", "attempts"), [("legacy", 5), ("standard", 3), ("adaptive", 3)])
def test_the_retry_mode_sets_the_default_number_of_attempts(mode, attempts, monkeypatch):
    resolved = resolve_config(retry_mode=mode)
    assert (resolved.retry_mode, resolved.max_attempts) == (mode, attempts)
    assert resolve_config(retry_mode=mode, max_attempts=2).max_attempts == 2
    monkeypatch.setenv("AWS_RETRY_MODE", mode)
    assert resolve_config().max_attempts == attempts


# --- proxies --------------------------------------------------------------------------------


def test_proxies_come_from_the_environment_lower_case_first(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://upper")
    monkeypatch.setenv("NO_PROXY", "localhost")
    resolved = resolve_config()
    assert resolved.proxies == {"https": "http://upper", "no": "localhost"}
    assert resolved.sources["proxies"] == "environment variables HTTPS_PROXY, NO_PROXY"
    monkeypatch.setenv("https_proxy", "http://lower")
    monkeypatch.setenv("http_proxy", "http://plain")
    assert resolve_config().proxies == {
        "https": "http://lower",
        "http": "http://plain",
        "no": "localhost",
    }


def test_proxies_from_an_argument_replace_those_from_the_environment(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://environment")
    monkeypatch.setenv("NO_PROXY", "localhost")
    resolved = resolve_config(proxies={"http": "http://argument"})
    assert resolved.proxies == {"http": "http://argument", "no": "localhost"}
    assert resolved.sources["proxies"] == "argument"
    resolved = resolve_config(proxies={"http": "http://argument", "no": "*"})
    assert resolved.proxies == {"http": "http://argument", "no": "*"}
    assert resolve_config(proxies={}).proxies is None


def test_no_proxy_without_a_proxy_configures_no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert resolve_config().proxies is None


def test_a_cgi_program_ignores_http_proxy_in_upper_case(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://attacker")
    assert resolve_config().proxies == {"http": "http://attacker"}
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert resolve_config().proxies is None


# --- representation -------------------------------------------------------------------------


def test_the_repr_of_a_resolved_config_shows_no_secret():
    assert "hunter2" not in repr(resolve_config(proxies={"https": "http://me:hunter2@proxy"}))


def test_the_user_agent_names_package_python_and_system():
    python = ".".join(map(str, sys.version_info[:3]))
    user_agent = resolve_config(user_agent_extra="app/1").user_agent
    assert re.fullmatch(
        rf"cognito-credentials/{__version__} python/{python} {sys.platform}( md/\S+)? app/1",
        user_agent,
    )
