from __future__ import annotations

import pytest

from cognito_credentials.cli.terminal.suggestions import find_similar

OPTIONS = ["--region", "--user", "--demo", "--profile", "--identity-pool-id", "--login"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("--profil", "--profile"),
        ("--porfile", "--profile"),
        ("--Profile", "--profile"),
        ("--regoin", "--region"),
        ("--identiy-pool-i", "--identity-pool-id"),
        ("--logn", "--login"),
        ("--users", "--user"),
        ("--identity", "--identity-pool-id"),
    ],
)
def test_a_typing_mistake_is_recognized(word, near):
    assert find_similar(word, OPTIONS) == near


@pytest.mark.parametrize("word", ["--env", "--server", "--shell", "--daemon", "--pool", "", "--"])
def test_another_word_is_not_taken_for_a_mistake(word):
    assert find_similar(word, OPTIONS) == ""


def test_without_known_words_nothing_is_suggested():
    assert find_similar("word", []) == ""
