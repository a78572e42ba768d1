from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from botocore.config import Config

from cognito_credentials._version import __version__
from cognito_credentials.config import ClientConfig, ResolvedConfig, resolve
from cognito_credentials.errors import ConfigurationError

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def _no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without this, the tests would read the files of whoever runs them."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def config_file(tmp_path: Path):
    return tmp_path / "config"


def resolved(config: object = None) -> ResolvedConfig:
    return resolve(ClientConfig.of(config), region_of_id=REGION)


def refused(config: object = None) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        resolved(config)
    return caught.value


def test_without_anything_said_the_defaults_hold():
    found = resolved()
    assert found.region == REGION
    assert found.cognito_url == "https://cognito-identity.eu-west-1.amazonaws.com"
    assert found.sts_url == "https://sts.eu-west-1.amazonaws.com"
    assert (found.max_attempts, found.connect_timeout, found.request_timeout) == (3, 5.0, 10.0)
    assert (found.proxies, found.ca_bundle, found.client_cert) == (None, None, None)
    assert found.clock.now() > 0
    assert set(found.sources.values()) == {"id", "default"}


# --- where a value comes from ----------------------------------------------------------------

SETTINGS = [
    # setting, variable, argument, in the environment, in the profile, attribute
    ("max_attempts", "AWS_MAX_ATTEMPTS", 7, "8", "9", "max_attempts", (7, 8, 9)),
    ("ca_bundle", "AWS_CA_BUNDLE", "/a", "/e", "/p", "ca_bundle", ("/a", "/e", "/p")),
]


@pytest.mark.parametrize(
    ("setting", "variable", "argument", "set_", "written", "attribute", "expected"), SETTINGS
)
def test_argument_beats_environment_beats_profile(
    setting: str,
    variable: str,
    argument: object,
    set_: str,
    written: str,
    attribute: str,
    expected: tuple[object, ...],
    config_file: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    config_file.write_text(f"[default]\n{setting} = {written}\n")
    by_profile = resolved()
    assert getattr(by_profile, attribute) == expected[2]
    assert by_profile.sources[setting] == f"profile default in {config_file}, line 2"
    monkeypatch.setenv(variable, set_)
    by_environment = resolved()
    assert getattr(by_environment, attribute) == expected[1]
    assert by_environment.sources[setting] == f"environment {variable}"
    by_argument = resolved({setting: argument})
    assert getattr(by_argument, attribute) == expected[0]
    assert by_argument.sources[setting] == "argument"


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("use_fips_endpoint", "https://cognito-identity-fips.eu-west-1.amazonaws.com"),
        ("use_dualstack_endpoint", "https://cognito-identity.eu-west-1.amazonaws.com"),
    ],
)
def test_fips_and_dual_stack_come_from_each_source(
    setting: str, url: str, config_file: Path, monkeypatch: pytest.MonkeyPatch
):
    assert resolved({setting: True}).cognito_url == url
    config_file.write_text(f"[default]\n{setting} = true\n")
    assert resolved().cognito_url == url
    monkeypatch.setenv(f"AWS_{setting.upper()}", "FALSE")
    assert resolved().cognito_url == "https://cognito-identity.eu-west-1.amazonaws.com"
    assert resolved({setting: True}).cognito_url == url
    monkeypatch.setenv(f"AWS_{setting.upper()}", "TRUE")
    assert resolved({setting: False}).sts_url == "https://sts.eu-west-1.amazonaws.com"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch):
    for variable in ("AWS_MAX_ATTEMPTS", "AWS_ENDPOINT_URL", "AWS_PROFILE", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "")
    assert resolved().max_attempts == 3


# --- endpoints -------------------------------------------------------------------------------


def test_endpoints_from_the_most_to_the_least_particular(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
):
    config_file.write_text("[default]\nendpoint_url = http://global.profile\n")
    assert resolved().cognito_url == resolved().sts_url == "http://global.profile"
    config_file.write_text(
        "[default]\nendpoint_url = http://global.profile\nservices = mine\n"
        "[services mine]\ncognito_identity =\n  endpoint_url = http://service.profile:8000/x\n"
    )
    found = resolved()
    assert found.cognito_url == "http://service.profile:8000/x"
    assert found.sts_url == "http://global.profile"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://global.environment")
    assert resolved().cognito_url == resolved().sts_url == "http://global.environment"
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY", "http://service.environment")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.environment")
    found = resolved()
    assert found.cognito_url == "http://service.environment"
    assert found.sts_url == "http://sts.environment"
    assert found.sources["sts_endpoint_url"] == "environment AWS_ENDPOINT_URL_STS"
    found = resolved({"endpoint_url": "HTTP://argument", "sts_endpoint_url": "https://[::1]:1"})
    assert (found.cognito_url, found.sts_url) == ("http://argument", "https://[::1]:1")


@pytest.mark.parametrize("where", ["environment", "profile"])
def test_configured_endpoints_can_be_ignored(
    where: str, config_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://global.environment")
    if where == "environment":
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    else:
        config_file.write_text("[default]\nignore_configured_endpoint_urls = true\n")
    assert resolved().cognito_url == "https://cognito-identity.eu-west-1.amazonaws.com"
    assert resolved({"endpoint_url": "http://argument"}).cognito_url == "http://argument"


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
        "http://::1",
        "http://:80",
        "http://a..b",
        f"http://{'a' * 64}.example",
        "http://a\\b",
    ],
)
def test_an_endpoint_must_be_a_plain_url(url: str):
    assert refused({"endpoint_url": url}).message.startswith("endpoint_url is ")


def test_an_endpoint_with_a_password_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://me:hunter2@host")
    error = refused()
    assert "must not carry a user name" in str(error)
    assert "hunter2" not in str(error)
    assert "Correct or unset AWS_ENDPOINT_URL." in error.hint
    monkeypatch.setenv("AWS_ENDPOINT_URL", "me:hunter2@host")
    assert "hunter2" not in str(refused())


def test_a_custom_endpoint_and_fips_are_refused_with_both_sources(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
):
    config_file.write_text("[default]\nuse_fips_endpoint = true\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://localhost")
    assert refused().message == (
        "Invalid Configuration: FIPS and custom endpoint are not supported: use_fips_endpoint "
        f"(profile default in {config_file}, line 2) and sts_endpoint_url (environment "
        "AWS_ENDPOINT_URL_STS)."
    )


# --- region and profile ----------------------------------------------------------------------


def test_a_region_that_contradicts_the_id_is_refused():
    error = refused({"region": "us-east-1"})
    assert "region is 'us-east-1', but the id says 'eu-west-1'" in str(error)
    assert resolved({"region": REGION}).region == REGION


def test_regions_meant_for_other_services_do_not_matter(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
):
    config_file.write_text("[default]\nregion = us-east-2\n")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert resolved().region == REGION


def test_the_profile_is_the_argument_then_the_variables(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
):
    config_file.write_text(
        "".join(f"[profile p{n}]\nmax_attempts = {n}\n" for n in (1, 2, 3))
        + "[default]\nmax_attempts = 4\n"
    )
    assert resolved().max_attempts == 4
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "p3")
    assert resolved().max_attempts == 3
    monkeypatch.setenv("AWS_PROFILE", "p2")
    assert resolved().max_attempts == 2
    assert resolved({"profile": "p1"}).max_attempts == 1
    assert resolved({"profile": "p1"}).sources["profile"] == "argument"


# --- wrong values ----------------------------------------------------------------------------


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
def test_a_wrong_argument_is_refused_by_its_name(setting: str, value: object):
    with pytest.raises(ConfigurationError, match=f"^{setting} "):
        ClientConfig.of({setting: value})


@pytest.mark.parametrize(
    ("variable", "value", "setting"),
    [
        ("AWS_MAX_ATTEMPTS", "many", "max_attempts"),
        ("AWS_MAX_ATTEMPTS", "-1", "max_attempts"),
        ("AWS_MAX_ATTEMPTS", "0", "max_attempts"),
        ("AWS_MAX_ATTEMPTS", "1" * 5000, "max_attempts"),
        ("AWS_RETRY_MODE", "fast", "retry_mode"),
        ("AWS_USE_FIPS_ENDPOINT", "1", "use_fips_endpoint"),
        ("AWS_ENDPOINT_URL", "nonsense", "endpoint_url"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "maybe", "ignore_configured_endpoint_urls"),
    ],
)
def test_a_wrong_variable_is_named_with_the_next_step(
    variable: str, value: str, setting: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(variable, value)
    error = refused()
    assert f"{setting} (environment {variable})" in error.message
    assert f"Correct or unset {variable}." in error.hint
    assert len(str(error)) < 300


def test_a_wrong_value_of_a_service_is_named_with_its_line(config_file: Path):
    config_file.write_text(
        "[default]\nservices = local\n[services local]\nsts =\n  endpoint_url = http://a\n"
        "cognito_identity =\n  endpoint_url = nope\n"
    )
    source = f"profile default in {config_file}, line 7"
    assert refused().message.startswith(f"endpoint_url ({source}) is 'nope'")


def test_a_wrong_profile_value_is_named_with_its_file(config_file: Path):
    config_file.write_text("[default]\nretry_mode = fast\n")
    error = refused()
    assert f"retry_mode (profile default in {config_file}, line 2)" in error.message
    assert f"Correct it in profile default in {config_file}, line 2." in error.hint


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_every_retry_mode_of_the_sdks_is_taken(mode: str):
    resolved({"retry_mode": mode})
    assert "All three mean standard here" in refused({"retry_mode": "x"}).hint


# --- other forms of a config -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "right"),
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
def test_a_key_of_another_library_is_answered_with_ours(key: str, right: str):
    error = refused({key: 1})
    assert error.message == f"client_config has no setting {key!r}."
    assert error.hint.startswith(f"Use {right}")


@pytest.mark.parametrize("key", ["qqq", 17, None])
def test_a_key_that_is_nothing_is_answered_with_all_of_ours(key: object):
    assert "max_attempts" in refused({key: 1}).hint


@pytest.mark.parametrize("value", ["us-east-1", 3, object(), ["region"]])
def test_what_is_no_config_is_refused(value: object):
    assert "client_config is of type " in refused(value).message


def test_a_config_is_passed_through():
    config = ClientConfig(max_attempts=5)
    assert ClientConfig.of(config) is config


def test_a_botocore_config_is_understood():
    found = ClientConfig.of(
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
    assert found.region == REGION
    assert (found.connect_timeout, found.request_timeout) == (2, 3)
    assert found.proxies == {"https": "http://proxy:3128"}
    assert found.client_cert == ("/c", "/k")
    assert found.user_agent_extra == "app/1"
    assert (found.use_fips_endpoint, found.use_dualstack_endpoint) == (True, True)
    assert (found.max_attempts, found.retry_mode) == (4, "adaptive")


def test_a_botocore_config_says_only_what_was_said_to_it():
    assert repr(ClientConfig.of(Config())) == "ClientConfig()"


def test_botocore_counts_retries_where_it_says_max_attempts():
    assert ClientConfig.of(Config(retries={"max_attempts": 0})).max_attempts == 1


def test_a_subclass_of_botocores_config_is_one():
    class AioConfig(Config):
        pass

    assert ClientConfig.of(AioConfig(region_name=REGION)).region == REGION


# --- proxies ---------------------------------------------------------------------------------


def test_proxies_come_from_the_environment_lower_case_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://upper")
    monkeypatch.setenv("NO_PROXY", "localhost")
    found = resolved()
    assert found.proxies == {"https": "http://upper", "no": "localhost"}
    assert found.sources["proxies"] == "environment HTTPS_PROXY, NO_PROXY"
    monkeypatch.setenv("https_proxy", "http://lower")
    monkeypatch.setenv("http_proxy", "http://plain")
    assert resolved().proxies == {
        "https": "http://lower",
        "http": "http://plain",
        "no": "localhost",
    }


def test_given_proxies_replace_those_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://environment")
    monkeypatch.setenv("NO_PROXY", "localhost")
    found = resolved({"proxies": {"http": "http://given"}})
    assert found.proxies == {"http": "http://given", "no": "localhost"}
    assert found.sources["proxies"] == "argument"
    found = resolved({"proxies": {"http": "http://given", "no": "*"}})
    assert found.proxies == {"http": "http://given", "no": "*"}
    assert resolved({"proxies": {}}).proxies is None


def test_no_proxy_alone_is_no_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert resolved().proxies is None


def test_in_a_cgi_program_the_upper_case_variable_is_the_clients(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://attacker")
    assert resolved().proxies == {"http": "http://attacker"}
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert resolved().proxies is None


# --- what is seen of it ----------------------------------------------------------------------


def test_the_repr_shows_what_was_set_and_no_secret():
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
    assert "hunter2" not in repr(resolve(config, region_of_id=REGION))


def test_the_user_agent_names_package_python_and_system():
    python = ".".join(map(str, sys.version_info[:3]))
    shown = resolved({"user_agent_extra": "app/1"}).user_agent
    assert re.fullmatch(
        rf"cognito-credentials/{__version__} python/{python} {sys.platform}( md/\S+)? app/1", shown
    )


def test_the_version_is_the_projects():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'version = "{__version__}"' in text or "_version.py" in text


def test_the_environment_is_read_when_a_config_is_resolved(monkeypatch: pytest.MonkeyPatch):
    config = ClientConfig()
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    found = resolve(config, region_of_id=REGION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert found.max_attempts == 9


@pytest.mark.parametrize("password", ["pa/ss", "p://w", "p@ss", "?pa#ss", "hunter2"])
def test_a_password_that_breaks_its_url_is_not_shown(password: str):
    url = f"http://user:{password}@proxy.example:3128"
    shown = repr(ClientConfig(proxies={"https": url}))
    assert "http://…@proxy.example:3128" in shown
    for given in (url, url.removeprefix("http://")):
        with pytest.raises(ConfigurationError) as raised:
            ClientConfig(endpoint_url=given)
        assert password not in str(raised.value)
