from django.core.management.base import BaseCommand

from integrative.revisions import State
from integrative.scheduling import publish_due


class Command(BaseCommand):
    help = (
        "Carry out what is scheduled and due: pages go live or are taken down. Run it every minute or so from a timer."
    )

    def handle(self, **options):
        for revision in publish_due():
            done = (
                "could not go live" if revision.state == State.BLOCKED else "taken down" if revision.retires else "live"
            )
            self.stdout.write(f"{revision.folder}/{revision.path}: {done}")
