from __future__ import annotations

from pathlib import Path

import pytest
from botocore.config import Config

from cognito_credentials._version import __version__
from cognito_credentials.config import ClientConfig
from cognito_credentials.errors import ConfigurationError

REGION = "eu-west-1"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_attempts", 0),
        ("max_attempts", -1),
        ("max_attempts", 1.5),
        ("max_attempts", True),
        ("max_attempts", 10**9),
        ("retry_mode", "quick"),
        ("connect_timeout", 0),
        ("connect_timeout", float("nan")),
        ("request_timeout", float("inf")),
        ("request_timeout", -1),
        ("request_timeout", "10"),
        ("request_timeout", True),
        ("use_fips_endpoint", "yes"),
        ("use_dualstack_endpoint", 1),
        ("region", "x/y"),
        ("region", 3),
        ("profile", 3),
        ("ca_bundle", False),
        ("client_cert", ("a",)),
        ("client_cert", ("a", None)),
        ("proxies", "http://proxy:3128"),
        ("proxies", {"ftp": "http://proxy:3128"}),
        ("proxies", {"https": 3128}),
        ("user_agent_extra", "a\r\nb: c"),
        ("user_agent_extra", "é"),
        ("endpoint_url", b"http://x"),
    ],
)
def test_an_invalid_argument_is_rejected_by_name(setting, value):
    with pytest.raises(ConfigurationError, match=f"^{setting} "):
        ClientConfig.of({setting: value})


@pytest.mark.parametrize(
    "url",
    [
        "localhost:4566",
        "ftp://host",
        "https://",
        "https:///path",
        "http://host:port",
        "http://host:0",
        "http://host:99999999",
        "http://host?query",
        "http://host#fragment",
        "http://ho st",
        "http://host\r\nX: y",
        "http://hóst",
        "http://[::1",
        "http://[1:zz]",
        "http://[v1.a:b]",
        "http://[1.2.3.4]",
        "http://a[b]",
        "http://a]",
        "http://::1",
        "http://:80",
        "http://a..b",
        "http://%68ost",
        "http://a|b",
        "http://$(id)",
        'http://a"b',
        "http://-",
        f"http://{'a' * 64}.example",
        "http://a\\b",
    ],
)
def test_an_endpoint_must_have_only_scheme_host_port_and_path(url):
    with pytest.raises(ConfigurationError, match=r"^endpoint_url "):
        ClientConfig(endpoint_url=url)


# --- other kinds of configs -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "setting"),
    [
        ("maxAttempts", "max_attempts"),
        ("retryMode", "retry_mode"),
        ("requestTimeout", "request_timeout, in seconds"),
        ("connectionTimeout", "connect_timeout, in seconds"),
        ("endpoint", "endpoint_url"),
        ("useFipsEndpoint", "use_fips_endpoint"),
        ("customUserAgent", "user_agent_extra"),
        ("region_name", "region"),
        ("read_timeout", "request_timeout, in seconds"),
        ("verify", "ca_bundle"),
        ("proxys", "proxies"),
        ("max_atempts", "max_attempts"),
    ],
)
def test_the_hint_for_an_unknown_setting_names_the_one_that_was_meant(key, setting):
    with pytest.raises(ConfigurationError) as raised:
        ClientConfig.of({key: 1})
    assert repr(key) in raised.value.message
    assert setting in raised.value.hint


@pytest.mark.parametrize("key", ["qqq", 17, None])
def test_the_hint_for_an_unrecognizable_setting_lists_all_settings(key):
    with pytest.raises(ConfigurationError) as raised:
        ClientConfig.of({key: 1})
    assert all(name in raised.value.hint for name in ("region", "max_attempts", "clock"))


@pytest.mark.parametrize("value", ["us-east-1", 3, object(), ["region"]])
def test_a_value_of_another_type_is_rejected(value):
    with pytest.raises(ConfigurationError, match=r"^client_config "):
        ClientConfig.of(value)


def test_a_client_config_is_returned_unchanged():
    config = ClientConfig(max_attempts=5)
    assert ClientConfig.of(config) is config


def test_a_botocore_config_is_converted():
    config = ClientConfig.of(
        Config(
            region_name=REGION,
            connect_timeout=2,
            read_timeout=3,
            proxies={"https": "http://proxy:3128", "http": None},
            client_cert=("/c", "/k"),
            user_agent_extra="app/1",
            use_fips_endpoint=True,
            use_dualstack_endpoint=True,
            retries={"total_max_attempts": 4, "mode": "adaptive"},
            s3={"addressing_style": "path"},
        )
    )
    assert config.region == REGION
    assert (config.connect_timeout, config.request_timeout) == (2, 3)
    assert config.proxies == {"https": "http://proxy:3128"}
    assert config.client_cert == ("/c", "/k")
    assert config.user_agent_extra == "app/1"
    assert (config.use_fips_endpoint, config.use_dualstack_endpoint) == (True, True)
    assert (config.max_attempts, config.retry_mode) == (4, "adaptive")


def test_a_default_of_botocore_counts_as_unset():
    assert repr(ClientConfig.of(Config())) == "ClientConfig()"


def test_max_attempts_of_botocore_does_not_include_the_first_attempt():
    assert ClientConfig.of(Config(retries={"max_attempts": 0})).max_attempts == 1


def test_a_subclass_of_the_botocore_config_is_converted():
    class AioConfig(Config):
        pass

    assert ClientConfig.of(AioConfig(region_name=REGION)).region == REGION


# --- representation -------------------------------------------------------------------------


def test_the_repr_shows_the_arguments_without_secrets():
    config = ClientConfig(
        max_attempts=2,
        proxies={"https": "http://me:hunter2@proxy:3128", "http": "me:hunter2@proxy"},
        credentials={"secret": "hunter2"},
        ca_bundle="/ca.pem",
    )
    shown = repr(config)
    assert "hunter2" not in shown
    assert "max_attempts=2" in shown
    assert "http://…@proxy:3128" in shown
    assert "credentials=…" in shown
    assert "endpoint_url" not in shown


@pytest.mark.parametrize("password", ["pa/ss", "p://w", "p@ss", "?pa#ss", "hunter2"])
def test_a_password_that_is_not_percent_encoded_is_not_shown(password):
    url = f"http://user:{password}@proxy.example:3128"
    assert "http://…@proxy.example:3128" in repr(ClientConfig(proxies={"https": url}))
    for endpoint in (url, url.removeprefix("http://")):
        with pytest.raises(ConfigurationError) as raised:
            ClientConfig(endpoint_url=endpoint)
        assert password not in str(raised.value)


def test_the_version_is_that_of_the_project():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'version = "{__version__}"' in text or "_version.py" in text
