import sys

from django.conf import settings
from django.core.management.base import BaseCommand

from integrative.management.bar import Bar
from integrative.sync import State, SyncError, export


class Command(BaseCommand):
    help = "Write what staff changed in the admin back to the Markdown files of content/."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", default=settings.CONTENT_DIR, metavar="PATH")

    def handle(self, path, **options):
        try:
            counts, files = export(path, Bar(self.stdout).show)
        except SyncError as error:
            for problem in error.problems:
                self.stderr.write(str(problem), self.style.ERROR)
            written = f"{error.written} file(s) were written" if error.written else "Nothing was written"
            self.stderr.write(f"{len(error.problems)} problem(s). {written}.")
            sys.exit(1)
        for file in files:
            self.stdout.write(f"wrote {file}")
        waiting = counts[State.NEW_FILE] + counts[State.FILE_CHANGED]
        left = f" {waiting} file(s) are newer than the database: run load_content." if waiting else ""
        self.stdout.write(f"Exported {len(files)} of {counts.total()} records.{left}")
