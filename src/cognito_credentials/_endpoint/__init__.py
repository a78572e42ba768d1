"""Container-credentials endpoint of `serve()`, and of the commands `exec` and `serve`."""
