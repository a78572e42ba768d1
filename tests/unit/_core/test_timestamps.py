from __future__ import annotations

import pytest

from cognito_credentials._core.timestamps import iso_timestamp


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_800_000_000, "2027-01-15T08:00:00Z"),
        (1_800_000_000.999, "2027-01-15T08:00:00Z"),
        (-1.0, "1969-12-31T23:59:59Z"),
    ],
)
def test_a_timestamp_is_in_utc_without_a_fraction(seconds: float, text: str) -> None:
    assert iso_timestamp(seconds) == text


@pytest.mark.parametrize("seconds", [1e12, 1e30])
def test_a_time_beyond_the_year_9999_is_a_number_of_seconds(seconds: float) -> None:
    assert iso_timestamp(seconds) == f"{seconds:.0f} seconds since 1970"
