"""Logging: one line an event that a machine or an eye can read, with what the event carried."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import date

import pytest

from config.logs import ConsoleLines, JsonLines, Mask, about, begin_about, configure_logs
from config.settings import read_settings


def a_record(message: str = "polled", *args: object, **extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord(
        {"name": "workers.flow", "msg": message, "args": args, "levelname": "INFO", "created": 0.5}
    )
    vars(record).update(extra)
    return record


def with_traceback(record: logging.LogRecord) -> logging.LogRecord:
    try:
        int("a tide\nfrom the north")
    except ValueError:
        record.exc_info = sys.exc_info()
    return record


def test_a_json_line_tells_when_how_grave_who_what_and_the_ids() -> None:
    line = JsonLines().format(a_record("polled %d", 3, feed=17, state="ok"))
    assert json.loads(line) == {
        "at": "1970-01-01T00:00:00.500+00:00",
        "level": "info",
        "logger": "workers.flow",
        "message": "polled 3",
        "feed": 17,
        "state": "ok",
    }


def test_an_event_is_one_json_line_whatever_its_words_and_values_hold() -> None:
    odd = a_record("two\nlines “quoted”", when=date(2026, 3, 9), ids={1})
    line = JsonLines().format(with_traceback(odd))
    assert "\n" not in line
    told = json.loads(line)
    assert told["message"] == "two\nlines “quoted”"
    assert told["when"] == "2026-03-09"
    assert "ValueError: invalid literal" in told["traceback"]


def test_a_console_line_ends_with_what_the_event_carried() -> None:
    line = ConsoleLines().format(a_record("polled", feed=17, state="ok"))
    assert line.endswith("INFO    workers.flow  polled feed=17 state=ok")


def test_on_the_console_a_traceback_stands_below_its_line() -> None:
    head, *below = ConsoleLines().format(with_traceback(a_record("fell", feed=17))).splitlines()
    assert head.endswith("fell feed=17")
    assert below[0].startswith("Traceback")
    assert below[-1].startswith("ValueError: invalid literal")


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_all_logging_goes_to_standard_error_in_the_format_asked_for(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("json")
    logging.getLogger("workers.flow").info("polled", extra={"feed": 17})
    logging.getLogger("kombu.connection").info("of no interest")
    logging.getLogger("workers.flow").debug("nor this")
    said = capsys.readouterr()
    assert said.out == ""
    assert [json.loads(line)["feed"] for line in said.err.splitlines()] == [17]
    configure_logs("console")
    logging.getLogger("workers.flow").info("polled", extra={"feed": 18})
    assert "polled feed=18" in capsys.readouterr().err
    assert len(root_logger.handlers) == 1


SETTINGS = read_settings(
    {
        "SERIESWATCH_DATABASE_URL": "postgresql://serieswatch:tidal%2Fwharf@db.example/desk",
        "SERIESWATCH_BROKER_URL": "redis://:quiet-otter@redis.example/0?password=seven-terns",
        "SERIESWATCH_METRICS_TOKEN": "three-herons",
        "SERIESWATCH_CREDENTIALS": "https://wire.example Basic d2lyZTpvdHRlcg==\n"
        'imaps://desk@mail.example harbour"gate',
    }
)
SECRETS = (
    "tidal%2Fwharf",
    "tidal/wharf",
    "quiet-otter",
    "seven-terns",
    "three-herons",
    "d2lyZTpvdHRlcg==",
    'harbour"gate',
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_of_the_settings_is_ever_logged(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str], secret: str, log_format: str
) -> None:
    configure_logs(log_format, secrets=SETTINGS.secrets)
    log = logging.getLogger("workers.flow")
    log.info("it is %s", secret)
    log.info("so", extra={"told": {"deep": [secret]}})
    try:
        dict[str, str]()[secret]
    except KeyError:
        log.exception("it fell")
    said = capsys.readouterr().err
    assert secret not in said
    assert json.dumps(secret)[1:-1] not in said
    assert said.count("***") >= 3
    assert root_logger.handlers


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("cannot reach redis://:otter@host/0", "cannot reach redis://:***@host/0"),
        ("https://ann:pass@wire.example/feed?x=1", "https://ann:***@wire.example/feed?x=1"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("{'authorization': 'Basic abc='}", "{'authorization': 'Basic ***'}"),
        ('"password": "x y", "feed": 7', '"password": "*** y", "feed": 7'),
        ("?api_key=abc&page=2", "?api_key=***&page=2"),
        ("the secretary said: no", "the secretary said: no"),
        ("lease 123e4567 of feed 7 at https://a.example:8080/x", None),
    ],
)
def test_what_looks_like_a_secret_is_left_out(line: str, kept: str | None) -> None:
    assert Mask()(line) == (kept or line)


def test_a_line_says_what_it_is_about() -> None:
    with about(task="workers.parse"), about(lease="a1"):
        line = json.loads(JsonLines().format(a_record("parsed", doc=7)))
        assert (line["task"], line["lease"], line["doc"]) == ("workers.parse", "a1", 7)
        assert ConsoleLines().format(a_record()).endswith("polled task=workers.parse lease=a1")
    assert "task" not in json.loads(JsonLines().format(a_record()))


def test_a_new_task_is_about_itself_alone() -> None:
    with about():
        begin_about(task="workers.fetch", task_id="1")
        begin_about(task="workers.parse")
        line = json.loads(JsonLines().format(a_record()))
        assert line["task"] == "workers.parse"
        assert "task_id" not in line
