"""Container-credentials endpoint: `serve()` of providers, and the commands `exec` and `serve`."""
