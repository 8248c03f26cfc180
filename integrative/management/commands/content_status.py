from itertools import groupby

from django.conf import settings
from django.core.management.base import BaseCommand

from integrative.sync import State, pairs

ADVICE = {
    State.NEW_FILE: "load_content will create them",
    State.FILE_CHANGED: "load_content will take them",
    State.ROW_CHANGED: "export_content will write them",
    State.ROW_ONLY: "export_content will write them",
    State.FILE_GONE: "the page stays up; set status: retired to take it down, or export_content to have the file back",
    State.CONFLICT: "settle by hand: make the file say what should stand, or set the admin's text back",
}


class Command(BaseCommand):
    help = "Show how the files of content/ and the database differ."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", default=settings.CONTENT_DIR, metavar="PATH")

    def handle(self, path, **options):
        found, problems = pairs(path)
        states = sorted(((list(State).index(pair.state), pair) for pair in found), key=lambda both: both[0])
        for index, group in groupby(states, key=lambda both: both[0]):
            state, group = list(State)[index], list(group)
            if state != State.SAME:
                self.stdout.write(f"{state.capitalize()} ({ADVICE[state]}):")
                for _, pair in group:
                    self.stdout.write(f"    {pair.file}")
        for problem in problems:
            self.stdout.write(str(problem), self.style.ERROR)
        if not problems and all(list(State)[index] == State.SAME for index, _ in states):
            self.stdout.write(f"Files and database agree: {len(found)} records.")
