"""Private files and servers for other programs: the endpoint of `exec` and `serve`, the page of `login`."""
