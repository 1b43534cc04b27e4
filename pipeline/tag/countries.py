"""Offices and ministries that every country has, named by rule: "Portuguese foreign minister"."""

import re
from collections.abc import Iterable, Iterator

from pipeline.tag.entries import Entry

_DEMONYM = re.compile(
    r"[A-Z][a-z]+(?:[ -][A-Z][a-z]+)?(?:an|ese|ish|i|ch|ss|ek|ic|ak|gyz|er|ne|ai|kh)\Z"
    r"|Czech|Serb|Thai|Afghan|Croat|Slovene|Cypriot|Kyrgyz|Tajik|Uzbek|Turkmen|Kazakh|Danish|Dutch|French|Swiss"
)
_OFFICES = {
    "president": ("President of {label}", "{demonym} president", "{label}'s president"),
    "prime-minister": (
        "Prime minister of {label}",
        "{demonym} prime minister",
        "{label}'s prime minister",
        "{demonym} premier",
    ),
    "foreign-minister": (
        "Foreign minister of {label}",
        "{demonym} foreign minister",
        "{label}'s foreign minister",
        "{demonym} foreign secretary",
        "{demonym} top diplomat",
    ),
    "defence-minister": (
        "Defence minister of {label}",
        "{demonym} defence minister",
        "{demonym} defense minister",
        "{label}'s defence minister",
        "{label}'s defense minister",
    ),
    "ambassador": ("Ambassador of {label}", "{demonym} ambassador", "{label}'s ambassador"),
}
_BODIES = {
    "foreign-ministry": (
        "{demonym} Foreign Ministry",
        "{label}'s Foreign Ministry",
        "{label}'s Ministry of Foreign Affairs",
        "{demonym} Ministry of Foreign Affairs",
        "Foreign Ministry of {label}",
    ),
    "defence-ministry": (
        "{demonym} Defence Ministry",
        "{demonym} Defense Ministry",
        "{label}'s Defence Ministry",
        "{label}'s Defense Ministry",
        "{label}'s Ministry of Defence",
        "{label}'s Ministry of Defense",
        "{demonym} Ministry of Defence",
        "{demonym} Ministry of Defense",
    ),
    "interior-ministry": (
        "{demonym} Interior Ministry",
        "{label}'s Interior Ministry",
        "{demonym} Ministry of Internal Affairs",
    ),
    "health-ministry": ("{demonym} Health Ministry", "{label}'s Health Ministry"),
    "finance-ministry": ("{demonym} Finance Ministry", "{label}'s Finance Ministry"),
    "parliament": ("{demonym} parliament", "{label}'s parliament", "parliament of {label}"),
    "central-bank": (
        "{demonym} central bank",
        "{label}'s central bank",
        "Central Bank of {label}",
        "Bank of {label}",
    ),
    "supreme-court": ("{demonym} Supreme Court", "{label}'s Supreme Court"),
    "navy": ("{demonym} navy", "{label}'s navy"),
    "air-force": ("{demonym} air force", "{label}'s air force"),
    "army": ("{demonym} army", "{label}'s army", "{demonym} military", "{label}'s military"),
}


def of_countries(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield for every country of the list its offices and bodies."""
    for entry in entries:
        if entry.scheme != "place" or len(entry.code) != 2:  # noqa: PLR2004 - ISO 3166 alpha-2
            continue
        label = entry.label.partition(" (")[0]
        known = (*entry.names, *entry.written, *entry.doubtful)
        demonym = next((name for name in known if _DEMONYM.match(name)), "")
        for scheme, kinds in (("office", _OFFICES), ("organisation", _BODIES)):
            for kind, templates in kinds.items():
                names = [
                    template.format(label=label, demonym=demonym)
                    for template in templates
                    if demonym or "{demonym}" not in template
                ]
                yield Entry(
                    scheme=scheme,
                    code=f"{entry.code.lower()}-{kind}",
                    label=names[0],
                    names=tuple(names[1:]),
                    also=(entry.code,),
                )
