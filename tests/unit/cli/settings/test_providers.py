from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cognito_credentials._base.provider import get_spec
from cognito_credentials.cli.settings.providers import (
    build_cache,
    build_logins,
    build_provider,
    check,
    open_store,
)
from cognito_credentials.cli.settings.resolution import Settings, resolve
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import MemoryStore

POOL = "us-east-1:11111111-7900-4099-b910-2df94f52a030"
ROLE = "arn:aws:iam::123456789012:role/one"


def resolve_options(**options) -> Settings:
    return resolve(options, os.environ)


@pytest.mark.parametrize(
    "options",
    [
        {"account_id": "12"},
        {"identity_pool_id": "pool"},
        {"region": "eu-west-1"},
        {"endpoint_url": "nope"},
        {"logins": ["x"]},
    ],
)
def test_invalid_settings_are_rejected_before_a_provider_is_built(options):
    settings = resolve_options(**{"identity_pool_id": POOL, **options})
    for function in (check, build_provider):
        with pytest.raises(ConfigurationError, match=r"^option --"):
            function(settings)


def test_a_provider_is_built_from_a_profile(config):
    config(
        f"[profile game]\ncognito_identity_pool_id = {POOL}\nendpoint_url = http://127.0.0.1:1\n"
    )
    settings = resolve_options(profile="game", role_arn=ROLE, duration="900", user="ada")
    check(settings)
    with build_provider(settings) as provider:
        assert get_spec(provider).credential_lifetime == 900


def test_an_explicit_identity_needs_no_pool():
    build_provider(resolve_options(identity_id=POOL)).close()


def test_the_windows_of_a_cache_are_limited_to_the_lifetime_of_the_credentials():
    settings = resolve_options(identity_pool_id=POOL, role_arn=ROLE, duration="900")
    # The cache would reject refresh windows that are longer than the lifetime.
    cache = build_cache(settings, MemoryStore(), advisory_window=1020, mandatory_window=960)
    cache.provider.close()


def test_without_logins_there_are_no_suppliers():
    assert build_logins(resolve_options(identity_pool_id=POOL)) == {}


def test_a_profile_with_only_a_pool_id_needs_no_validation_module(config):
    """For the settings in most profiles, `process` starts faster without this module."""
    config(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    program = (
        "import os, sys\n"
        "from cognito_credentials.cli.settings.providers import build_provider\n"
        "from cognito_credentials.cli.settings.resolution import resolve\n"
        "build_provider(resolve({'profile': 'game'} | {options}, os.environ))\n"
        "print('cognito_credentials.cli.settings.validation' in sys.modules)\n"
    )
    for options, is_imported in (({}, "False"), ({"user": "ada"}, "True")):
        text = program.replace("{options}", repr(options))
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)
        assert done.stdout.decode().strip() == is_imported


def test_the_store_of_the_command_never_evicts_an_identity_id(config, caplog):
    store = open_store()
    for number in range(1_010):
        store.put(f"identity-id:{number}", b"value", expires_at=None)
    store.put("credentials:1", b"value", expires_at=4e9)
    assert store.get("identity-id:0") == b"value"
    assert store.get("credentials:1") == b"value"
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
