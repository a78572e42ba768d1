"""The configuration file of the emulator: what the account contains at the start."""
