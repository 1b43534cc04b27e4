"""The steps a story flows through, as pure functions: no clock, socket, session or settings."""

__version__ = "0.1.0"
