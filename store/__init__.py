"""Tables, sessions and queries: where the truth is kept."""
