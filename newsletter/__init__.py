"""The Django project, and everything about readers and mail."""

from newsletter.celery import app as celery_app

__all__ = ["celery_app"]
