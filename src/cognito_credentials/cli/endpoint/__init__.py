"""The container-credentials endpoint of exec and serve, and what a program needs to find it."""
