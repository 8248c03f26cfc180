from django.core.management.base import BaseCommand

from integrative.reminders import send


class Command(BaseCommand):
    help = "Mail reviewers the pages whose clinical review is due. Safe to run often: one mail a person and day."

    def handle(self, **options):
        told = send()
        self.stdout.write(f"Wrote to {len(told)} reviewer(s).")
