"""The parts of docs/fidelity.md that the requests in `service_errors` do not cover."""
