"""What matched stories become in an instalment: items, gathered, linked, credited and ranked.

section_for   at matching: which section a story goes to
assemble      at every refresh: the items, each with the reasons for its place
propose       the title and the lead
worth_running the quotations
"""

from pipeline.draft.assemble import assemble
from pipeline.draft.lead import Candidate, Proposal, propose
from pipeline.draft.link import broke, credited
from pipeline.draft.placing import section_for
from pipeline.draft.quotes import Heard, worth_running
from pipeline.draft.told import NOTHING, Gathered, Memory, Name, Past, Planned, Telling
from pipeline.draft.voice import voice_of
from pipeline.draft.wording import attribution, instalment_title

__all__ = [
    "NOTHING",
    "Candidate",
    "Gathered",
    "Heard",
    "Memory",
    "Name",
    "Past",
    "Planned",
    "Proposal",
    "Telling",
    "assemble",
    "attribution",
    "broke",
    "credited",
    "instalment_title",
    "propose",
    "section_for",
    "voice_of",
    "worth_running",
]
