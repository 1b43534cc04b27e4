"""The steps a story flows through, as pure functions: no clock, no socket, no session, no settings."""
