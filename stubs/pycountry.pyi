# The part of pycountry that the project uses; its own types stop short of these calls.

from collections.abc import Iterator

LOCALES_DIR: str

class _Country:
    alpha_2: str
    name: str

class _Subdivision:
    code: str
    name: str

class _Countries:
    def __iter__(self) -> Iterator[_Country]: ...

class _Subdivisions:
    def get(self, *, country_code: str) -> set[_Subdivision]: ...

countries: _Countries
subdivisions: _Subdivisions
