"""Django's SQLite, for a file that may be taken away and brought back while the site runs."""

import os
from pathlib import Path

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_seen = set()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that makes no new, empty file in place of one that was there, and lets go of one that is not."""

    opened = None

    def get_connection_params(self):
        params = super().get_connection_params()
        place = params["database"]
        if self.watched():
            if self.there():
                _seen.add(place)
            elif place in _seen:
                # SQLite might reuse a file that another connection holds open: some threads would work, others not.
                raise OperationalError("The database file is not there or cannot be read.")
            if place in _seen:
                params["database"] = f"{Path(place).absolute().as_uri()}?mode=rw"
        return params

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        self.opened = self.there()
        return connection

    def is_usable(self):
        """Asked once a request: whether the file at the place is the one that this connection holds open."""
        return not self.watched() or self.opened == self.there()

    def watched(self):
        """Whether the database is a file with a plain name; others are in memory, or cannot be written."""
        return not str(self.settings_dict["NAME"]).startswith("file:") and not self.is_in_memory_db()

    def there(self):
        """Which file lies at the place and can be read: its device and number, or None."""
        place = self.settings_dict["NAME"]
        try:
            found = os.stat(place)
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if os.access(place, os.R_OK) else None
