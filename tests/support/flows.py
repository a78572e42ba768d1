"""Runs a flow of the core against canned answers, and keeps what it asked for."""

from __future__ import annotations

from typing import Any

from cognito_credentials._core import ops


class FlowRunner:
    """Answers each request with the next response; an exception is thrown into the flow."""

    def __init__(self, *responses: Any, now: float = 1000.0, random: float = 0.5) -> None:
        self.responses = list(responses)
        self.now = now
        self.random = random
        self.requests: list[Any] = []
        self.slept: list[float] = []
        self.shared: list[str] = []

    def run(self, flow: Any) -> Any:
        try:
            operation = next(flow)
            while True:
                try:
                    answer = self._answer(operation)
                except Exception as error:  # noqa: BLE001 - the flow decides
                    operation = flow.throw(error)
                else:
                    operation = flow.send(answer)
        except StopIteration as stop:
            return stop.value

    def _answer(self, operation: Any) -> Any:
        match operation:
            case ops.Send(request=request):
                self.requests.append(request)
                response = self.responses.pop(0)
                if isinstance(response, Exception):
                    raise response
                return response
            case ops.Call(function=function, arguments=arguments, keywords=keywords):
                return function(*arguments, **keywords)
            case ops.Share(key=key, flow=flow):
                self.shared.append(key)
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
