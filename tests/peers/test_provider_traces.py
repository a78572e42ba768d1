"""Generated cases for the providers of the JavaScript SDK and of this library.

Both must send the same requests in the same order, wait equally long before they repeat a request, and
return the same credentials and errors, except for the differences in `DIFFERENCES`. `make
differential` compares 1,000 cases and prints how often each difference occurs.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from javascript_differences import DIFFERENCES, Difference, compare
from provider_cases import Case, cases
from provider_traces import NODE_MODULES, JavaScriptProviders, run_case

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.peer

COUNT = int(os.environ.get("CASES", "200"))


@pytest.fixture(scope="module")
def javascript_providers() -> Iterator[JavaScriptProviders]:
    if not (NODE_MODULES / "node_modules" / "@aws-sdk" / "credential-providers").is_dir():
        pytest.fail("The JavaScript SDK is not installed in .build/node: run `make peers`.")
    with JavaScriptProviders({"PATH": os.defpath, "HOME": str(NODE_MODULES)}) as providers:
        yield providers


def test_generated_cases_have_the_same_events(javascript_providers: JavaScriptProviders):
    found: Counter[str] = Counter()

    @settings(
        max_examples=COUNT,
        # CI must not fail at random, so the cases are the same each time unless there are more than 1,000.
        derandomize=COUNT <= 1000,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(cases(), st.booleans())
    def run(case: Case, is_sync: bool) -> None:
        differences = compare(case, javascript_providers.run(case), run_case(case, is_sync=is_sync))
        found.update({difference.situation for difference in differences} or {"no difference"})

    run()
    for situation, count in found.most_common():
        print(f"{count:6} {situation}")
    assert found["no difference"] > 0.4 * sum(found.values())


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.situation)
def test_each_difference_exists(javascript_providers: JavaScriptProviders, difference: Difference):
    case = difference.example
    assert difference in compare(case, javascript_providers.run(case), run_case(case))
