"""For servers that want a WSGI callable: `gunicorn wsgi:app`, `waitress-serve wsgi:app`."""

from moderation.app import create_app

app = create_app()
