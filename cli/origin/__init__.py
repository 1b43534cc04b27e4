"""Publishers' servers on loopback: the built-in origin of `play`, and what it is made of."""

from cli.origin.recorded import DOMAIN, Origin, address, origin
from cli.origin.server import Asked, Manner, Reply, serving

__all__ = ["DOMAIN", "Asked", "Manner", "Origin", "Reply", "address", "origin", "serving"]
