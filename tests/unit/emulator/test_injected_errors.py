from __future__ import annotations

import pytest

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.injected_errors import InjectedErrors


def test_errors_are_raised_in_order_and_the_given_number_of_times():
    errors = InjectedErrors()
    errors.add("GetId", AwsError("First", "text"), 2)
    errors.add("GetId", AwsError("Second", "text"), 1)
    codes: list[str] = []
    for _ in range(3):
        with pytest.raises(AwsError) as caught:
            errors.raise_next("GetId")
        codes.append(caught.value.code)
    assert codes == ["First", "First", "Second"]
    errors.raise_next("GetId")


def test_an_error_is_raised_only_for_its_operation():
    errors = InjectedErrors()
    errors.add("GetId", AwsError("Code", "text"), 1)
    errors.raise_next("GetOpenIdToken")
    with pytest.raises(AwsError, match="Code"):
        errors.raise_next("GetId")
