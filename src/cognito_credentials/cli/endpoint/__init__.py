"""The credentials endpoint of `exec` and `serve`, and the sign-in page of `login`."""
