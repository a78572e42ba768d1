from __future__ import annotations

import copy
import pickle

import pytest

from cognito_credentials import errors
from cognito_credentials._core.hints import OPTIONS, PARAMETERS, Hint
from cognito_credentials.cli.reporting.hints import next_step


def test_a_hint_names_parameters_for_developers_and_options_for_the_command():
    hint = Hint("Check {endpoint_url} and {host}.", host="a.example.com")
    assert hint == "Check endpoint_url and a.example.com."
    assert hint.for_command == "Check --endpoint-url and a.example.com."


def test_the_command_can_have_a_template_of_its_own():
    hint = Hint("Raise request_timeout of {host}.", for_command="Ask {host} again.", host="a")
    assert hint == "Raise request_timeout of a."
    assert hint.for_command == "Ask a again."
    assert hint.has_command_template
    assert not Hint("Wait.").has_command_template


def test_braces_in_values_are_not_placeholders():
    hint = Hint('Write {{"iss": {issuer}}}.', issuer="{logins}")
    assert hint == hint.for_command == 'Write {"iss": {logins}}.'


def test_a_misspelled_placeholder_does_not_raise():
    assert Hint("Check {endpoint_uri}.") == "Check {endpoint_uri}."


def test_render_uses_other_wordings():
    assert Hint("Pass {logins}.").render({"logins": "`logins`"}) == "Pass `logins`."


def pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_copies_of_a_hint_render_as_the_original(duplicate):
    hint = duplicate(
        Hint("Pass {logins} to {{x}} {y}.", for_command="Pass {logins}, {y}.", y="{z}")
    )
    assert hint == "Pass logins=... to {x} {z}."
    assert hint.for_command == "Pass --login ..., {z}."


def test_an_error_retains_its_hint_when_it_is_pickled():
    error = pickled(errors.ConfigurationError("x", hint=Hint("Pass {logins}.")))
    assert error.hint == "Pass logins=...."
    assert next_step(error) == "Pass --login ...."


def test_every_placeholder_has_a_wording_for_both_readers():
    assert PARAMETERS.keys() == OPTIONS.keys()
    assert all(PARAMETERS.values())
    assert all(OPTIONS.values())
