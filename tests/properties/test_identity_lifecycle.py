"""The emulator's identities after arbitrary sequences of operations."""

from __future__ import annotations

from hypothesis import settings
from identity_lifecycle import IdentityLifecycle

TestIdentityLifecycle = IdentityLifecycle.TestCase
TestIdentityLifecycle.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
