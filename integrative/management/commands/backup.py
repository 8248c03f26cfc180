from django.core.management.base import BaseCommand, CommandError

from integrative.backups import BackupError, backup


class Command(BaseCommand):
    help = "Write database and texts, all of one moment, to one file while the site runs. Keep it as safe as passwords."

    def add_arguments(self, parser):
        parser.add_argument("file", help="such as backup.tar.gz; an older file of this name is replaced")

    def handle(self, file, **options):
        try:
            size = backup(file)
        except BackupError as error:
            raise CommandError(error) from error
        self.stdout.write(f"Wrote {file} ({size / 1e6:.1f} MB).")
