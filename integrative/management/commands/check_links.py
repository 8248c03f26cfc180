import sys
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from integrative.outside import State, addresses, check


class Command(BaseCommand):
    help = "Ask every outside address that published records point to whether it still answers: one at a time, slowly."

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=30, help="trust good answers of this many days (30)")
        parser.add_argument("--pause", type=float, default=1, help="seconds between two requests (1)")
        parser.add_argument("--timeout", type=float, default=20, help="seconds to wait for an answer (20)")

    def handle(self, days, pause, timeout, **options):
        files, found = addresses(), {state: [] for state in State}
        since = timezone.localdate() - timedelta(days=days)
        for address, answer in check(files, settings.VAR_DIR / "links.json", since, timeout, pause):
            found[answer.state].append(address)
            if answer.state != State.GOOD:
                self.stdout.write(self.told(address, answer, files[address]))
        self.stdout.write("; ".join(f"{len(group)} {state.partition(':')[0]}" for state, group in found.items()) + ".")
        if found[State.GONE] or found[State.FAILED]:
            sys.exit(1)

    def told(self, address, answer, files):
        """One address that needs a look, with the reason and the files that point to it."""
        what = answer.moved_to or answer.error or (answer.status if answer.state != State.GONE else "")
        return f"{answer.state}{f' ({what})' if what else ''}\n    {address}\n    in {', '.join(files)}"
