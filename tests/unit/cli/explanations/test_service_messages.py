from __future__ import annotations

import re

from cases import check_each

from cognito_credentials._core import error_catalog
from cognito_credentials.cli.explanations.known_error import KnownError
from cognito_credentials.cli.explanations.log_warnings import LOG_WARNINGS
from cognito_credentials.cli.explanations.lookup import explain
from cognito_credentials.cli.explanations.service_messages import SERVICE_MESSAGES
from cognito_credentials.cli.explanations.tool_messages import TOOL_MESSAGES

REASONS = {"", *(entry.reason for entry in error_catalog.ENTRIES)}


@check_each("known", [*SERVICE_MESSAGES, *TOOL_MESSAGES, *LOG_WARNINGS])
def test_every_row_is_complete(known: KnownError):
    step = known.next_step if isinstance(known.next_step, str) else known.next_step("s3:GetObject")
    assert known.meaning.endswith(".")
    assert step.endswith(".")
    assert not any(cause.endswith(".") for cause in known.causes)
    assert known.reason in REASONS


@check_each("known", [*SERVICE_MESSAGES, *TOOL_MESSAGES, *LOG_WARNINGS])
def test_every_example_is_explained_by_its_row(known: KnownError):
    explanation = explain(known.example)
    assert explanation is not None
    assert explanation.meaning == known.meaning


@check_each("known", SERVICE_MESSAGES)
def test_a_next_step_that_depends_on_the_action_has_a_pattern_with_an_action(known: KnownError):
    assert ("action" in re.compile(known.pattern).groupindex) or isinstance(known.next_step, str)
