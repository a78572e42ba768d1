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
def begin(home):
    folder = home / ".aws"
    folder.mkdir()

    def beginning(config, credentials=""):
        (folder / "config").write_text(config)
        (folder / "credentials").write_text(credentials)
        profile = load_profile(os.environ, "a", source="option --profile")
        return find_source_profile(os.environ, profile).name

    return beginning


def chain(*names):
    """Return profiles of which each takes the next for its source."""
    return "".join(
        f"[profile {name}]\n{ROLE}source_profile = {following}\n"
        for name, following in itertools.pairwise(names)
    )


def test_it_begins_where_the_last_source_is(begin):
    assert begin(chain("a", "game") + GAME) == "game"
    assert begin(chain("a", "b", "c", "game") + GAME) == "game"
    assert begin(chain("a", "keys"), f"[keys]\n{KEYS}") == "keys"
    assert begin("[profile a]\ncredential_process = other\n") == "a"


def test_a_source_counts_only_with_a_role(begin):
    assert begin("[profile a]\nsource_profile = nowhere\n") == "a"


def test_a_profile_with_keys_may_be_its_own_source(begin):
    assert begin(chain("a", "a") + KEYS) == "a"
    assert begin(chain("a", "a"), f"[a]\n{KEYS}") == "a"


@pytest.mark.parametrize(
    ("config", "what", "step"),
    [
        (chain("a", "a"), "line 3) is the profile itself, which has no keys", "of its own"),
        (chain("a", "b", "a"), "line 6) leads back: a, b, a", "of its own"),
        (chain("a", "b", "c", "b"), "line 9) leads back: b, c, b", "of its own"),
        (chain("a", "gmae") + GAME, "line 3) is 'gmae', which is not in ", "these: a, game"),
        (
            chain("a", "b") + "[profile b]\nregion = x\n",
            "line 3) is 'b', which has no credentials",
            "Give profile b a pool",
        ),
    ],
)
def test_a_chain_that_leads_to_no_credentials_is_told_as_what_it_is(begin, config, what, step):
    with pytest.raises(ConfigurationError) as caught:
        begin(config)
    assert "source_profile" in caught.value.message
    assert what in caught.value.message
    assert step in caught.value.hint
