from __future__ import annotations

from cognito_credentials._sign_in.printable import printable_text


def test_text_is_limited_to_one_printable_line():
    assert printable_text("a\tb" + "x" * 400) == "a b" + "x" * 297


def test_a_value_that_is_not_text_is_empty():
    assert printable_text(None, ["secret"]) == ""


def test_secrets_are_removed_unless_they_are_very_short():
    assert printable_text("code 1234 of abc", ["1234", "abc", ""]) == "code … of abc"
