"""The container-credentials endpoint of `exec` and `serve`, and the environment of its clients."""
