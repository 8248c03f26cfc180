import fcntl
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

LOCK = 4_720_811


class Command(BaseCommand):
    help = (
        "What a new version needs before it starts: tables, texts, static files. A second deploy waits for the first."
    )

    def handle(self, **options):
        with one_at_a_time():
            call_command("migrate", verbosity=0, stdout=self.stdout, stderr=self.stderr)
            call_command("load_content", stdout=self.stdout, stderr=self.stderr)
            call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def one_at_a_time():
    """Hold the one lock that deploys of this site share: in PostgreSQL, or on a file beside the SQLite database."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    else:
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        with open(settings.VAR_DIR / "deploy.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
