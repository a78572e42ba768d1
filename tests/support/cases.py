"""Tests with many short cases, for which separate tests of pytest would take too long to set up."""

from __future__ import annotations

import functools
import inspect


def check_each(names, cases):
    """Run a function with each case in one test, which reports the failures of all cases.

    The cases share the fixtures of the test, so the function must not change them.

    Args:
        names: The parameters, separated by commas, as for `pytest.mark.parametrize`.
        cases: Values for the parameter, or tuples of values if there are several parameters. Can
            also be a function that returns them, which is called when the test runs, not when pytest
            collects the tests.
    """
    parameters = [name.strip() for name in names.split(",")]

    def decorate(function):
        @functools.wraps(function)
        def test(*args, **fixtures):
            rows = [
                case if len(parameters) > 1 else (case,)
                for case in (cases() if callable(cases) else cases)
            ]
            assert rows, "there is no case"
            failures = []
            for row in rows:
                values = dict(zip(parameters, row, strict=True))
                try:
                    function(*args, **values, **fixtures)
                except Exception as error:  # noqa: BLE001 -- all failures are raised at the end
                    error.add_note(f"case: {values}")
                    failures.append(error)
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(rows)} cases failed", failures)

        signature = inspect.signature(function)
        test.__signature__ = signature.replace(
            parameters=[
                signature.parameters[name]
                for name in signature.parameters
                if name not in parameters
            ]
        )
        return test

    return decorate
