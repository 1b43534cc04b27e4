from typing import Any

class NewsMLG2Document:
    def __init__(self, filename_or_string: bytes | str | None = None) -> None: ...
    def get_item(self) -> Any: ...  # noqa: ANN401 - one of its seven kinds
