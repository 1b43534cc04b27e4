"""The settings in force: the environment, read once into a frozen record."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote

PREFIX = "SERIESWATCH_"
HIGHEST_PORT = 65535
# 0 switches these off
MAY_BE_NONE = frozenset(
    {
        *("host_gap_seconds", "metrics_port"),
        *("keep_documents_days", "keep_unused_days", "keep_set_aside_days", "keep_sessions_days"),
    }
)
CATALOGUE = Path(__file__).parent  # feeds.toml, tags/ and series/ of this installation


class SettingsError(Exception):
    """A setting is missing or silly; the text names the variable and gives an example."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What this process was told. Times are seconds unless the name says otherwise."""

    database_url: str
    broker_url: str = ""  # the desk and the console do without
    connection_seconds: int = 3600  # how long a connection to the database is used
    contact_url: str = "https://github.com/serieswatch/serieswatch"
    log_format: str = "console"  # console or json
    lease_seconds: int = 180  # how long one piece of work may take before another worker takes it
    end_seconds: float = 30.0  # how long a worker that is to end may take for what is in hand
    dispatch_seconds: float = 1.0  # how often beat looks for due feeds
    sweep_seconds: float = 30.0  # how often everything that waits is rung again
    watch_seconds: float = 60.0  # how often every feed is looked at for what is wrong with it
    count_seconds: float = 60.0  # how often the counts that a scrape reads are brought up to date
    pages_seconds: float = 5.0  # how often pages of stories are asked for, one of each server
    learn_seconds: float = 3600.0  # how often rhythms are learnt from what has come since
    max_attempts: int = 5  # a document or story that failed so often is laid aside as dead
    read_seconds: float = 5.0  # how long reading one document may take; then it is set aside
    read_memory_mb: float = 350.0  # and how much memory, beyond what the process holds anyway
    # a process that reads and places is replaced above it; 220,000 stories in mind are 1,240
    child_memory_mb: int = 1600
    fetch_deadline: float = 30.0  # the whole of one poll, redirects included
    body_cap_mb: float = 5.0  # a larger answer is refused, decompressed size
    host_gap_seconds: float = 5.0  # between the starts of two polls of one server; 0 for none
    host_at_once: int = 2  # polls of one server under way at the same time
    allow_inside: tuple[str, ...] = ()  # networks inside the house that may be polled, CIDR
    mail_server: str = ""  # smtps://USER@HOST: letters go out through it; '' writes none
    mail_from: str = ""  # whom they come from
    mail_quiet_seconds: float = 600.0  # what comes so soon after goes into the same letter
    desk_url: str = ""  # where editors reach the desk: letters name it
    public_url: str = ""  # where hubs on the web reach the desk, https; '' takes no pushes
    drop_directories: tuple[str, ...] = ()  # file:// feeds may watch these, and what is below
    credentials: str = ""  # one source a line: its address, a blank, and what opens it
    fill_gaps: bool = True  # older pages and sitemaps are read for what a feed's window lost
    # how long what nothing rests on is kept, in days; 0 keeps it for ever
    keep_documents_days: int = 180  # bytes of documents, for `reprocess`
    keep_unused_days: int = 730  # words of stories that nobody used
    keep_set_aside_days: int = 90  # once it was dealt with
    keep_sessions_days: int = 30  # ended sessions, failed sign-ins
    desk_host: str = "127.0.0.1"
    desk_port: int = 8080
    desk_secure: bool = False  # the desk is reached over TLS: cookies say Secure
    task_events: bool = False  # workers and beat tell of every task, for Celery's own dashboards
    trusted_proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For is believed, CIDR
    session_minutes: int = 720  # after so long one signs in anew, however busy: a working day
    session_idle_minutes: int = 240  # and after so long without a look at the desk
    sign_in_window_minutes: int = 15  # wrong passwords of so long count; at most a day
    sign_in_most_per_name: int = 8  # so many of one name, and further ones wait
    sign_in_most_per_address: int = 40  # so many from one address, which an office may share
    api_most_per_minute: int = 300  # calls with one token
    oidc_issuer: str = ""  # https address of a sign-in provider; '' takes passwords alone
    oidc_client_id: str = ""
    oidc_client_secret: str = ""  # '' for a public client
    oidc_name: str = "the house account"  # what the button says to sign in with
    oidc_scopes: str = "openid profile email"
    oidc_role_claim: str = ""  # what of the provider's word tells roles, for example groups
    oidc_roles: tuple[str, ...] = ()  # VALUE=ROLE or VALUE=ROLE@SERIES; without: roles stay ours
    oidc_link_by: str = ""  # claim that must equal a sign-in name at the first visit; '' for none
    oidc_ca_file: str = ""  # certificates the provider is checked by; '' for the public ones
    oidc_create: bool = False  # whoever the provider lets in and is not here yet is added
    metrics_token: str = ""  # whoever brings it may read /metrics of the desk, from anywhere
    metrics_from: tuple[str, ...] = ("127.0.0.0/8", "::1/128")  # without one: from there, CIDR
    newer_tables: bool = False  # run on tables of the next release: while one has gone back
    metrics_host: str = "127.0.0.1"  # where a process serves its own figures
    metrics_port: int = 0  # and the port; 0 for none
    disks: tuple[str, ...] = ("/",)  # whose free room is told
    alive_file: str = (
        ""  # touched by workers and beat while they do their rounds; for health checks
    )
    recorded_clock: bool = False  # `play` sets it: product time comes from a row in the database
    connect_to: tuple[str, ...] = ()  # NAME=ADDRESS:PORT, reached there instead; for replays

    @property
    def task_seconds(self) -> int:
        """The hard limit of one task: well inside the lease, so a killed task is never doubled."""
        return max(4, int(self.lease_seconds * 0.6))

    @property
    def ending_seconds(self) -> float:
        """What a worker that is to end may take: with a task's hard limit still below the lease."""
        return min(self.end_seconds, self.lease_seconds / 6)

    @property
    def opened_by(self) -> dict[str, str]:
        """What opens each source behind a password, by its address."""
        lines = (line.strip() for line in self.credentials.splitlines())
        told = (line.partition(" ") for line in lines if line and not line.startswith("#"))
        return {address: secret.strip() for address, _, secret in told}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret in these settings, so that logs can leave them out."""
        urls = (_PASSWORD_OF.findall(url) for url in (self.database_url, self.broker_url))
        inside = [word for found in urls for words in found for word in words if word]
        # Of "Bearer WORD" the word alone: what stands before it is no secret.
        opening = [secret.split()[-1] for secret in self.opened_by.values() if secret]
        given = [self.metrics_token, self.oidc_client_secret, *self.opened_by.values()]
        plain = [unquote(word) for word in inside]
        return tuple(word for word in (*inside, *plain, *opening, *given) if word)

    def masked(self) -> dict[str, object]:
        """All settings with passwords hidden, for a person to read."""
        shown: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("database_url", "broker_url"):
            shown[name] = without_password(str(shown[name]))
        for name in ("metrics_token", "credentials", "oidc_client_secret"):
            if shown[name]:
                shown[name] = "***"
        return shown


# By pattern and not by parsing: a password that should have been escaped must not be shown either.
_PASSWORD = re.compile(r"(://[^:/?#@]*):.*@|((?:^|[?&])[a-z]*password=)[^&]*", re.IGNORECASE)


def without_password(url: str) -> str:
    """The address with its password replaced by ***, for logs and messages."""
    return _PASSWORD.sub(lambda found: f"{found[1]}:***@" if found[1] else f"{found[2]}***", url)


_PASSWORD_OF = re.compile(r"://[^:/?#@]*:(.+)@|[?&][a-z]*password=([^&]+)", re.IGNORECASE)

BROKERS = ("redis://", "rediss://", "redis+socket://", "sentinel://")

EXAMPLES = {
    "database_url": "postgresql+psycopg://serieswatch:PASSWORD@localhost/serieswatch",
    "broker_url": "redis://:PASSWORD@localhost:6379/0",
    "alive_file": "/tmp/serieswatch-alive",  # noqa: S108  # an example, as compose has it
    "contact_url": "https://newsroom.example/about-our-reader",
    "log_format": "json",
    "allow_inside": "10.20.0.0/16,192.168.7.4/32",
    "connect_to": "recorded.example=127.0.0.1:8099",
    "public_url": "https://newsroom.example",
    "mail_server": "smtps://serieswatch@mail.example",
    "mail_from": "serieswatch@newsroom.example",
    "desk_url": "https://desk.newsroom.example",
    "drop_directories": "/srv/wire,/srv/agency",
    "credentials": "best a file, SERIESWATCH_CREDENTIALS_FILE, with lines such as "
    "imaps://wire@mail.example PASSWORD",
    "desk_host": "127.0.0.1",
    "desk_secure": "yes",
    "task_events": "no",
    "newer_tables": "no",
    "recorded_clock": "no",
    "fill_gaps": "yes",
    "trusted_proxies": "10.20.0.0/24",
    "oidc_issuer": "https://login.newsroom.example/realms/desk",
    "oidc_client_id": "serieswatch",
    "oidc_client_secret": "best a file: SERIESWATCH_OIDC_CLIENT_SECRET_FILE",
    "oidc_name": "your newsroom account",
    "oidc_scopes": "openid profile email groups",
    "oidc_role_claim": "groups",
    "oidc_roles": "desk=editor,desk-heads=chief,harbour=chief@harbour-watch",
    "oidc_link_by": "email",
    "oidc_ca_file": "/srv/tls/house-ca.pem",
    "oidc_create": "no",
    "metrics_token": "a long random word, best in a file: SERIESWATCH_METRICS_TOKEN_FILE",
    "metrics_from": "127.0.0.0/8,10.20.0.9/32",
    "metrics_host": "127.0.0.1",
    "disks": "/,/srv/backups",
}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings an environment gives. Raises SettingsError naming the variable that is wrong."""
    values: dict[str, object] = {}
    for setting in fields(Settings):
        raw = _lookup(environment, setting.name)
        if raw is None:
            continue
        values[setting.name] = _converted(setting.name, raw, setting.type)
    if "database_url" not in values:
        raise SettingsError(
            f"{PREFIX}DATABASE_URL is not set. Set it, or {PREFIX}DATABASE_URL_FILE to a file that "
            f"holds it; for example {EXAMPLES['database_url']}"
        )
    values["database_url"] = _with_driver(str(values["database_url"]))
    broker = str(values.get("broker_url", ""))
    if broker and not broker.startswith(BROKERS):
        raise SettingsError(
            f"{PREFIX}BROKER_URL begins with {broker.partition(':')[0]!r}: serieswatch rings "
            f"through Redis only; for example {EXAMPLES['broker_url']}"
        )
    _check_ways(values)
    _check_people(values)
    if values.get("log_format", "console") not in {"console", "json"}:
        raise SettingsError(f"{PREFIX}LOG_FORMAT is {values['log_format']!r}: use console or json")
    return Settings(**values)  # type: ignore[arg-type]  # each value was converted to its field


def _check_people(values: dict[str, object]) -> None:
    """Settings of signing in: networks one can read, a provider with a client, roles there are."""
    if int(str(values.get("sign_in_window_minutes", 1))) > 24 * 60:  # minutes of a day
        raise SettingsError(
            f"{PREFIX}SIGN_IN_WINDOW_MINUTES is {values['sign_in_window_minutes']}: attempts are "
            "kept for a day, so at most 1440; for example 15"
        )
    for network in values.get("trusted_proxies", ()):  # type: ignore[attr-defined]  # it is a tuple
        try:
            ip_network(network)
        except ValueError as problem:
            raise SettingsError(
                f"{PREFIX}TRUSTED_PROXIES names {network!r}: {problem}; for example "
                f"{EXAMPLES['trusted_proxies']}"
            ) from problem
    issuer = str(values.get("oidc_issuer", ""))
    if not issuer:
        return
    if not re.fullmatch(r"https?://[^?#@\s]+", issuer):
        raise SettingsError(
            f"{PREFIX}OIDC_ISSUER is {issuer!r}: for example {EXAMPLES['oidc_issuer']}"
        )
    if not values.get("oidc_client_id"):
        raise SettingsError(
            f"{PREFIX}OIDC_CLIENT_ID is not set beside {PREFIX}OIDC_ISSUER: for example "
            f"{EXAMPLES['oidc_client_id']}"
        )
    for told in values.get("oidc_roles", ()):  # type: ignore[attr-defined]  # it is a tuple
        if not re.fullmatch(
            r".+=(?:reader|editor|chief|operator|(?:editor|chief)@[a-z0-9-]+)", told
        ):
            raise SettingsError(
                f"{PREFIX}OIDC_ROLES says {told!r}: for example {EXAMPLES['oidc_roles']}"
            )


def _check_ways(values: dict[str, object]) -> None:
    """Settings of the further ways in: an https address, absolute paths, an address a line."""
    public = str(values.get("public_url", "")).rstrip("/")
    if public and not re.fullmatch(r"https://[^/?#@\s]+(?:/[^?#\s]*)?", public):
        raise SettingsError(
            f"{PREFIX}PUBLIC_URL is {public!r}: hubs push over TLS only; for example "
            f"{EXAMPLES['public_url']}"
        )
    if public:
        values["public_url"] = public
    _check_letters(values)
    for directory in values.get("drop_directories", ()):  # type: ignore[attr-defined]  # it is a tuple
        if not Path(directory).is_absolute() or Path(directory) == Path("/"):
            raise SettingsError(
                f"{PREFIX}DROP_DIRECTORIES names {directory!r}: write whole paths, and not the "
                f"root; for example {EXAMPLES['drop_directories']}"
            )
    for number, line in enumerate(str(values.get("credentials", "")).splitlines(), start=1):
        if line.strip() and not re.match(
            r"\s*(?:#|(?:https?|imaps|smtps?|smtp\+starttls)://\S+\s+\S)", line
        ):
            raise SettingsError(  # never the line itself: there is a password in it
                f"{PREFIX}CREDENTIALS, line {number}, is no address, a blank and what opens it: "
                f"{EXAMPLES['credentials']}"
            )


def _check_letters(values: dict[str, object]) -> None:
    """Settings of the letters to editors: a server with a scheme we speak, and a sender."""
    server, sender = str(values.get("mail_server", "")), str(values.get("mail_from", ""))
    if server and not re.fullmatch(
        r"(?:(?:smtps|smtp\+starttls)://(?:[^/@\s]+@)?|smtp://)[A-Za-z0-9.:\[\]-]+", server
    ):
        raise SettingsError(
            f"{PREFIX}MAIL_SERVER is not an address such as {EXAMPLES['mail_server']}, "
            "smtp+starttls://USER@HOST, or smtp://HOST for a server in the house that asks for no "
            "password; what opens it is a line of the credentials"
        )
    if server and not re.fullmatch(r"[^\s@]+@[A-Za-z0-9.-]+", sender):
        raise SettingsError(
            f"{PREFIX}MAIL_FROM is {sender!r}: say whom the letters come from; for example "
            f"{EXAMPLES['mail_from']}"
        )
    desk = str(values.get("desk_url", "")).rstrip("/")
    if desk and not re.fullmatch(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?", desk):
        raise SettingsError(f"{PREFIX}DESK_URL is {desk!r}: for example {EXAMPLES['desk_url']}")
    if desk:
        values["desk_url"] = desk


_overrides: dict[str, str] = {}


@cache
def settings() -> Settings:
    """The settings of this process, read at the first call."""
    return read_settings(environment())


def override(**values: str) -> None:
    """Settings a command was given as arguments, before the environment's; by setting's name."""
    _overrides.update({PREFIX + name.upper(): value for name, value in values.items()})
    settings.cache_clear()


@contextmanager
def as_told_before() -> Iterator[None]:
    """What is overridden inside ends with it; for a test, which is one of many in a process."""
    before = dict(_overrides)
    yield
    if before != _overrides:
        _overrides.clear()
        _overrides.update(before)
        settings.cache_clear()


def environment() -> dict[str, str]:
    """The environment with the overrides: what a child process is started with."""
    return dict(os.environ) | _overrides


def given(name: str) -> str | None:
    """One setting as the environment gives it, or the file it names; None if it does not."""
    return _lookup(environment(), name)


def _lookup(environment: Mapping[str, str], name: str) -> str | None:
    """The value of a variable, or of the file its _FILE sister names (Docker secrets)."""
    variable = PREFIX + name.upper()
    if variable in environment:
        return environment[variable]
    if (path := environment.get(variable + "_FILE")) is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise SettingsError(f"{variable}_FILE names {path}: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise SettingsError(f"{variable}_FILE names {path}, which is not UTF-8 text") from problem


def _converted(name: str, raw: str, kind: object) -> object:
    if kind is int or kind is float:
        return _number(name, raw, kind)
    if kind is bool:
        if raw.lower() not in {"yes", "no", "true", "false", "1", "0"}:
            raise SettingsError(f"{PREFIX}{name.upper()} is {raw!r}: use yes or no")
        return raw.lower() in {"yes", "true", "1"}
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if not raw.strip():
        raise SettingsError(f"{PREFIX}{name.upper()} is empty: for example {EXAMPLES[name]}")
    return raw


def _number(name: str, raw: str, kind: type[int] | type[float]) -> float:
    highest = HIGHEST_PORT if name.endswith("_port") else math.inf
    try:
        number = kind(raw)
    except ValueError:
        number = math.nan
    may_be_none = name in MAY_BE_NONE and number == 0
    if (0 < number <= highest and math.isfinite(number)) or may_be_none:
        return number
    what = "a whole number" if kind is int else "a number"
    most = f" and at most {HIGHEST_PORT}" if highest < math.inf else ""
    least = "of 0 or more" if name in MAY_BE_NONE else "above 0"
    usual = getattr(Settings(database_url=""), name)
    raise SettingsError(
        f"{PREFIX}{name.upper()} is {raw!r}: it must be {what} {least}{most}; for example {usual}"
    )


def _with_driver(url: str) -> str:
    """The address with our driver named: people write postgresql:// and mean psycopg."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if not url.startswith("postgresql+psycopg://"):
        raise SettingsError(
            f"{PREFIX}DATABASE_URL begins with {url.partition(':')[0]!r}: serieswatch keeps rows "
            f"in PostgreSQL only; for example {EXAMPLES['database_url']}"
        )
    return url
