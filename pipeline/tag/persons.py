"""Who a few words name: a person with an office, or somebody described and left unnamed."""

import re
from dataclasses import dataclass

TITLES = frozenset(
    """
    president vice vice-president prime premier deputy minister ministers foreign defence defense
    finance interior justice secretary secretary-general general undersecretary under-secretary
    under-secretary-general assistant state affairs political public security chief chancellor
    ambassador envoy special senator representative congressman congresswoman governor mayor judge
    chairman chairwoman chair speaker spokesman spokeswoman spokesperson king queen prince princess
    pope sheikh sultan emir ayatollah imam rabbi father sister cardinal bishop archbishop patriarch
    mr mrs ms miss dr prof professor sir dame lord lady baroness baron count
    gen lt col maj capt sgt adm cmdr sen rep gov rev amb cpl pvt
    lieutenant colonel major captain sergeant admiral commander brigadier marshal field corporal
    private staff army navy air force police commissioner commission director executive officer
    editor analyst economist attorney lawyer detective inspector superintendent sheriff undersheriff
    councilman councilwoman councillor councilor alderman assemblyman assemblywoman justice
    leader head coach adviser advisor correspondent reporter journalist writer columnist
    monsieur madame m mme herr frau señor señora
    """.split(),
)
_HONORIFICS = frozenset("mr mrs ms miss dr sir dame lord lady m mme herr frau".split())
_PARTICLES = frozenset(
    "de van von der den bin ibn bint al el la di da dos das du del della ter ten le abu ben".split()
)
_DETERMINERS = frozenset(
    """
    the a an one two three four five six some another his her their its our several many most other
    others both each every this that these those any few all no dozens hundreds
    """.split(),
)
_PERSON_PLURALS = frozenset(
    """
    officials residents analysts experts diplomats critics police authorities witnesses prosecutors
    investigators lawmakers sources aides supporters opponents protesters demonstrators activists
    lawyers doctors soldiers commanders traders economists observers researchers scientists
    organisers organizers officers ministers senators republicans democrats leaders neighbors
    neighbours villagers locals people men women relatives colleagues employees workers students
    teachers farmers fishermen survivors victims rebels militants negotiators mediators envoys
    ambassadors members campaigners insiders executives managers dealers brokers bankers bondholders
    firefighters rescuers medics nurses refugees migrants voters readers users fans historians
    lawmakers spokespeople government ministry prosecutors judges jurors
    """.split(),
)
# What a name of two or more capitalised words does not hold, if it is a person's.
_NO_PERSON = frozenset(
    """
    council ministry union party department street house university republic states kingdom bank
    court agency office parliament commission committee news times post journal north south east
    west northern southern eastern western new united sea river city security foreign national
    international federal organization organisation nations treaty war world cup league army navy
    force forces group company inc corp ltd plc institute center centre hospital school college
    church museum airport road avenue square bridge island islands mountain bay gulf strait valley
    district region province county embassy senate congress assembly duma rada bundestag knesset
    january february march april june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday easter christmas day act law plan agreement
    accord accords protocol convention summit conference forum daily herald tribune press radio
    television channel gazette ledger courier review magazine association federation alliance
    coalition front movement service services fund reserve board authority bureau
    """.split(),
)
_NO_NAME = TITLES | _NO_PERSON
# What ends the name of a body, whatever office it begins like: "the State Department".
_BODIES = frozenset(
    """
    council ministry department agency commission committee office service services court
    parliament senate congress assembly authority bureau board
    """.split(),
)
_COMMON_STARTS = frozenset(
    """
    a an the but and or so yet as if when while after before although though because since until in
    on at by for from with without of to into over under during against among between about asked
    speaking writing addressing he she it they we i you his her its their our this that these those
    there here what which who whom whose why how not no yes now then still also even only just
    meanwhile however instead earlier later last next on both each many most some few other another
    one two three four five according once despite like unlike under within across amid citing
    """.split(),
)
_NAMES = re.compile(r"[A-ZÀ-ÞĀ-ŽА-ЯІЇЄ][\w’'-]+|[A-ZÀ-Þ]\.|(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep)\.")
_MOST_WORDS = 14


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody as a text names them: by name, or by description where it gives no name."""

    name: str = ""
    office: str = ""
    description: str = ""
    pronoun: str = ""

    @property
    def said(self) -> str:
        """The name, or else the description."""
        return self.name or self.description


def is_name(token: str) -> bool:
    """Whether a word is written as names are."""
    return token[:1].isupper()


def _bare(token: str) -> str:
    return token.lower().rstrip(".,")


def _run_at_end(tokens: list[str]) -> int:
    """Where the run of capitalised words that ends `tokens` begins; their number if none does."""
    start = len(tokens)
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if is_name(token) or token.startswith(("al-", "el-", "d'", "d’")):
            start = at
        elif token not in _PARTICLES:
            break
    return start


def without_titles(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Return a run of capitalised words as what is an office and what is a name.

    "Foreign Minister | Ana Ruiz", "European Commission President | Ana Ruiz"; a last word that
    might be either is a name: "Kanye West".
    """
    cut = _behind_last(tokens, _NO_NAME)
    if cut == len(tokens):
        cut = _behind_last(tokens, TITLES)
    return tokens[:cut], tokens[cut:]


def _behind_last(tokens: list[str], words: frozenset[str]) -> int:
    for at in range(len(tokens), 0, -1):
        if _bare(tokens[at - 1]) in words:
            return at
    return 0


def who(phrase: str) -> Who | None:
    """Return whom `phrase`, the subject of a sentence, names; None where it names nobody."""
    tokens = (_INITIAL_APART.sub(r"\1. ", phrase) if " . " in phrase else phrase).split()
    while tokens and tokens[0].lower() in _CONJUNCTIONS:
        tokens = tokens[1:]
    if not tokens or len(tokens) > _MOST_WORDS or tokens[-1].lower() in _NO_END:
        return None
    if len(tokens) == 1 and tokens[0].lower() in PRONOUNS:
        return Who(pronoun=tokens[0].lower())
    if any(token.lower() in PRONOUNS for token in tokens):
        return None  # a clause, not a subject
    return _with_a_name(tokens) or _without_a_name(tokens)


def _with_a_name(tokens: list[str]) -> Who | None:
    """Of "Foreign Minister Ana Ruiz", "an adviser, Ana Ruiz", "Ana Ruiz of Amnesty"."""
    cut = _name_before_preposition(tokens)
    start = _run_at_end(tokens[:cut])
    lead, run = tokens[:start], tokens[start:cut]
    if not lead and run and _is_described(run[0]):
        lead, run = run[:1], run[1:]  # "The Times", "One", "Residents"
    if not run:
        return None
    titles, name = without_titles(run)
    if titles and len(name) == 1 and _bare(name[0]) in _BODIES:
        return Who(description=" ".join(tokens))
    if not titles and (own := _behind_owner(name)):
        return Who(name=" ".join(own))
    is_several = "and" in lead
    stands_for_body = lead and lead[-1].lower() in (*_DETERMINERS, *_PREPOSITIONS) and not titles
    if not name or is_several or (stands_for_body and cut == len(tokens)):
        return Who(description=" ".join(tokens))
    office = [*lead, *titles] or tokens[cut + 1 :]
    if all(_bare(token) in _HONORIFICS for token in office):
        office = []  # "Ms. Ruiz" holds none
    return Who(name=" ".join(name), office=" ".join(office))


def _behind_owner(name: list[str]) -> list[str]:
    """Of "Zora's Ana Ruiz" the person; nothing, where a body may be meant: "Lloyd's Register"."""
    owners = [at for at, token in enumerate(name) if _is_possessive(token)]
    own = name[owners[-1] + 1 :] if owners else []
    is_person = len(own) > 1 and not any(_bare(token) in _NO_PERSON for token in own)
    return own if is_person else []


def _name_before_preposition(tokens: list[str]) -> int:
    """How many tokens stand before what a person is of or at; all of them, where nobody is."""
    for at in range(1, len(tokens) - 1):
        if tokens[at] in _PREPOSITIONS and is_name(tokens[at - 1]):
            start = _run_at_end(tokens[:at])
            titles, name = without_titles(tokens[start:at])
            is_body = any(_bare(token) in _NO_PERSON for token in name)
            is_person = not is_body and (len(name) > 1 or (name and (titles or start)))
            if (
                is_person
                and not _is_described(tokens[start])
                and not _is_possessive(tokens[at - 1])
            ):
                return at
    return len(tokens)


def _without_a_name(tokens: list[str]) -> Who | None:
    """Of "a Western official", "Ukraine's foreign minister", "officials in Kyiv"."""
    first = tokens[0]
    if first.lower() in _PREPOSITIONS:
        return None  # "In a letter to the king"
    is_somebody = (
        _is_described(first)
        or _bare(tokens[-1]) in _PERSON_PLURALS
        or (is_name(first) and any(_is_possessive(token) for token in tokens))
        or (is_name(first) and _bare(tokens[-1]) in TITLES)
    )
    return Who(description=" ".join(tokens)) if is_somebody else None


def _is_described(token: str) -> bool:
    return token.lower() in _DETERMINERS or _bare(token) in _PERSON_PLURALS


def _is_possessive(token: str) -> bool:
    return token.endswith(("'s", "’s", "s'", "s’"))


_INITIAL_APART = re.compile(r"\b([A-Z]) \. ")  # some archives set points apart: "A . J . Smith"
_NO_END = frozenset("to of for from in at with on by not never be a an the and or as".split())
PRONOUNS = frozenset("he she it they we i you who that which this there".split())
_PREPOSITIONS = frozenset("of for from in at with on to by".split())
_CONJUNCTIONS = frozenset(
    "and but as while when though although yet so because that whether if then where or nor "
    "however meanwhile still also later earlier instead".split()
)


def people(text: str) -> list[str]:
    """Return the persons whom `text` names in full, in order, each as often as it does."""
    found = []
    run: list[str] = []
    end = 0
    for hit in _NAMES.finditer(text):
        token = hit[0]
        between = text[end : hit.start()]
        if run and between != " " and between.strip() not in _PARTICLES:
            found += _person(run)
            run = []
        run += [*(between.split() if run else ()), token.removesuffix("'s").removesuffix("’s")]
        end = hit.end()
        if token.endswith(("'s", "’s")):  # "Spain's Ruiz" is not called Spain Ruiz
            found += _person(run)
            run = []
    return [*found, *_person(run)]


def _person(run: list[str]) -> list[str]:
    while run and (_bare(run[0]) in _COMMON_STARTS or run[0] in _PARTICLES):
        run = run[1:]
    titles, name = without_titles(run)
    name = [token.rstrip(".") if len(token) > len("J.") else token for token in name]
    if not name or any(_bare(token) in _NO_PERSON or _is_acronym(token) for token in name):
        return []
    is_full = len(name) > 1
    if is_full or (titles and _bare(titles[-1]) in _HONORIFICS):
        return [" ".join(name)]
    return []


def _is_acronym(token: str) -> bool:
    return token.isupper() and len(token) > len("J.")


def in_full(surname: str, text: str, before: int) -> str:
    """Return the full name that `surname` stood in before; `surname` itself where it did not."""
    at = text.find(surname)
    while 0 <= at < before:
        end = at + len(surname)
        if at and text[at - 1] == " " and not text[end : end + 1].isalnum():
            named = people(text[max(0, text.rfind("\n", 0, at), at - 60) : end])
            if named and named[-1].endswith(" " + surname):
                return named[-1]
        at = text.find(surname, end)
    return surname
