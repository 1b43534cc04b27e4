"""One item as feedparser gives it, made an entry."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import urljoin

from pipeline.parse.dates import moment
from pipeline.records import Entry
from pipeline.text import storable

# What feedparser hands out. Read by `dict.get`: its own falls back to other keys.
Found = dict[str, object]


def text_of(found: Found, key: str) -> str:
    """Return a text feedparser found, '' if none."""
    value = dict.get(found, key)
    return storable(value).strip() if isinstance(value, str) else ""


def mapping_of(found: Found, key: str) -> Found:
    """Return a group of values feedparser found, empty if none."""
    value = dict.get(found, key)
    return value if isinstance(value, dict) else {}


def list_of(found: Found, key: str) -> list[Found]:
    """Return a list of groups feedparser found, empty if none."""
    value = dict.get(found, key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Context:
    """What an item inherits from its document."""

    is_atom: bool
    base_url: str  # of links in a document that names no base
    document_url: str
    language: str | None


def entry_of(
    found: Found,
    context: Context,
    *,
    position: int,
    problems: Sequence[str] = (),
) -> Entry:
    """Return the entry of one item, with `problems` and those it has of its own."""
    problems = list(problems)
    published_raw, published = _moment(found, "published", problems)
    updated_raw, updated = _moment(found, "updated", problems)
    if not published_raw:  # the only date there is: `updated` of Atom, `dc:date` of RSS
        published_raw, published = updated_raw, updated
        if not context.is_atom:
            updated_raw, updated = "", None
    headline = mapping_of(found, "title_detail")
    content, inherited = _content(found)
    summary = mapping_of(found, "summary_detail")
    base = next((b for d in (inherited, summary, headline) if (b := text_of(d, "base"))), "")
    languages = (text_of(d, "language") for d in (found, inherited, summary, headline))
    guid = text_of(found, "id")
    link = _link(found, guid)
    if not guid and not link:
        problems.append("it has neither id nor link: its text identifies it")
    declared = resolved(context.document_url, base)
    url = resolved(declared or context.base_url, link or "") or link
    return Entry(
        position=position,
        guid=guid or None,
        url=url,
        # What links in its text are relative to: xml:base, else its own page, else the document.
        base_url=declared or web_address(url) or context.document_url,
        title=text_of(found, "title"),
        title_type="text/html" if "html" in text_of(headline, "type") else "text/plain",
        # Where an item has a body only, feedparser repeats it as the summary, without a detail.
        summary=_as_html(text_of(found, "summary"), text_of(summary, "type")) if summary else "",
        content=content,
        byline=_byline(found, is_atom=context.is_atom),
        published=published,
        published_raw=published_raw,
        updated=updated,
        updated_raw=updated_raw,
        language=next((tag for one in languages if (tag := language_tag(one))), context.language),
        problems=tuple(problems),
    )


def _content(found: Found) -> tuple[str, Found]:
    """Return an item's body, the longest it offers, and what feedparser says of it."""
    bodies = [
        (_as_html(text_of(one, "value"), text_of(one, "type")), one)
        for one in list_of(found, "content")
    ]
    return max(bodies, key=lambda body: len(body[0]), default=("", {}))


_MARKED_UP = re.compile(
    r"</(?:a|p|b|i|em|strong|div|span|ul|ol|li|blockquote)>|<(?:p|br|img)\b", re.IGNORECASE
)


def _as_html(value: str, media: str) -> str:
    """Return a text construct as HTML; other media are no text of a story."""
    if "html" in media or (media in ("", "text/plain") and _MARKED_UP.search(value)):
        return value
    if media not in ("", "text/plain"):
        return ""
    paragraphs = (escape(paragraph, quote=False) for paragraph in re.split(r"\n\s*\n", value))
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs) if value else ""


def _link(found: Found, guid: str) -> str | None:
    """Return the address of an item's page, as written."""
    original = web_address(text_of(found, "feedburner_origlink"))
    if original:
        return original  # the item's own link leads through a counter
    link = text_of(found, "link")
    if (
        link
        and link == guid
        and not any(text_of(one, "href") == link for one in list_of(found, "links"))
    ):
        # feedparser takes an RSS guid for a link unless told otherwise; it may be any word.
        return web_address(link)
    if link:
        return link
    alternates = (one for one in list_of(found, "links") if text_of(one, "rel") == "alternate")
    return next((href for one in alternates if (href := text_of(one, "href"))), None)


def web_address(link: str | None) -> str | None:
    """Return `link` if it is an absolute http or https address, else None."""
    return link if link and re.match(r"https?://[^/]", link, re.IGNORECASE) else None


def resolved(base: str, link: str) -> str | None:
    """Return `link` resolved against `base`, or None where either is no address."""
    try:
        return urljoin(base, link) if link else None
    except ValueError:
        return None


def _byline(found: Found, *, is_atom: bool) -> str:
    """Return the names of an item's authors."""
    authors = list_of(found, "authors")
    if not is_atom:
        # An RSS author is an e-mail address, perhaps with a name; `dc:creator` names the writer.
        authors = [one for one in authors if not text_of(one, "email")] or authors
    names = (_name(author) for author in authors)
    return ", ".join(dict.fromkeys(name for name in names if name and "@" not in name))


def _name(author: Found) -> str:
    """Return an author's name.

    feedparser knows no last domain of more than four letters and takes the rest of one for a name:
    "ple" of desk@post.example, "ple (World desk" of desk@post.example (World desk).
    """
    name = text_of(author, "name")
    if text_of(author, "email") and name.isalpha() and name.islower():
        return ""
    return name.rpartition("(")[2] if "(" in name and ")" not in name else name


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")


def language_tag(tag: str) -> str | None:
    """Return a language as `en-gb`, None where `tag` is none."""
    tag = tag.replace("_", "-")
    return tag.lower() if _LANGUAGE.match(tag) else None


def _moment(found: Found, key: str, problems: list[str]) -> tuple[str, datetime | None]:
    """Return a date as written and in UTC; adds to `problems` what is wrong with it."""
    raw = text_of(found, key)
    if not raw:
        return "", None
    read, problem = moment(raw, dict.get(found, f"{key}_parsed"))
    if problem:
        problems.append(problem)
    return raw, read
