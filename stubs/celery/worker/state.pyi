from collections.abc import Iterable

from celery.worker.request import Request

active_requests: Iterable[Request]
