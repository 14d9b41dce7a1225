"""The server for a WSGI container: `gunicorn stickypi.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stickypi.settings")
application = get_wsgi_application()

# The collector looks for cycles, and a request's rows and JSON have none: what is loaded by now is left out of it, and
# it starts less often. A body of 40 MB of numbers takes half the time.
gc.freeze()
gc.set_threshold(50_000, 50, 50)
