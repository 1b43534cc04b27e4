"""Makes pages of templates: every name escaped, every missing fact an error, words from `words`."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from desk import assets, words
from store.signingin import OpenSession

_HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """The templates of the desk, with the words they may use: read once, however many desks."""
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,  # whatever a template is called
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["words"] = words
    templates.globals["asset"] = assets.asset
    return templates


def read_all() -> None:
    """Read every template now: whoever asks for a page first does not wait for it."""
    templates = environment()
    for name in templates.list_templates():
        templates.get_template(name)


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    who: OpenSession | None = None,
    **facts: object,
) -> HTMLResponse:
    """A page made of a template and the facts it shows; `who` is signed in, if anybody is."""
    templates: Environment = request.app.state.templates
    return HTMLResponse(
        templates.get_template(template).render(who=who, address=request.url.path, **facts),
        status,
    )
