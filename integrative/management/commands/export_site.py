from django.core.management.base import BaseCommand, CommandError

from integrative.snapshot import SnapshotError, write


class Command(BaseCommand):
    help = "Write every page that readers see as files, with compressed siblings, for any web server or CDN."

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR")

    def handle(self, folder, **options):
        try:
            pages = write(folder)
        except SnapshotError as error:
            raise CommandError(error) from error
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Wrote {pages} pages below {folder}. No link leads nowhere.")
