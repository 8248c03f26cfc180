from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models, transaction

CONDITIONS, EVIDENCE, LOCATIONS = 100, 10, 5
TEXTS = ("what_it_is", "what_happens", "who_provides_it", "safety", "what_you_can_do", "body", "summary")


class Command(BaseCommand):
    help = "Fill an empty database with made-up records, to try the site at size. Only with DEBUG=1."

    def add_arguments(self, parser):
        parser.add_argument("--therapies", type=int, default=1000, metavar="N")

    def handle(self, therapies, **options):
        if not settings.DEBUG:
            raise CommandError("Made-up records do not belong on a site that people read. Set DEBUG=1 to make them.")
        if not 1 <= therapies <= 999_999:
            raise CommandError("Ask for 1 to 999999 therapies.")
        if any(model.objects.exists() for model in map(self.model, ("Therapy", "Condition"))):
            raise CommandError("This database holds records already. Choose an empty one with DATABASE_URL.")
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous = OFF")
                cursor.execute("PRAGMA cache_size = -500000")
        with transaction.atomic(), connection.cursor() as cursor:
            self.cursor = cursor
            self.fill(therapies, max(20, therapies // 10))
            cursor.execute("ANALYZE")
        self.stdout.write(f"Made {therapies} therapies with {EVIDENCE} findings each.")

    def model(self, name):
        return apps.get_model({"Source": "integrative", "Condition": "conditions"}.get(name, "therapies"), name)

    def fill(self, therapies, sources):
        kinds = choice("i", "hands-on", "mind-and-body", "talking", "natural-products")
        level = choice("(i + j)", "may-help", "mixed", "not-enough-research", "does-not-help")
        condition = f"(i * 7 + j * 11) % {CONDITIONS} + 1"
        self.insert("Source", sources, path=key("source"), title=words("Source"), publisher="'Nobody'",
                    url="'https://example.org/'", trust="'peer-reviewed'")  # fmt: skip
        self.insert(
            "Condition", CONDITIONS, path=key("condition"), title=words("Condition"), body_system="'whole-body'"
        )
        self.insert("Therapy", therapies, path=key("therapy"), title=words("Therapy"), kind=kinds,
                    safety=f"'- Made up. [@' || {key('source', f'i % {sources} + 1')} || ']'")  # fmt: skip
        therapy, place = key("therapy"), key("condition", condition)
        self.insert("Evidence", therapies, EVIDENCE, path=f"{therapy} || '/' || {place}", therapy_id=therapy,
                    condition_id=place, level=level, certainty="'low'")  # fmt: skip
        self.join("Evidence", "sources", therapies, EVIDENCE, f"{therapy} || '/' || {place}",
                  key("source", f"(i + j) % {sources} + 1"))  # fmt: skip
        self.join("Therapy", "sources", therapies, 1, therapy, key("source", f"i % {sources} + 1"))
        location = key("location", f"i % {LOCATIONS} + 1")
        self.insert("Location", LOCATIONS, path=key("location"), title=words("Location"), region="'Nowhere'",
                    sample="true")  # fmt: skip
        offerings = min(500, max(1, therapies // 10))
        self.insert("Offering", offerings, path=f"{location} || '/' || {therapy}", location_id=location,
                    therapy_id=therapy, how="'offered'", confirmed_on="'2026-01-31'")  # fmt: skip

    def insert(self, name, count, each=1, **given):
        """One INSERT that makes `count` × `each` rows; what is not given is empty, and every row is published."""
        given = {"status": "'published'", "checked_on": "'2026-01-31'"} | given
        model, columns = self.model(name), {}
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.GeneratedField):
                columns[field.column] = self.typed(field, given.get(field.attname) or empty(field))
        self.write(model._meta.db_table, columns, count, each)

    def typed(self, field, value):
        date = isinstance(field, models.DateField) and connection.vendor == "postgresql"
        return f"CAST({value} AS date)" if date else value

    def join(self, name, many, count, each, one, other):
        through = self.model(name)._meta.get_field(many).remote_field.through
        self.write(through._meta.db_table, {f"{name.lower()}_id": one, "source_id": other}, count, each)

    def write(self, table, columns, count, each):
        names = ", ".join(f'"{column}"' for column in columns)
        counted = ", ".join(
            f"{n}({i}) AS (SELECT 1 UNION ALL SELECT {i} + 1 FROM {n} WHERE {i} < {most})"
            for n, i, most in (("a", "i", count), ("b", "j", each))
        )
        values = ", ".join(columns.values())
        self.cursor.execute(f"INSERT INTO {table} ({names}) WITH RECURSIVE {counted} SELECT {values} FROM a, b")


def empty(field):
    """SQL for what a field holds when nothing is said."""
    if field.name in TEXTS:
        return "'Made up.'"
    if field.null:
        return "NULL"
    if isinstance(field, models.BooleanField):
        return "false"
    return "0" if isinstance(field, models.IntegerField) else "''"


def choice(number, *words):
    """SQL for one of the words in turn."""
    cases = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(words))
    return f"CASE {number} % {len(words)} {cases} END"


def key(word, number="i"):
    """SQL for a record's path: the word and a number of six digits."""
    return f"('{word}-' || substr('00000' || ({number}), length('00000' || ({number})) - 5))"


def words(word):
    """SQL for a record's title."""
    return f"('{word} ' || substr('00000' || i, length('00000' || i) - 5))"
