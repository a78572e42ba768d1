"""The methods of `Emulator` that make requests fail."""

from __future__ import annotations

from collections.abc import Mapping

from cognito_credentials.emulator.faults import Fault, Faults
from cognito_credentials.emulator.quotas import PUBLISHED_QUOTAS
from cognito_credentials.emulator.request_pipeline import RequestPipeline


class FaultMethods:
    """Methods of `Emulator` for tests of failures."""

    faults: Faults
    _pipeline: RequestPipeline

    def fail(
        self, operation: str, code: str, message: str = "", *, status: int = 400, times: int = 1
    ) -> None:
        """Add a `Fault` of the kind `error`: the next requests for an operation fail.

        If fewer requests than `times` have failed, `close` issues a `UserWarning`, because the test
        did not cause the failure. See `Fault` for the arguments.

        Raises:
            ValueError: If no emulated service has the operation, or another argument is invalid.
        """
        fault = Fault(operation, "error", times, code=code, message=message, status=status)
        self.faults.add(fault)

    def enforce_quotas(self, quotas: Mapping[str, float] = PUBLISHED_QUOTAS) -> None:
        """Throttle requests for Amazon Cognito Identity that exceed a quota, until `reset`.

        Args:
            quotas: Requests per second on the emulator's clock, by operation, for each region.
                Default: the quotas of a new AWS account. Replaces earlier quotas.

        Raises:
            TypeError: If `quotas` is not a mapping.
            ValueError: If AWS publishes no quota for an operation, or a quota is not positive.
        """
        self._pipeline.quotas.enforce(quotas)
