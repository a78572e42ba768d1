from __future__ import annotations

import itertools
import os

import pytest

from cognito_credentials._config.aws_files import load_profile
from cognito_credentials.cli.aws_config.role_chain import find_source_profile
from cognito_credentials.errors import ConfigurationError

ROLE = "role_arn = arn:aws:iam::123456789012:role/deploy\n"
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-key\n"
GAME = "[profile game]\ncognito_identity_pool_id = us-east-1:x\n"


@pytest.fixture
def find_source(home):
    """Return a function that writes the AWS files and finds the credential source of profile `a`."""
    directory = home / ".aws"
    directory.mkdir()

    def find(config, credentials=""):
        (directory / "config").write_text(config)
        (directory / "credentials").write_text(credentials)
        profile = load_profile(os.environ, "a", source="option --profile")
        return find_source_profile(os.environ, profile).name

    return find


def chain(*names):
    """Return a config file in which each profile names the next one as its source profile."""
    return "".join(
        f"[profile {name}]\n{ROLE}source_profile = {source}\n"
        for name, source in itertools.pairwise(names)
    )


def test_the_source_is_the_last_profile_of_the_chain(find_source):
    assert find_source(chain("a", "game") + GAME) == "game"
    assert find_source(chain("a", "b", "c", "game") + GAME) == "game"
    assert find_source(chain("a", "keys"), f"[keys]\n{KEYS}") == "keys"
    assert find_source("[profile a]\ncredential_process = other\n") == "a"


def test_a_source_profile_without_a_role_is_ignored(find_source):
    assert find_source("[profile a]\nsource_profile = nowhere\n") == "a"


def test_a_profile_with_access_keys_may_be_its_own_source(find_source):
    assert find_source(chain("a", "a") + KEYS) == "a"
    assert find_source(chain("a", "a"), f"[a]\n{KEYS}") == "a"


@pytest.mark.parametrize(
    ("config", "place", "hint"),
    [
        (chain("a", "a"), "line 3)", ""),
        (chain("a", "b", "a"), "line 6)", ""),
        (chain("a", "b", "c", "b"), "line 9)", ""),
        (chain("a", "gmae") + GAME, "line 3)", "a, game"),
        (chain("a", "b") + "[profile b]\nregion = x\n", "line 3)", "profile b"),
    ],
)
def test_a_chain_without_credentials_is_rejected(find_source, config, place, hint):
    with pytest.raises(ConfigurationError, match="source_profile") as caught:
        find_source(config)
    assert place in caught.value.message
    assert hint in caught.value.hint
