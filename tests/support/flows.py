"""A driver for tests, which carries out a flow's operations without I/O."""

from __future__ import annotations

from typing import Any

from cognito_credentials._core import ops


class FlowRunner:
    """Driver that records the operations, and responds to requests with prepared responses in turn.

    A prepared response that is an exception is thrown into the flow. The driver records background flights
    without running them.
    """

    def __init__(self, *responses: Any, now: float = 1000.0, random: float = 0.5) -> None:
        self.responses = list(responses)
        self.now = now
        self.random = random
        self.requests: list[Any] = []
        self.slept: list[float] = []
        self.flight_keys: list[Any] = []
        self.in_flight: set[Any] = set()
        self.background: dict[Any, Any] = {}
        self.timeouts: list[float] = []

    def run(self, flow: Any) -> Any:
        leases: list[Any] = []
        try:
            operation = next(flow)
            while True:
                try:
                    result = self._carry_out(operation)
                    if isinstance(operation, ops.AcquireLease) and result is not None:
                        leases.append(result)
                except Exception as error:  # noqa: BLE001 - The flow decides how to continue.
                    operation = flow.throw(error)
                else:
                    operation = flow.send(result)
        except StopIteration as stop:
            return stop.value
        finally:
            for lease in leases:
                lease.release()

    def _carry_out(self, operation: Any) -> Any:
        match operation:
            case ops.Send(request=request):
                self.requests.append(request)
                response = self.responses.pop(0)
                if isinstance(response, Exception):
                    raise response
                return response
            case ops.Call(function=function, arguments=arguments, keywords=keywords):
                return function(*arguments, **keywords)
            case ops.SingleFlight(key=key, flow=flow):
                self.flight_keys.append(key)
                return self.run(flow())
            case ops.IsInFlight(key=key):
                return key in self.in_flight
            case ops.StartFlight(key=key, flow=flow):
                self.background[key] = flow
                return None
            case ops.JoinFlight(key=key, flow=flow, timeout_seconds=timeout_seconds):
                self.flight_keys.append(key)
                self.timeouts.append(timeout_seconds)
                return self.run(flow())
            case ops.Sleep(seconds=seconds):
                self.slept.append(seconds)
                self.now += seconds
                return None
            case ops.Now():
                return self.now
            case ops.Random():
                return self.random
        raise AssertionError(f"no such operation: {operation!r}")
