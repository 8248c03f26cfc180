from django.conf import settings
from django.core.management.base import BaseCommand

from integrative.sync import State, states

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
        found, problems = states(path)
        files = {}
        for state, model, record in found:
            files.setdefault(state, []).append(f"{model.folder}/{record}.md")
        for state, advice in ADVICE.items():
            if state in files:
                self.stdout.write(f"{state.capitalize()} ({advice}):")
                self.stdout.writelines(f"    {file}\n" for file in files[state])
        for problem in problems:
            self.stdout.write(str(problem), self.style.ERROR)
        if not problems and not files.keys() - {State.SAME}:
            self.stdout.write(f"Files and database agree: {len(found)} records.")
