from django.core.management.base import BaseCommand, CommandError

from integrative.backups import BackupError, restore


class Command(BaseCommand):
    help = "Bring an empty, stopped site to what a backup holds."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--content", metavar="DIR", help="also write the texts of the backup below this folder")

    def handle(self, file, content, **options):
        try:
            about = restore(file, content)
        except BackupError as error:
            raise CommandError(error) from error
        self.stdout.write(f"Restored what was there on {about['made']}. Everyone signs in anew.")
