"""Wording of every error about a setting in `ClientConfig`, for each source of its value."""

from __future__ import annotations

import os
from functools import partial

import pytest
from golden import assert_golden, error_texts

from cognito_credentials.config import ClientConfig, resolve

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"
INVALID_ARGUMENTS = [
    {"profile": 3},
    {"endpoint_url": "nope"},
    {"endpoint_url": TOKEN},
    {"endpoint_url": "https://user:password@host"},
    {"endpoint_url": "https://host?query"},
    {"max_attempts": 0},
    {"max_attempts": "many"},
    {"retry_mode": "fast"},
    {"connect_timeout": -1},
    {"request_timeout": "10"},
    {"request_timeout": 10_000},
    {"proxies": "http://proxy:3128"},
    {"proxies": {"ftp": "http://proxy"}},
    {"proxies": {"https": 3128}},
    {"client_cert": ("a",)},
    {"use_fips_endpoint": "yes"},
    {"user_agent_extra": "a\nb"},
    {"maxAttempts": 3},
    {"requestTimeout": 3},
    {"retries": 3},
    {"qqq": 3},
]


def test_invalid_arguments():
    cases = {str(config): partial(ClientConfig.of, config) for config in INVALID_ARGUMENTS}
    cases["a string"] = partial(ClientConfig.of, "us-east-1")
    assert_golden("config_arguments", error_texts(cases))


VARIABLES = {
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_RETRY_MODE": "fast",
    "AWS_USE_DUALSTACK_ENDPOINT": "1",
    "AWS_ENDPOINT_URL": "nope",
    "AWS_ENDPOINT_URL_STS": "http://a..b",
    "AWS_PROFILE": "nope",
}
FILES = {
    "an invalid value": "[default]\nmax_attempts = many\n",
    "an invalid endpoint of a service": (
        "[default]\nservices = local\n[services local]\nsts =\n  endpoint_url = nope\n"
    ),
    "a services section that does not exist": "[default]\nservices = local\n",
    "FIPS and a custom endpoint": (
        "[default]\nuse_fips_endpoint = true\nendpoint_url = http://host\n"
    ),
    "text before the first section": "a = b\n",
    "a section header without its end": "[default\n",
    "a duplicate section": "[default]\n[profile a]\n[default]\n",
    "a duplicate key": "[default]\na = b\na = b\n",
    "a line that is not a key": "[default]\na = b\nc\n",
}


@pytest.fixture
def resolve_in(tmp_path, monkeypatch):
    """Return a function that resolves a config with a config file, a variable and arguments."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", "config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials")

    def resolve_in(text: str | None = None, variable: str = "", value: str = "", **arguments):
        if text is not None:
            (tmp_path / "config").write_text(text)
        if variable:
            monkeypatch.setenv(variable, value)
        try:
            resolve(ClientConfig(**arguments), region_of_id="eu-west-1")
        finally:
            os.environ.pop(variable or "NO_SUCH_VARIABLE", None)

    return resolve_in


def test_other_sources(resolve_in):
    cases = {
        f"{variable}={value}": partial(resolve_in, None, variable, value)
        for variable, value in VARIABLES.items()
    }
    cases["another region"] = partial(resolve_in, None, region="us-east-1")
    for title, text in FILES.items():
        cases[title] = partial(resolve_in, text)
    cases["a profile that does not exist"] = partial(
        resolve_in, "[default]\n[profile a]\n[b]\n", profile="game"
    )
    cases["a profile without the word profile"] = partial(resolve_in, "[b]\n", profile="b")
    assert_golden("config_sources", error_texts(cases))
