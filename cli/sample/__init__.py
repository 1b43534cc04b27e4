"""The bundled sample newsroom: one invented week of news, for the demo and for tests."""
