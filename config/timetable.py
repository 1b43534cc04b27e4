"""The beat schedule as data: what is rung how often. Beat only rings; rows say what is due."""

from config.settings import Settings


def timetable(settings: Settings) -> dict[str, dict[str, object]]:
    """Celery's beat_schedule. A tick that comes far too late is dropped: see `expires`."""
    return {
        "dispatch": {
            "task": "workers.dispatch",
            "schedule": settings.dispatch_seconds,
            # By the clock of whoever rings: long enough for machines half a minute apart.
            "options": {"expires": 60},
        },
        "sweep": {
            "task": "workers.sweep",
            "schedule": settings.sweep_seconds,
            "options": {"expires": settings.sweep_seconds},
        },
        # What people at the desk wait for, so as often as feeds are looked at.
        "wishes": {
            "task": "workers.wishes",
            "schedule": settings.dispatch_seconds,
            "options": {"expires": 60},
        },
        "watch": {
            "task": "workers.watch",
            "schedule": settings.watch_seconds,
            "options": {"expires": settings.watch_seconds},
        },
        "count": {
            "task": "workers.count",
            "schedule": settings.count_seconds,
            "options": {"expires": settings.count_seconds},
        },
        "read pages": {
            "task": "workers.read_pages",
            "schedule": settings.pages_seconds,
            "options": {"expires": settings.pages_seconds},
        },
        "turn days": {
            "task": "workers.turn_days",
            "schedule": settings.learn_seconds,
            "options": {"expires": settings.learn_seconds},
        },
        # Rung often; when each rule was last done stands in rows.
        "let go": {
            "task": "workers.let_go",
            "schedule": settings.learn_seconds,
            "options": {"expires": settings.learn_seconds},
        },
        # Rung often, done once a night for each series: what is due stands in rows.
        "refit series": {
            "task": "workers.refit_series",
            "schedule": settings.learn_seconds,
            "options": {"expires": settings.learn_seconds},
        },
        "learn rhythms": {
            "task": "workers.learn_rhythms",
            "schedule": settings.learn_seconds,
            "options": {"expires": settings.learn_seconds},
        },
    }
