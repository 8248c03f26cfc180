from django.core.management.commands import migrate
from django.db import connections

from integrative.version import watch


class Command(migrate.Command):
    """Django's own, then the triggers that change the content version: a rebuilt or new table must not be without."""

    def handle(self, *args, **options):
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            watch(connections[options["database"]])
