"""The server for a WSGI container: `gunicorn stickypi.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stickypi.settings")
application = get_wsgi_application()
