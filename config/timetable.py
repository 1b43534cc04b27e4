"""The beat schedule as data: what is rung how often. Beat only rings; rows say what is due."""

from config.settings import Settings


def timetable(settings: Settings) -> dict[str, dict[str, object]]:
    """Celery's beat_schedule. A tick that comes late is dropped, never queued: see `expires`."""
    return {
        "dispatch": {
            "task": "workers.dispatch",
            "schedule": settings.dispatch_seconds,
            "options": {"expires": settings.dispatch_seconds * 2},
        },
        "sweep": {
            "task": "workers.sweep",
            "schedule": settings.sweep_seconds,
            "options": {"expires": settings.sweep_seconds},
        },
    }
