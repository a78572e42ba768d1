"""The configuration file of the emulator, which declares the contents of the account."""
