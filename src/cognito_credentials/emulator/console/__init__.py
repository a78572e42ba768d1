"""The web console at `/_emulator/`: HTML, CSS and JavaScript that call the control interface."""
