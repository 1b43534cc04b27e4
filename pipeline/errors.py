"""The errors of the project: one small tree, each carrying the fact and not only a sentence."""


class SerieswatchError(Exception):
    """Anything we raise on purpose. Its text is one plain sentence for the person at the screen."""


class BadInput(SerieswatchError):
    """A file, argument or definition is wrong; the text says where and what to write instead."""


class FeedError(SerieswatchError):
    """Something about one feed. Carries the feed's `url`."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}")
        self.url = url
        self.why = why


class UnreadableFeed(FeedError):
    """A document no parser of ours can read. `state` is the word `feeds list` shows for it."""

    def __init__(self, url: str, why: str, *, state: str = "parse_error") -> None:
        super().__init__(url, why)
        self.state = state


class BadCatalogue(BadInput):
    """One of config's data files is wrong. Carries `path` and, where known, `line` (1 first)."""

    def __init__(self, path: str, why: str, *, line: int | None = None) -> None:
        place = path if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {why}")
        self.path = path
        self.line = line
        self.why = why


class BadQuery(BadInput):
    """A series' query cannot be read. `at` is the offset of the first character not understood."""

    def __init__(self, why: str, *, at: int) -> None:
        super().__init__(why)
        self.at = at


class LeaseLost(SerieswatchError):
    """Our lease ran out and somebody else owns the work: roll back, they will do it."""
