from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core.http_date import epoch_of


@given(st.integers(min_value=0, max_value=253402300799))
def test_reads_every_date_that_a_server_may_send(moment: int) -> None:
    assert epoch_of(formatdate(moment, usegmt=True)) == moment


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "1762418977",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT",
    ],
)
def test_refuses_all_else(date: str) -> None:
    with pytest.raises(ValueError):
        epoch_of(date)


@given(st.text(max_size=40))
def test_garbage_is_a_value_error_and_nothing_else(date: str) -> None:
    with pytest.raises(ValueError):
        epoch_of(date)
