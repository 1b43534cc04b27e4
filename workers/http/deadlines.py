"""When an exchange must be over, and how long one wait in it may take."""

import time

LONGEST_SILENCE = 15.0  # seconds without a byte


class Deadline:
    """When everything must be over: so many seconds from now."""

    __slots__ = ("_at", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then; below 0 once it is over."""
        return self._at - time.monotonic()

    def passed(self) -> float:
        """Seconds since the start."""
        return self._seconds - self.left()

    def step(self) -> float:
        """Seconds the next wait may take. Raises TimeoutError once the time is up."""
        left = self.left()
        if left <= 0:
            raise TimeoutError
        return min(left, LONGEST_SILENCE)

    def within(self, seconds: float) -> "Deadline":
        """A deadline in so many seconds, or this one if that is earlier."""
        return Deadline(min(self.left(), seconds))

    def in_words(self) -> str:
        """Which of the two limits was reached."""
        if self.left() <= 0:
            return f"the {self._seconds:g} seconds for one poll were over"
        return "nothing moved for too long"
