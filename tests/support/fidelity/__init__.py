"""The parts of docs/fidelity.md that are not error messages with a request each."""
