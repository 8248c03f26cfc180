from django.core.management.base import BaseCommand

from integrative.search import index


class Command(BaseCommand):
    help = "Brings the search index up to date, so that no reader waits for it."

    def add_arguments(self, parser):
        parser.add_argument("--anew", action="store_true", help="write the whole index anew")

    def handle(self, anew, **options):
        if anew:
            index.place().unlink(missing_ok=True)
        count = index.refresh()
        self.stdout.write(f"Search index: {count} written." if count else "Search index: up to date.")
