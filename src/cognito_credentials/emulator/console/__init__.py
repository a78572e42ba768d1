"""The web console at `/_emulator/`: plain HTML, CSS and JavaScript, which use the control interface."""
