"""The Celery application and its settings, nothing else. docs/architecture.md says why each."""

import os
import signal
from contextlib import suppress
from typing import Any

from celery import Celery, bootsteps
from celery.signals import (
    heartbeat_sent,
    setup_logging,
    task_prerun,
    worker_process_init,
    worker_shutting_down,
)
from celery.worker.state import active_requests
from kombu import Queue
from kombu.exceptions import OperationalError

from config.logs import begin_about, configure_logs
from config.settings import Settings, SettingsError, settings
from config.timetable import timetable
from store.exposition import Family, Sample, said
from store.session import engine, make_engine
from workers import alive, ending, limits

# By kind of worker. Either does the rounds: slow hosts may hold up the one, documents the other.
QUEUES = {"fetch": ("rounds", "fetch"), "parse": ("rounds", "parse", "place", "draft")}


def make_app(told: Settings) -> Celery:
    """The application for these settings. Messages are doorbells: small, brief, and losable."""
    if not told.broker_url:
        raise SettingsError(
            "SERIESWATCH_BROKER_URL is not set. Set it, or SERIESWATCH_BROKER_URL_FILE to a file "
            "that holds it; for example redis://:PASSWORD@localhost:6379/0"
        )
    application = Celery(
        "serieswatch",
        broker=told.broker_url,
        include=["workers.tasks"],
        task_cls="workers.counted:CountedTask",
    )
    application.conf.update(
        task_ignore_result=True,
        task_acks_late=False,  # leases decide who works; an early ack avoids a second run
        worker_prefetch_multiplier=1,
        task_time_limit=told.task_seconds,
        task_soft_time_limit=max(told.task_seconds - 10, int(told.task_seconds * 0.8)),
        worker_max_tasks_per_child=500,
        # kB; prefork only. Less than what it must have in mind would replace it after each task.
        worker_max_memory_per_child=told.child_memory_mb * 1000,
        worker_send_task_events=told.task_events,
        task_send_sent_event=told.task_events,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            "health_check_interval": 25,
            "visibility_timeout": 600,
            "unacked_restore_throttle": 1,
            "max_retries": 0,  # a bell that cannot be rung now is the sweep's: nobody waits for it
        },
        task_serializer="json",
        accept_content=["json"],
        task_create_missing_queues=False,
        task_queues=[
            Queue(name) for name in sorted({n for names in QUEUES.values() for n in names})
        ],
        task_default_queue="rounds",
        task_routes={
            "workers.fetch": {"queue": "fetch"},
            "workers.collect": {"queue": "fetch"},
            "workers.subscribe": {"queue": "fetch"},
            "workers.deliver": {"queue": "fetch"},
            "workers.look_at_post": {"queue": "fetch"},
            "workers.write_letter": {"queue": "fetch"},
            "workers.parse": {"queue": "parse"},
            "workers.fill_gap": {"queue": "fetch"},
            "workers.fetch_pages": {"queue": "fetch"},
            "workers.extract_pages": {"queue": "parse"},
            "workers.fetch_pasted": {"queue": "fetch"},
            "workers.read_pasted": {"queue": "parse"},
            "workers.queue_pasted": {"queue": "draft"},
            "workers.place_stories": {"queue": "place"},
            "workers.refresh_draft": {"queue": "draft"},
            "workers.rematch": {"queue": "draft"},
            "workers.refit_series": {"queue": "draft"},  # among threads it held up polls
            "workers.replay": {"queue": "draft"},
            "workers.look_up": {"queue": "fetch"},
        },
        beat_schedule=timetable(told),
        beat_scheduler="workers.alive:Rounds",
        beat_max_loop_interval=1,
        timezone="UTC",
    )
    return application


app = make_app(settings())


@setup_logging.connect
def _our_logs(**_: Any) -> None:  # noqa: ANN401  # a Celery signal passes what it likes
    configure_logs(settings().log_format, secrets=settings().secrets)


@worker_process_init.connect
def _own_connections(**_: Any) -> None:  # noqa: ANN401  # a Celery signal passes what it likes
    """A forked child must not share its parent's database connections, and may be given up.

    A terminal that closes tells every process of it: as of SIGINT, the parent alone takes notice.
    """
    engine().dispose(close=False)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    limits.may_be_killed()  # the pool puts another child in its place


@task_prerun.connect
def _what_it_is_about(task_id: str, task: Any, **_: Any) -> None:  # noqa: ANN401  # a Celery signal passes what it likes
    """Whatever is logged from here on, is logged of this task."""
    begin_about(task=task.name, task_id=task_id)


@heartbeat_sent.connect
def _alive(**_: Any) -> None:  # noqa: ANN401  # a Celery signal passes what it likes
    alive.touch()


def end_in_time(told: Settings) -> ending.Ending:
    """Let this worker end in time once Celery was told to; `hand_back` what is left at the end.

    SIGHUP stays what it is at this moment, where Celery would start the worker anew. SIGQUIT means
    the end at once, as does a second SIGINT, where Celery would leave rows under their leases.
    """
    at_a_hangup = signal.getsignal(signal.SIGHUP)
    watch = ending.Ending(
        told.ending_seconds,
        make_engine(told.database_url, pool_size=1),
        lambda: [request.name for request in tuple(active_requests)],
    )

    def begin(**_: Any) -> None:  # noqa: ANN401  # a Celery signal passes what it likes
        watch.ask()

    def at_once(*_: Any) -> None:  # noqa: ANN401  # a signal's number and frame
        watch.hurry()
        os.kill(os.getpid(), signal.SIGTERM)  # so that nothing new is taken on meanwhile

    def at_an_interrupt(*_: Any) -> None:  # noqa: ANN401  # as above
        if ending.is_asked():
            watch.hurry()
        os.kill(os.getpid(), signal.SIGTERM)

    class Signals(bootsteps.StartStopStep):
        """Ours instead of Celery's, which it sets before its first step."""

        def start(self, _: object) -> None:
            signal.signal(signal.SIGHUP, at_a_hangup)
            signal.signal(signal.SIGQUIT, at_once)
            signal.signal(signal.SIGINT, at_an_interrupt)

    app.steps["worker"].add(Signals)
    worker_shutting_down.connect(begin, weak=False)
    return watch


def waiting_bells() -> list[Family]:
    """How many messages lie in the broker, by queue; nothing where it does not answer."""
    queues = sorted({name for names in QUEUES.values() for name in names})
    samples: list[Sample] = []
    with suppress(OperationalError), app.connection_for_read(connect_timeout=3) as connection:
        client = connection.default_channel.client
        samples = [(said(("queue",), (name,)), client.llen(name)) for name in queues]
    what = "Messages in the broker: bells that nobody has heard yet."
    return [
        Family("broker_messages", "gauge", what, samples),
        Family("broker_up", "gauge", "1 if the broker answered.", [("", int(bool(samples)))]),
    ]
