"""WordPress over REST: the questions we ask and what its answers mean. No socket is opened here.

What was relied on, as WordPress 6.1 behaves: a draft keeps the slug it was made with; its author
is given the raw text by `context=edit`; `modified_gmt` has a resolution of a second, so that the
text is compared besides.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode

from pipeline.records import Answer, Request

LONGEST_REASON = 300  # characters of the server's own words
_TAKEN = frozenset({200, 201})
_REFUSED = frozenset({401, 403})
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 425, 429})
_SERVER = 500  # and above
OURS = frozenset({"draft", "pending"})  # what may be written over; all else is a person's doing


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to stand in the CMS."""

    title: str
    html: str
    excerpt: str
    slug: str  # the same for one instalment for ever: what was made before a lost answer is found
    status: str = "draft"  # or pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as it stands there."""

    id: int
    link: str
    status: str  # draft, pending, publish, future, private, trash
    mark: str  # when it was last changed there, in its own words
    title: str
    html: str
    published: datetime | None = None  # since when readers have it, where it is published

    def says(self, title: str, html: str) -> bool:
        """Whether it says just that."""
        # A title comes back with its "&" written out, at least for those who may not write HTML.
        ours, theirs = unescape(title).strip(), unescape(self.title).strip()
        return ours == theirs and self.html.strip() == html.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no post to speak of."""

    said: str  # in plain words, for a person
    is_gone: bool = False
    is_passing: bool = False  # worth trying again
    retry_after: int | None = None  # seconds, by the server


def base(asked: Request) -> Request:
    """A question of ours as every question to a CMS goes out; `asked` says who we are."""
    told = {name: said for name, said in asked.headers.items() if name != "Accept"}
    # Where it sends us elsewhere its address is wrong: nothing is written at a third place.
    return replace(asked, headers={**told, "Accept": "application/json"}, stays=True)


def find(base: Request, slug: str) -> Request:
    """Ask for the post that was made with this slug; the answer is a list of at most one."""
    asked = {
        "slug": slug,
        "status": "draft,pending,publish,future",
        "context": "edit",
        "per_page": "1",
    }
    return _at(base, f"posts?{urlencode(asked)}")


def look(base: Request, post_id: int) -> Request:
    """Ask how a post stands now."""
    return _at(base, f"posts/{post_id}?context=edit")


def write(base: Request, draft: Draft, *, post_id: int | None = None) -> tuple[Request, bytes]:
    """Make the draft, or with `post_id` write over it. A post keeps the status it has there."""
    fields = {"title": draft.title, "content": draft.html, "excerpt": draft.excerpt}
    if post_id is None:
        fields |= {"slug": draft.slug, "status": draft.status}
    asked = _at(base, "posts" if post_id is None else f"posts/{post_id}")
    headers = {**asked.headers, "Content-Type": "application/json"}
    return replace(asked, headers=headers), json.dumps(fields).encode()


def whoami(base: Request) -> Request:
    """Ask as whom we are known, and what that person may do."""
    return _at(base, "users/me?context=edit")


def _at(base: Request, path: str) -> Request:
    return replace(base, url=f"{base.url}/{path}")


def read(answer: Answer) -> Post | Trouble | None:
    """What an answer says of a post; None where a look by slug has found none."""
    if answer.status not in _TAKEN:
        return _trouble(answer)
    try:
        told = json.loads(answer.body)
        if told == []:
            return None
        one = told[0] if isinstance(told, list) else told
        return Post(
            id=int(one["id"]),
            link=str(one["link"]),
            status=str(one["status"]),
            mark=str(one["modified_gmt"]),
            title=str(one["title"]["raw"]),
            html=str(one["content"]["raw"]),
            published=_since(one) if one["status"] == "publish" else None,
        )
    except (ValueError, LookupError, TypeError):
        return Trouble(
            said="what answers there is no WordPress we know: its answer holds no post. Check the "
            "target's address; it ends in /wp-json/wp/v2"
        )


def _since(one: Mapping[str, object]) -> datetime | None:
    """When a post was published, in the CMS's own word; None where it says none we can read."""
    try:
        return datetime.fromisoformat(str(one.get("date_gmt"))).replace(tzinfo=UTC)
    except ValueError:
        return None


def may(answer: Answer) -> tuple[str, bool, bool] | Trouble:
    """As whom we are known there, whether they may make drafts, and whether they may publish."""
    if answer.status not in _TAKEN:
        return _trouble(answer)
    try:
        told = json.loads(answer.body)
        able = told["capabilities"]
        return str(told["name"]), bool(able.get("edit_posts")), bool(able.get("publish_posts"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return Trouble(
            said="what answers there is no WordPress we know: it does not say who we are"
        )


def _trouble(answer: Answer) -> Trouble:
    status = answer.status
    if status is None:
        return Trouble(said=f"it cannot be reached: {answer.detail}", is_passing=True)
    told = _reason(answer)
    if status in _REFUSED:
        return Trouble(
            said=f"it refuses us ({status}{told}). Check the credentials of this target and that "
            "its user is a contributor or author there"
        )
    if status in _GONE:
        return Trouble(said=f"what was asked for is not there ({status}{told})", is_gone=True)
    if status in _LATER or status >= _SERVER:
        return Trouble(
            said=f"it has trouble of its own ({status}{told})",
            is_passing=True,
            retry_after=_seconds(answer.headers.get("retry-after", "")),
        )
    # A wrong password looks like this, too: who is not known may not ask for drafts.
    return Trouble(
        said=f"it does not take what we ask ({status}{told}). `serieswatch targets check` tells "
        "whether it knows us"
    )


def _reason(answer: Answer) -> str:
    """The server's own words, where it gives any."""
    try:
        words = json.loads(answer.body)["message"]
    except (ValueError, LookupError, TypeError):
        return ""
    return f": {' '.join(str(words).split())[:LONGEST_REASON]}"


def _seconds(told: str) -> int | None:
    return min(int(told), 86_400) if told.isdecimal() and len(told) < 7 else None  # noqa: PLR2004  # no number of seconds is longer
