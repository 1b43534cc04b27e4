"""Whose text a story is: found while it is placed, the same whoever came first.

The cases numbered are those of the reference page on duplicates. Outlets, wires and texts are
invented, on example domains.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import permutations

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pipeline import dedupe
from pipeline.errors import BadInput
from pipeline.records import OutletKind
from store import copies, fingerprintdays, judging, stories
from store.models import (
    ApartRow,
    AuditRow,
    ChangeRow,
    DuplicateRow,
    FingerprintRow,
    StoryKeyRow,
    StoryRow,
    VersionRow,
)
from tests.store.test_intake import NOW, Desk, a_page
from workers import copying

WIRE = (
    "The ferry company said on Monday that it would resume its night sailings next week. "
    "A court had halted the sale of the terminal at Aldwick to a group of investors. "
    "Crews accepted an offer on pay of 312 crowns that the union called too little in May. "
    "Traders in Brennick had complained of empty stalls and 40 lost jobs since the spring. "
    "The harbour master expects the first boat to leave at dusk, if the weather permits. "
    "Passengers will find the waiting room painted green, and the old clock repaired at last."
)
OTHER = (
    "Whales were seen off the pier by children from the village school, who drew gulls. "
    "Their teacher called the lifeboat, so that somebody grown up would bear witness to it. "
    "The crew counted nine of them and gave the youngest the name of the harbour's old cat. "
    "A museum has asked for the drawings, and the baker sells whales made of almond paste."
)
HOUSE = "Read more at our website. All rights reserved by the publisher."
TITLE = "Night ferries resume at Aldwick"


def came(
    session: Session,
    number: int,
    words: str = WIRE,
    title: str = TITLE,
    *,
    outlet: str = "",
    kind: OutletKind = "outlet",
    minutes: int | None = None,
    **more: object,
) -> int:
    """Let a story come by a feed of an outlet of its own; gives its id. It is not placed yet."""
    outlet = outlet or f"paper{number}"
    page = f"https://{outlet}.example/{number}"
    at = NOW + timedelta(minutes=number if minutes is None else minutes)
    told: dict[str, object] = {
        "summary": "",
        "text": words,
        "title": title,
        "guid": f"{outlet}-{number}",
    }
    told |= {"url": page, "canonical_url": page, "published": at}
    story = a_page(number, **(told | more))
    desk = Desk(session, outlet=outlet, kind=kind)
    taken = desk.bring(story, at=NOW + timedelta(hours=5))
    return (
        taken.to_place[0]
        if taken.to_place
        else session.scalars(select(StoryKeyRow.story_id).where(StoryKeyRow.value == page)).one()
    )


def place(session: Session, *ids: int) -> Sequence[stories.Kept]:
    kept = sorted(stories.current(session, ids), key=lambda one: ids.index(one.id))
    found, _ = copying.find(session, kept, NOW)
    return found


def standing(session: Session) -> dict[int, tuple[int, str]]:
    """Of each copy its original and its kind."""
    row = DuplicateRow
    asked = select(row.story_id, row.root_id, row.relation).where(row.undone_at.is_(None))
    return {story: (root, kind) for story, root, kind in session.execute(asked)}


def audited(session: Session, action: str) -> list[dict[str, object]]:
    session.expire_all()
    asked = select(AuditRow.detail).where(AuditRow.action == action).order_by(AuditRow.id)
    return list(session.scalars(asked))


# --- the cases


def test_case_1_a_framed_and_retitled_copy_is_syndicated_and_cut_an_excerpt(
    session: Session,
) -> None:
    root = came(session, 1, outlet="tide-wire", kind="wire")
    framed = f"ALDWICK, March 9 (Tide Wire) - {WIRE} {HOUSE}"
    copy = came(session, 2, framed, "Boats by night again")
    cut = came(session, 3, framed[:220], "Boats, by night")
    found = place(session, root, copy, cut)
    assert standing(session) == {copy: (root, "syndicated"), cut: (root, "excerpt")}
    assert [one.root for one in found] == [None, root, root]
    row = session.get_one(DuplicateRow, copy)
    assert (row.of_id, row.decided_by) == (root, "machine:fingerprints/1")
    assert row.score > 0.9
    assert "framed by the house" in row.why[0]["text"]


def test_case_2_a_correction_is_shown_and_told_and_the_original_stays_one(
    session: Session,
) -> None:
    root = came(session, 1, outlet="tide-wire", kind="wire")
    corrected = came(session, 2, WIRE.replace("312", "213"), f"CORRECTED-{TITLE}")
    place(session, root)
    place(session, corrected)
    assert standing(session) == {corrected: (root, "correction")}
    change = session.scalars(select(ChangeRow)).one()
    assert (change.story_id, change.kind, change.said) == (root, "correction", f"CORRECTED-{TITLE}")
    place(session, corrected)
    assert session.scalars(select(func.count()).select_from(ChangeRow)).one() == 1


def test_case_3_notices_one_number_apart_are_no_copies(session: Session) -> None:
    notice = (
        "The Bank of Aldwick said it would drain {} mln crowns from the market after {} mln the "
        "day before, and that it expected a shortage of {} mln crowns in bills falling due."
    )
    figures = ((450, 120, 80), (300, 120, 80), (450, 650, 80), (450, 120, 95))
    ids = [
        came(session, n, notice.format(*of), f"Bank to drain {of[0]} mln, {of[1]} mln, {of[2]} mln")
        for n, of in enumerate(figures)
    ]
    place(session, *ids)
    assert standing(session) == {}


def test_case_4_an_update_that_leaves_sentences_out_and_begins_anew_is_one(
    session: Session,
) -> None:
    root = came(session, 1, outlet="tide-wire", kind="wire")
    sentences = WIRE.split(". ")
    anew = ". ".join(("The first night boat was sold out within the hour", *sentences[1:]))
    update = came(session, 2, anew, f"UPDATE 2-{TITLE}", outlet="tide-wire", kind="wire")
    place(session, root, update)
    assert standing(session) == {update: (root, "update")}


def test_case_5_whatever_the_order_the_end_is_the_same(session: Session) -> None:
    came_in = {
        "wire": (5, WIRE, TITLE, "tide-wire"),
        "framed": (1, f"ALDWICK (Tide Wire) - {WIRE} {HOUSE}", "Boats by night", "gazette"),
        "cut": (2, WIRE[:260], "Boats", "meridian"),
        "corrected": (0, WIRE.replace("312", "213"), f"CORRECTED-{TITLE}", "tide-wire"),
    }
    ends = set()
    for order in permutations(came_in):
        attempt = session.begin_nested()
        ids = {}
        for name in order:
            minutes, words, title, outlet = came_in[name]
            kind: OutletKind = "wire" if outlet == "tide-wire" else "outlet"
            number = list(came_in).index(name)
            ids[name] = came(
                session, number, words, title, outlet=outlet, kind=kind, minutes=minutes
            )
            place(session, ids[name])
        names = {story: name for name, story in ids.items()}
        session.expire_all()
        rows = list(session.scalars(select(DuplicateRow).order_by(DuplicateRow.story_id)))
        ends.add(
            frozenset(
                (
                    *(names[one or 0] for one in (r.story_id, r.root_id, r.of_id)),
                    r.relation,
                    r.score,
                    r.why[0]["text"],
                )
                for r in rows
            )
        )
        attempt.rollback()
    [end] = ends
    assert {(story, root, kind) for story, root, _, kind, *_ in end} == {
        ("framed", "wire", "syndicated"),
        ("cut", "wire", "excerpt"),
        ("corrected", "wire", "correction"),
    }


def test_case_5_a_copy_that_came_first_is_led_to_its_original_with_a_record(
    session: Session,
) -> None:
    early = came(session, 1, f"{WIRE} {HOUSE}")
    follower = came(session, 2, f"{WIRE} {HOUSE}", "Boats by night")
    place(session, early, follower)
    assert standing(session) == {follower: (early, "syndicated")}
    wire = came(session, 9, outlet="tide-wire", kind="wire")
    place(session, wire)
    assert standing(session) == {early: (wire, "syndicated"), follower: (wire, "syndicated")}
    [led] = audited(session, "story.original")
    assert led == {"from": early, "to": wire, "copies": [follower]}


def test_case_6_one_headline_over_two_texts_makes_no_copy(session: Session) -> None:
    first = came(session, 1, WIRE, "What happened in the harbour this week?")
    second = came(session, 2, OTHER, "What happened in the harbour this week?")
    place(session, first, second)
    assert standing(session) == {}


def test_case_7_a_guid_given_to_another_story_leaves_the_old_ones_copies_alone(
    session: Session,
) -> None:
    root = came(session, 1, outlet="gazette")
    copy = came(session, 2)
    place(session, root, copy)
    desk = Desk(session, outlet="gazette")
    page = "https://gazette.example/another"
    words = " ".join(f"whale{number}" for number in range(60))
    title = "Budget airline cancels four hundred flights"
    told = {"title": title, "text": words, "url": page, "canonical_url": page}
    [other] = desk.bring(a_page(1, guid="gazette-1", summary="", **told)).to_place
    place(session, other)
    assert other not in {root, copy}
    assert standing(session) == {copy: (root, "syndicated")}


def test_case_7_a_story_that_takes_on_another_text_leaves_its_copies_behind(
    session: Session,
) -> None:
    root, copy, third = (came(session, n) for n in (1, 2, 3))
    place(session, root, copy, third)
    assert standing(session) == {copy: (root, "syndicated"), third: (root, "syndicated")}
    assert came(session, 1, OTHER, "Ferries and whales at Aldwick") == root
    place(session, root)
    session.expire_all()
    assert standing(session) == {third: (copy, "syndicated")}
    assert audited(session, "story.no_copy") == [{"of": root}]


def test_case_8_what_a_link_carries_along_makes_no_difference(session: Session) -> None:
    long = f"https://paper2.example/2?{'next=/harbour/boats&' * 30}utm_source=feed&mc_cid=7"
    root = came(session, 1)
    copy = came(session, 2, url=long)
    place(session, root, copy)
    assert standing(session) == {copy: (root, "syndicated")}


@pytest.mark.parametrize(
    "words",
    ["", "Read more", "Ferries to resume", "Subscribe now. All rights reserved.", "…", "渡轮"],
)
def test_case_9_where_there_is_next_to_nothing_to_compare_nothing_is_a_copy(
    session: Session, words: str
) -> None:
    ids = [came(session, n, words, f"Boats of the {n}th pier") for n in range(3)]
    place(session, *ids)
    assert standing(session) == {}


PAY = (
    "This article is for subscribers only. To go on reading, please choose the offer that suits "
    "you best, or sign in with the address and password you gave us when you registered. Your "
    "support lets our newsroom hire people and pay for their work. Cancel whenever you like."
)


def test_case_9_a_notice_that_speaks_of_no_headline_makes_no_copies(session: Session) -> None:
    headlines = ("Storm halts ferry", "Whale seen near Brennick", "Court jails harbour thief")
    ids = [
        *(came(session, n, PAY, one, outlet="coast") for n, one in enumerate(headlines)),
        came(session, 7, PAY, "Pilots strike", outlet="coast-east"),
    ]
    place(session, *ids)
    place(session, *ids)
    assert standing(session) == {}
    again = came(session, 8, PAY, headlines[0], outlet="coast-west")
    place(session, again)
    assert {story: root for story, (root, _) in standing(session).items()} == {again: ids[0]}


SCRIPTS = {
    "Ukrainian": (
        "Поромна компанія повідомила в понеділок, що наступного тижня відновить нічні рейси між "
        "Олдвіком та Бренніком. Суд зупинив продаж термінала групі інвесторів, екіпажі прийняли "
        "пропозицію щодо оплати, яку профспілка місяць тому назвала замалою для цієї роботи."
    ),
    "Arabic": (
        "قالت شركة العبارات يوم الاثنين إنها ستستأنف رحلاتها الليلية بين المدينتين الأسبوع المقبل "
        "بعد أن أوقفت المحكمة بيع المحطة لمجموعة من المستثمرين وقبل البحارة عرضا بشأن الأجور "
        "كانت النقابة قد وصفته قبل شهر بأنه قليل جدا ولا يكفي لمن يعملون في الليل"
    ),
    "Chinese": (
        "渡轮公司周一表示, 在法院叫停码头出售、船员接受工会一个月前认为太低的薪酬方案之后, "
        "公司将于下周恢复两地之间的夜间航班 港务负责人预计, 如果天气允许, 第一班船将在黄昏时离港, "
        "旅客会发现候船室已粉刷一新 "
    ),
    "German": (
        "Die Fährgesellschaft teilte am Montag mit, sie werde ihre Nachtfahrten zwischen Aldwick "
        "und Brennick nächste Woche wieder aufnehmen, nachdem ein Gericht den Verkauf des "
        "Anlegers gestoppt und die Besatzungen ein Angebot über höhere Löhne angenommen hatten."
    ),
    "French": (
        "La compagnie de ferries a annoncé lundi qu'elle reprendrait la semaine prochaine ses "
        "traversées de nuit entre Aldwick et Brennick, un tribunal ayant suspendu la vente du "
        "terminal et les équipages ayant accepté une offre que le syndicat jugeait trop faible."
    ),
    "Spanish": (
        "La compañía de transbordadores anunció el lunes que reanudará la próxima semana sus "
        "travesías nocturnas entre Aldwick y Brennick, después de que un tribunal suspendiera la "
        "venta de la terminal y las tripulaciones aceptaran una oferta que el sindicato rechazó."
    ),
}


@pytest.mark.parametrize("language", SCRIPTS)
def test_case_9_copies_are_found_in_every_script(session: Session, language: str) -> None:
    words = SCRIPTS[language]
    root = came(session, 1, words, "1", outlet="tide-wire", kind="wire")
    copy = came(session, 2, f"{words} {HOUSE}", "2")
    cut = came(session, 3, words[: len(words) // 2], "3")
    half = len(words) // 2
    turned = came(session, 4, words[half:] + words[:half], "4")
    place(session, root, copy, cut, turned)
    found = standing(session)
    assert {story: of for story, (of, _) in found.items()} == dict.fromkeys(
        (copy, cut, turned), root
    )
    assert (found[copy][1], found[cut][1]) == ("syndicated", "excerpt")


def test_case_9_chinese_stories_in_the_same_characters_are_two(session: Session) -> None:
    words = SCRIPTS["Chinese"]
    ids = [came(session, 1, words, "1"), came(session, 2, words[::-1], "2")]
    place(session, *ids)
    assert standing(session) == {}


def test_case_10_the_copies_of_a_killed_story_hang_on_one_original(session: Session) -> None:
    """What a kill reaches it reaches by this one hop (store/changes.py)."""
    root = came(session, 1, outlet="tide-wire", kind="wire")
    others = [came(session, n, f"{WIRE} Paper {n}, all rights reserved.") for n in range(2, 7)]
    place(session, *others, root)
    assert {of for of, _ in standing(session).values()} == {root}
    assert standing(session).keys() == set(others)


def test_case_11_a_text_that_flaps_moves_nothing_after_its_second_turn(session: Session) -> None:
    root, copy = came(session, 1), came(session, 2)
    place(session, root, copy)
    for turn in range(12):
        came(session, 2, OTHER if turn % 2 else WIRE)
        place(session, copy)
    session.expire_all()
    versions = select(func.count()).select_from(VersionRow).where(VersionRow.story_id == copy)
    assert session.scalars(versions).one() <= 3
    assert len(audited(session, "story.no_copy")) <= 2


def test_case_13_twice_is_as_good_as_once(session: Session) -> None:
    ids = [came(session, n, f"{WIRE} {HOUSE}" if n else WIRE) for n in range(4)]
    place(session, *ids)

    def rows() -> list[tuple[object, ...]]:
        session.expire_all()
        row = DuplicateRow
        asked = select(row.story_id, row.root_id, row.of_id, row.relation, row.decided_at)
        return [tuple(one) for one in session.execute(asked.order_by(row.story_id))]

    before, carried = (
        rows(),
        session.scalars(select(func.count()).select_from(FingerprintRow)).one(),
    )
    found, changed = copying.find(session, stories.current(session, ids), NOW + timedelta(hours=1))
    assert changed == set()
    assert [one.root for one in found] == [None, *(ids[0] for _ in ids[1:])]
    assert rows() == before
    assert session.scalars(select(func.count()).select_from(FingerprintRow)).one() == carried
    assert copying.find(session, [], NOW) == ([], set())


# --- what else must hold


def test_every_copy_is_one_hop_from_an_original_and_every_family_has_one(
    session: Session,
) -> None:
    ids = [came(session, 0)]
    text_now = WIRE
    for number in range(1, 8):  # each a few words further from the first
        text_now = text_now.replace(text_now.split()[3 * number], f"word{number}")
        ids.append(came(session, number, f"{text_now} {HOUSE * (number % 2)}", f"Boats {number}"))
    for one in (3, 1, 6, 0, 7, 2, 5, 4):
        place(session, ids[one])
        found = standing(session)
        assert not {root for root, _ in found.values()} & found.keys()
    assert {root for root, _ in standing(session).values()} == {ids[0]}


def test_a_text_in_a_hundred_papers_has_one_original_and_few_fingerprints(
    session: Session,
) -> None:
    root = came(session, 0, outlet="tide-wire", kind="wire")
    place(session, root)
    alone = session.scalars(select(func.count()).select_from(FingerprintRow)).one()
    others = [came(session, n, f"{WIRE} Read on at paper {n}.") for n in range(1, 100)]
    for lot in range(0, len(others), 40):
        place(session, *others[lot : lot + 40])
    found = standing(session)
    assert {of for of, _ in found.values()} == {root}
    assert len(found) == 99
    assert session.scalars(select(func.count()).select_from(FingerprintRow)).one() == alone


def test_what_thirty_stories_have_in_common_is_a_form_and_finds_nothing(
    session: Session,
) -> None:
    ids = [
        came(session, n, f"{' '.join(f'{word}{n}' for word in OTHER.split())} {WIRE}", f"Boat {n}")
        for n in range(31)
    ]
    place(session, *ids)
    session.execute(delete(DuplicateRow))
    late = came(session, 99, f"{WIRE} And so to bed.", "Boats")
    place(session, late)
    assert late not in standing(session)


def test_after_a_week_only_the_same_words_are_found(session: Session) -> None:
    first = came(session, 1)
    place(session, first)
    late = NOW + timedelta(days=9)
    again = []
    for number, words in ((2, WIRE), (3, f"{WIRE} {HOUSE}")):
        desk = Desk(session, outlet=f"meridian{number}")
        page = f"https://meridian.example/{number}"
        told = {"title": TITLE, "summary": "", "text": words, "url": page, "canonical_url": page}
        story = a_page(number, guid=page, published=late, **told)
        again += desk.bring(story, at=late).to_place
    place(session, again[0])
    assert standing(session) == {again[0]: (first, "syndicated")}
    place(session, again[1])  # found by the one of today
    assert standing(session)[again[1]] == (first, "syndicated")


def test_a_text_is_always_known_by_a_story_that_has_it_now(session: Session) -> None:
    root = came(session, 1)
    place(session, root)
    came(session, 1, OTHER, "Ferries and whales at Aldwick")
    place(session, root)
    heir = came(session, 2)
    place(session, heir)
    assert standing(session) == {}
    session.execute(delete(FingerprintRow))
    copy = came(session, 3)
    place(session, copy)
    assert standing(session) == {copy: (heir, "syndicated")}


def test_a_page_read_later_is_known_by_its_text_too(session: Session) -> None:
    story = came(session, 1, "")
    version = session.scalars(select(VersionRow).where(VersionRow.story_id == story)).one()
    version.text = WIRE
    session.flush()  # so that it is read
    place(session, story)
    key = session.scalars(select(StoryKeyRow).where(StoryKeyRow.scheme == "body")).one()
    assert (key.story_id, key.value) == (story, dedupe.body_key(WIRE))


def test_what_was_a_copy_of_a_story_now_merged_is_one_of_that_it_is_shown_as(
    session: Session,
) -> None:
    gone, shown, copy = (came(session, n) for n in (1, 2, 3))
    place(session, gone, shown, copy)
    assert {of for of, _ in standing(session).values()} == {gone}
    session.get_one(StoryRow, gone).merged_into = shown
    session.flush()  # so that it is read
    place(session, shown)
    assert standing(session) == {copy: (shown, "syndicated")}


# --- days


def test_days_are_made_ahead_and_dropped_and_twice_is_harmless(session: Session) -> None:
    today = date(2026, 3, 9)
    made, gone = fingerprintdays.turn_days(session, today, kept=7)
    assert (made, gone) == ([today, date(2026, 3, 10), date(2026, 3, 11)], [])
    assert fingerprintdays.turn_days(session, today, kept=7) == ([], [])
    keep = [date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 14)]
    made, gone = fingerprintdays.turn_days(session, date(2026, 3, 17), kept=7)
    assert gone == [today]
    assert not set(gone) & set(fingerprintdays.days(session))
    assert keep[0] not in fingerprintdays.days(session)
    copies.keep_fingerprints(session, {1: [5, -7]}, day=today + timedelta(days=1))
    copies.keep_fingerprints(session, {1: [5, -7]}, day=today + timedelta(days=1))
    assert session.scalars(select(func.count()).select_from(FingerprintRow)).one() == 2


# --- people


def test_what_a_person_keeps_apart_no_machine_makes_one_again(session: Session) -> None:
    root, copy, third = (came(session, n) for n in (1, 2, 3))
    place(session, root, copy, third)
    assert judging.keep_apart(session, copy, of=None, by="ines", at=NOW) == root
    place(session, root, copy, third)
    place(session, copy)
    assert standing(session) == {third: (root, "syndicated")}
    session.expire_all()
    assert session.get_one(DuplicateRow, copy).undone_at is not None
    assert audited(session, "story.not_copy") == [{"of": root, "was_copy": True}]
    # Nor by another copy of it, nor by an original that comes later.
    late = came(session, 9, outlet="tide-wire", kind="wire")
    place(session, late)
    families = [{story, of} for story, (of, _) in standing(session).items()]
    assert {root, late} in families
    assert not any({root, copy} <= {story, of} for story, (of, _) in standing(session).items())
    roots = standing(session)
    assert roots.get(copy, (copy, ""))[0] != roots.get(root, (root, ""))[0]


def test_what_was_kept_from_a_story_is_kept_from_that_it_is_shown_as(session: Session) -> None:
    gone, shown, other = (came(session, n) for n in (1, 2, 3))
    place(session, gone, shown, other)
    judging.keep_apart(session, other, of=gone, by="ines", at=NOW)
    place(session, other)
    session.get_one(StoryRow, gone).merged_into = shown
    session.flush()  # so that it is read
    place(session, shown, other)
    assert standing(session) == {}


def test_what_is_a_copy_of_a_copy_goes_with_it(session: Session) -> None:
    root = came(session, 1)
    more = f"{WIRE} {OTHER}"
    update, excerpt = came(session, 2, more, "Boats and whales"), came(session, 3, OTHER, "Whales")
    place(session, root, update, excerpt)
    assert standing(session) == {update: (root, "syndicated"), excerpt: (root, "excerpt")}
    judging.keep_apart(session, update, of=None, by="ines", at=NOW)
    assert standing(session) == {excerpt: (update, "excerpt")}
    place(session, update, excerpt)
    assert standing(session) == {excerpt: (update, "excerpt")}


def test_two_stories_can_be_kept_apart_before_a_machine_has_looked(session: Session) -> None:
    root, copy = came(session, 1), came(session, 2)
    assert judging.keep_apart(session, root, of=copy, by="ines", at=NOW) is None
    place(session, root, copy)
    assert standing(session) == {}
    assert session.scalars(select(ApartRow.decided_by)).one() == "ines"


def test_an_original_can_be_kept_from_one_of_its_copies(session: Session) -> None:
    root, copy, third = (came(session, n) for n in (1, 2, 3))
    place(session, root, copy, third)
    assert judging.keep_apart(session, root, of=third, by="ines", at=NOW) is None
    assert standing(session) == {copy: (root, "syndicated")}


def test_a_person_can_say_that_a_story_is_a_copy_and_take_it_back(session: Session) -> None:
    root, other = came(session, 1), came(session, 2, OTHER, "Whales")
    cut = came(session, 3, OTHER[:200], "Whales, in short")
    place(session, root, other, cut)
    assert standing(session) == {cut: (other, "excerpt")}
    assert judging.say_copy(session, other, root, by="ines", at=NOW) == root
    assert standing(session) == {other: (root, "syndicated"), cut: (root, "excerpt")}
    place(session, root, other, cut)
    assert standing(session) == {other: (root, "syndicated"), cut: (root, "excerpt")}
    assert session.get_one(DuplicateRow, other).decided_by == "ines"
    judging.keep_apart(session, other, of=None, by="otto", at=NOW)
    place(session, other)
    assert standing(session) == {cut: (other, "excerpt")}
    judging.say_copy(session, other, root, by="ines", at=NOW)
    assert session.scalars(select(func.count()).select_from(ApartRow)).one() == 0
    assert audited(session, "story.copy") == [{"of": root, "original": root}] * 2


def test_what_a_person_may_not_say_of_copies_is_refused_with_the_reason(
    session: Session,
) -> None:
    root, copy, alone = came(session, 1), came(session, 2), came(session, 3, OTHER, "Whales")
    place(session, root, copy, alone)
    refusals: list[tuple[Callable[[], object], str]] = [
        (lambda: judging.keep_apart(session, alone, of=None, by="i", at=NOW), "a copy of none"),
        (lambda: judging.keep_apart(session, alone, of=alone, by="i", at=NOW), "from itself"),
        (lambda: judging.keep_apart(session, 999, of=None, by="i", at=NOW), "no story 999"),
        (lambda: judging.say_copy(session, alone, alone, by="i", at=NOW), "copy of itself"),
        (lambda: judging.say_copy(session, root, copy, by="i", at=NOW), "already"),
    ]
    for refused, why in refusals:
        with pytest.raises(BadInput, match=why):
            refused()
    session.get_one(StoryRow, alone).merged_into = root
    session.flush()  # so that it is read
    with pytest.raises(BadInput, match=f"shown as story {root}"):
        judging.say_copy(session, alone, root, by="i", at=NOW)


def test_a_family_that_grows_leaves_out_whom_a_person_kept_from_the_newcomer(
    session: Session,
) -> None:
    root, copy = came(session, 1), came(session, 2)
    place(session, root, copy)
    late = came(session, 9, outlet="tide-wire", kind="wire")
    judging.keep_apart(session, copy, of=late, by="ines", at=NOW)
    place(session, late)
    found = standing(session)
    assert found[root][0] == late
    assert found.get(copy, (copy, ""))[0] != late
