"""Who said the words in quotation marks, by what stands around them; nobody, where unsure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.tag.marks import Quoted
from pipeline.tag.persons import Who, in_full, people, who
from pipeline.tag.saying import (
    JUDGED,
    LEADING_TIME,
    SPOKE,
    before_verb,
    first_verb,
    office,
    verb_first,
    verbs,
    with_apposition,
)

_INVERTED = re.compile(r"(?:Said|Says|Added|Wrote|Writes|Asked)\s+")
_ACCORDING = re.compile(
    r"(?:according to|in the words of|selon|laut)\s+"
    r"(?:(?:an?|the)\s+(?:[\w-]+\s+)?(?:report|story|article|account|statement)\s+"
    r"(?:from|by|in)\s+)?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.?!…][\"”’'»)\]]*\s+(?=[\"“‘'«\[(]?[^\W\d_a-zß-öø-ÿ])")
_SHORT = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Maj|Capt|Sgt|Adm|Sen|Rep|Gov|Rev|St|Jr|Sr|No|vs|U\.S|U\.K"
    r"|U\.N|Amb|Cmdr|Messrs|Mme|Co|Corp|Inc|Ltd)|\b[^\W\d_a-z])$"
)
# What ends a subject that stands after its verb: "said Ana Ruiz, ...", "said an aide who ...".
_NAME_ENDS = re.compile(
    r"[,;:()\[\]\"“”«»\n]|\s[—–-]\s|—|(?<![^\W\d_a-z])(?<!Mr)(?<!Mrs)(?<!Ms)(?<!Dr)(?<!Gen)(?<!Col)(?<!Lt)(?<!Sen)(?<!Rep)(?<!Gov)(?<!Prof)(?<!Capt)(?<!Maj)(?<!Sgt)(?<!Adm)(?<!St)(?<!U\.S)(?<!U\.N)(?<![A-ZÀ-Þ]\s)\.(?=\s|$|\")|[?!]"
    r"|\s(?!briefed\b)(?:[a-z]+ed|seen|shown|given)\s+(?:by|to|on|in|with)\s"
    r"|(?<!\bclose)(?<!\bfamiliar)(?<!\bbriefed)\s(?:who|whose|which|that|on|at|after|during|before|as|when|while|speaking|adding|in|by|"
    r"referring|because|told|since|but|and|to|through|via|over|about|with|à|lors|devant|dans|nach|vor|bei)\s"
)
_APPOSITION = re.compile(r",\s*([^,.;:\"“”]{2,110}),")
_LAST_APPOSITION = re.compile(r",\s*([^,.;:\"“”]{2,110})(?:[,.;]|$)")
_NP = re.compile(r"[\w\[(“‘]")
_SUBJECT_END = re.compile(
    r"\s(?:was|is|were|are|has|had|have|did|does|would|will|could|put|left|looked|shook|shrugged|"
    r"smiled|laughed|sounded|seemed|remained|went|made|took|gave|came|stood|sat|paused|agreed|"
    r"recalled|remembers|remembered|disagreed|spoke|defended|offered|saw|sees|knows|kept|had been|"
    r"responded|replied|answered|described|praised|criticised|criticized|welcomed|rejected|said|"
    r"says|told|called|thinks|believes|expects|refused|declined|denied|insisted|warned|argued|"
    r"noted|explained|added|pointed|acknowledged|admitted|dismissed|expressed|urged|echoed|summed)\b"
)
_CUE = re.compile(r"\b(?:quoted|blunt|clear|curt|frank|asked|replied|said|told|responded|put it)\b")
_FAR = 260  # characters around a quotation that are looked at
_NEAR = 40  # quotations before one that are looked at
_SUBJECT = 200  # characters in which the verb of a subject stands
_SHORT_SUBJECT, _SHORT_REST = 6, 12  # words
_TO_SOMEBODY = re.compile(r"\s(?:to|on|in|at)\s")  # "Ruiz to reporters:", "Ruiz on Gaza:"
_OF_A_TITLE = re.compile(
    r"(?:['’]s?|\b(?:titled|entitled|called|named|nicknamed|dubbed|headlined|as|film|movie|book|novel|album|song|series|show))\s+$"
)
# Between two quotations of one speaker in one sentence.
_GOES_ON = ("", "and", "or", "and a", "adding", "adding that", "and that", "and added that")
_AS_SAYING = re.compile(
    r"\b(?:quoted|quotes|quoting|cited|cites|citing)\s+([^,.;:\"“”]{2,90}?)\s+as\s+"
    r"(?:saying|telling|writing)\b"
)
_BESIDE = re.compile(
    r"\s+(?:of|in|from|at|for|with|on|near|by|to|who|that|familiar|close|briefed)\b"
)
_PLURAL = re.compile(r"(?<![sui])s\Z|\A(?:people|police|men|women)\Z")
_OUTSIDE_COMMA = " ,\u00a0—–-"


@dataclass(slots=True)
class Said:
    """Who said a quotation, and the words that say so: `text[start:end]`."""

    who: Who
    start: int
    end: int


@dataclass(slots=True)
class Speakers:
    """Finds the speakers of the quotations of one text, from first to last."""

    text: str
    quoted: list[Quoted]

    def find(self) -> list[Said | None]:
        """Return for each quotation who said it, or None."""
        found: list[Said | None] = []
        for at in range(len(self.quoted)):
            said = self._said(at, found)
            found.append(said)
            if said is not None and said.who.pronoun:
                said.who = self._meant(at, said, found)
        return [one if one is None or one.who.said else None for one in found]

    # -- where it stands

    def _begin(self, at: int) -> int:
        """Where what belongs to a quotation begins: in its paragraph, behind the one before."""
        one = self.quoted[at]
        start = max(0, one.opens - _FAR, self.quoted[at - 1].closes if at else 0)
        broken = self.text.rfind("\n\n", start, one.opens)
        return start if broken < 0 else broken + 2

    def _around(self, at: int) -> tuple[int, int]:
        """Where the sentence begins in which a quotation stands, and where what follows it ends."""
        one = self.quoted[at]
        stop = min(len(self.text), one.closes + _FAR)
        if at + 1 < len(self.quoted):
            stop = min(stop, self.quoted[at + 1].opens)
        broken = self.text.find("\n\n", one.closes, stop)
        return self._sentence(self._begin(at), one.opens), stop if broken < 0 else broken

    def _sentence(self, start: int, stop: int) -> int:
        """Where the sentence begins that reaches to `stop`."""
        begins = start
        for hit in _SENTENCE.finditer(self.text, start, stop + 2):
            if self.text[hit.start()] != "." or not _SHORT.search(
                self.text, max(start, hit.start() - 6), hit.start()
            ):
                begins = min(hit.end(), stop)
        return begins

    def _said(self, at: int, found: list[Said | None]) -> Said | None:
        sentence, stop = self._around(at)
        lead = self.text[sentence : self.quoted[at].opens]
        ways: list[Callable[[], Said | None]] = [
            lambda: self._as_saying(sentence, lead),
            lambda: self._introduced(sentence, lead),
            lambda: self._after(at, stop),
            lambda: self._within(at, sentence, lead, found),
            lambda: self._continued(at, lead, found),
            lambda: self._sentence_before(at, sentence, lead),
        ]
        return next((said for way in ways if (said := way())), None)

    # -- the ways

    def _as_saying(self, sentence: int, lead: str) -> Said | None:
        """An agency quoted Ana Ruiz as saying: "..."."""
        hit = _AS_SAYING.search(lead) if " as " in lead else None
        named = who(hit[1]) if hit else None
        return Said(named, sentence, sentence + hit.end()) if hit and named else None

    def _introduced(self, sentence: int, lead: str) -> Said | None:
        """Smith said: "..."; Said Smith: "..."; Foreign Minister Ana Ruiz: "..."."""
        stripped = lead.rstrip()
        if not stripped or stripped[-1] not in ",:":
            return None
        end = sentence + len(lead)
        if inverted := _INVERTED.match(lead):
            return self._subject_after(sentence + inverted.end(), end)
        for verb in reversed(verbs(lead, SPOKE)):
            if named := before_verb(lead[: verb.start()]):
                return Said(named, sentence, sentence + verb.end())
            if after := verb_first(lead, verb.start(), len(lead)):
                return self._subject_after(sentence + after, end)
        return self._with_colon(sentence, end, stripped[:-1]) if stripped[-1] == ":" else None

    def _with_colon(self, sentence: int, end: int, lead: str) -> Said | None:
        head = lead.rsplit(":", maxsplit=1)[-1].split(",", maxsplit=1)[0]
        said = _TO_SOMEBODY.split(head)[0]
        named = who(said)
        if named and named.name and (named.office or " " in named.name or len(said) < len(head)):
            return Said(named, sentence, end)
        return self._subject_of(sentence, end)

    def _after(self, at: int, stop: int) -> Said | None:
        """See "...," said Smith; "...," the minister told reporters; "...," according to Smith."""
        one, text = self.quoted[at], self.text
        begin = one.closes
        while begin < stop and text[begin] in _OUTSIDE_COMMA:
            begin += 1
        if begin >= stop or not _NP.match(text, begin):
            return None
        if after := verb_first(text, begin, stop):
            return self._subject_after(after, stop)
        if told := _ACCORDING.match(text, begin, stop):
            return self._subject_after(told.end(), stop)
        has_comma = "," in text[one.closes : begin]
        is_sentence = text[one.end - 1] in ".!?…" and not has_comma and text[begin].isupper()
        return self._subject_first(begin, stop, is_sentence=is_sentence)

    def _subject_after(self, begin: int, stop: int) -> Said | None:
        ending = _NAME_ENDS.search(self.text, begin, stop)
        end = ending.start() if ending else stop
        named = who(self.text[begin:end])
        if named is None:
            return None
        if named.description and (also := _APPOSITION.match(self.text, end, stop)):
            named = with_apposition(named, also[1])
        elif (
            named.name
            and not named.office
            and (also := _LAST_APPOSITION.match(self.text, end, stop))
        ):
            named = Who(name=named.name, office=office(also[1]))
        return Said(named, begin, end)

    def _subject_first(self, begin: int, stop: int, *, is_sentence: bool) -> Said | None:
        text = self.text
        spoken = first_verb(text, begin, min(stop, begin + _SUBJECT))
        if spoken is None or _breaks(text, begin, spoken.start()):
            return None
        between = text[begin : spoken.start()]
        if is_sentence and (
            len(_APPOSITION.sub("", between).split()) > _SHORT_SUBJECT
            or not _ends_there(text, spoken.end(), stop)
        ):
            return None
        named = before_verb(between)
        return Said(named, begin, spoken.end()) if named else None

    def _within(self, at: int, sentence: int, lead: str, found: list[Said | None]) -> Said | None:
        """The minister called it "..." but warned that "..."; according to Smith, "..."."""
        if not lead.strip() or _OF_A_TITLE.search(lead):
            return None
        if told := list(_ACCORDING.finditer(lead)):
            return self._subject_after(sentence + told[-1].end(), self.quoted[at].opens)
        for verb in reversed(verbs(lead, JUDGED)):
            if named := before_verb(lead[: verb.start()]):
                return Said(named, sentence, sentence + verb.end())
            if at and self.quoted[at - 1].closes >= sentence and _is_bare(lead[: verb.start()]):
                return found[-1]
        return None

    def _continued(self, at: int, lead: str, found: list[Said | None]) -> Said | None:
        """See "...," Smith said. "..."; or a paragraph of nothing but the words that follow."""
        one, text = self.quoted[at], self.text
        said = found[-1] if at else None
        if said is None:
            return None
        closes = self.quoted[at - 1].closes
        between = text[closes : one.opens]
        if len(between) > _FAR:
            return None
        if lead.strip():  # inside a sentence: '," Smith said, "and ..."'
            is_split = between.rstrip()[-1:] in (",", "—", "–") and said.end >= closes
            return said if is_split or between.strip(" ,") in _GOES_ON else None
        if not _is_sentence(one, text):
            return None
        if "\n\n" in between:
            is_alone = "\n" in text[one.closes : one.closes + 2] or not text[one.closes :].strip()
            return said if is_alone else None
        rest = text[max(closes, said.end) : one.opens]
        return said if len(_SENTENCE.findall(rest)) <= 1 and said.end >= closes else None

    def _sentence_before(self, at: int, sentence: int, lead: str) -> Said | None:
        """Smith was blunt. "...": the sentence before has somebody as its subject."""
        one, text = self.quoted[at], self.text
        if lead.strip() or not _is_sentence(one, text):
            return None
        start = self._begin(at)
        end = start + len(text[start:sentence].rstrip())
        begin = self._sentence(start, end - 1) if end > start else end
        return self._subject_of(begin, end) if end > begin else None

    def _subject_of(self, begin: int, end: int) -> Said | None:
        """The subject a sentence begins with, if it is a person."""
        text = self.text
        lead = LEADING_TIME.match(text, begin, end)
        if lead:
            begin = lead.end()
        verb = _SUBJECT_END.search(text, begin, end)
        if verb is None:
            return None
        named = before_verb(text[begin : verb.start()])
        if named is None or (named.description and not _CUE.search(text, verb.start(), end)):
            return None
        if (
            named.name
            and " " not in named.name
            and in_full(named.name, text, begin) == named.name
            and not named.office
        ):
            return None
        return Said(named, begin, end)

    # -- whom a pronoun means

    def _meant(self, at: int, said: Said, found: list[Said | None]) -> Who:
        """Whom "he" or "she" means: who spoke last, or the only person named; else nobody."""
        if said.who.pronoun not in ("he", "she"):
            return Who()
        start = min(said.start, self.quoted[at].opens)
        lowest = max(0, start - 2 * _FAR)
        paragraph = max(lowest, self.text.rfind("\n\n", lowest, start))
        spoke, where = self._spoke_last(at, start, found)
        if (subject := self._subject_between(where, start)) and not _is_same(subject.name, spoke):
            return subject
        if spoke.said and where >= paragraph:
            return spoke
        here = _distinct(self._outside(max(paragraph, where), start, at))
        if spoke.said and all(_is_same(name, spoke) for name in here):
            return spoke
        return Who(name=here[0]) if len(here) == 1 else Who()

    def _subject_between(self, where: int, start: int) -> Who | None:
        """Of "Ruiz said no. Leo Holm agreed. "...," he said" Holm: the subject just before."""
        low = max(0, start - _FAR, self.text.rfind("\n\n", 0, start) + 2, where + 1)
        end = low + len(self.text[low:start].rstrip())
        begin = self._sentence(low, end - 1) if end > low else end
        said = self._subject_of(begin, end) if where >= 0 and begin > low else None
        return said.who if said is not None and said.who.name else None

    def _spoke_last(self, at: int, start: int, found: list[Said | None]) -> tuple[Who, int]:
        """Who spoke last before `start`, in quotation marks or not, and where that stands."""
        earlier = (one for one in reversed(found[:-1][-_NEAR:]) if one is not None)
        last, where = next(((one.who, one.start) for one in earlier if one.who.said), (Who(), -1))
        begin = max(0, start - 3 * _FAR, where)
        for verb in reversed(verbs(self.text, SPOKE, begin, start)):
            if verb.start() <= where or self._is_quoted(verb.start(), at):
                continue
            sentence = self._sentence(max(begin, verb.start() - _FAR), verb.start())
            named = before_verb(self.text[sentence : verb.start()].rsplit("\n\n")[-1])
            if named is not None and named.said and not _is_many(named):
                return named, sentence
        return (Who(), -1) if _is_many(last) else (last, where)

    def _is_quoted(self, place: int, at: int) -> bool:
        return any(one.opens <= place < one.closes for one in self.quoted[max(0, at - _NEAR) : at])

    def _outside(self, begin: int, end: int, before: int) -> list[str]:
        """The persons named in full outside quotations."""
        pieces, at = [], begin
        for one in self.quoted[max(0, before - _NEAR) : before]:
            if one.closes > begin:
                pieces.append(self.text[at : max(at, one.opens)])
                at = one.closes
        pieces.append(self.text[at : max(at, end)])
        return people(" \n ".join(pieces))


def _breaks(text: str, begin: int, end: int) -> bool:
    """Whether a sentence ends between."""
    return any(
        text[hit.start()] != "." or not _SHORT.search(text, begin, hit.start())
        for hit in _SENTENCE.finditer(text, begin, end)
    )


def _is_sentence(one: Quoted, text: str) -> bool:
    """Whether what is quoted stands for itself: a sentence, not some words of the writer's."""
    words = text[one.start : one.end]
    return words[-1] in ".?!…,—" and (
        words[0].isupper() or words[0] in "[…“‘'\"" or words[0].isdigit()
    )


def _ends_there(text: str, begin: int, stop: int) -> bool:
    """Whether a sentence says no more than that somebody spoke, to whom, where and when."""
    ending = _SENTENCE.search(text, begin, stop)
    rest = text[begin : ending.start() if ending else stop].strip(" .")
    return len(rest.split()) <= _SHORT_REST and not re.search(
        r"\b(?:that|he|she|it|they|the \w+ (?:was|is|would|had|has))\b", rest
    )


def _is_bare(lead: str) -> bool:
    """Whether before a verb stands no subject of its own."""
    return lead.strip(" ,.;").lower() in (
        "",
        "and",
        "but",
        "or",
        "then",
        "and then",
        "but also",
        "and also",
    )


def _distinct(names: list[str]) -> list[str]:
    """Names without those that only repeat one of the others."""
    found: list[str] = []
    for name in names:
        if all(name.split()[-1] != other.split()[-1] for other in found):
            found.append(name)
    return found


def _is_many(who: Who) -> bool:
    """Whether several are described, "two officials from Kyiv": no "he" or "she" means them."""
    described = _BESIDE.split(who.description, maxsplit=1)[0].split() or [""]
    return not who.name and bool(_PLURAL.search(described[-1]))


def _is_same(name: str, spoke: Who) -> bool:
    return bool(spoke.name) and name.rsplit(maxsplit=1)[-1] == spoke.name.split()[-1]
