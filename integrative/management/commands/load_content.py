import sys

from django.conf import settings
from django.core.management.base import BaseCommand

from integrative.management.bar import Bar
from integrative.sync import State, SyncError, load

SHOWN = {
    State.NEW_FILE: "created",
    State.FILE_CHANGED: "changed",
    State.SAME: "unchanged",
    State.ROW_CHANGED: "changed in the admin, kept",
    State.ROW_ONLY: "only in the database, kept",
    State.FILE_GONE: "without their file, kept (set status: retired to take a page down)",
}


class Command(BaseCommand):
    help = "Load the Markdown files of content/ into the database: all of them, or none and every reason why."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", default=settings.CONTENT_DIR, metavar="PATH")
        parser.add_argument("--check", action="store_true", help="try everything, keep nothing")

    def handle(self, path, check, **options):
        try:
            counts = load(path, check, Bar(self.stdout).show)
        except SyncError as error:
            for problem in error.problems:
                self.stderr.write(str(problem), self.style.ERROR)
            self.stderr.write(f"{len(error.problems)} problem(s). Nothing was written.")
            sys.exit(1)
        summary = ", ".join(f"{counts[state]} {word}" for state, word in SHOWN.items() if counts[state]) or "no files"
        self.stdout.write(f"{'Checked' if check else 'Loaded'} content: {summary}.")
