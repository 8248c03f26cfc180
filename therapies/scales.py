"""The two fixed scales. Their words and their order are the same everywhere on the site."""

from django.db import models
from django.db.models import Case, Value, When


class Level(models.TextChoices):
    LIKELY = "likely-helps", "Likely helps"
    MAY_HELP = "may-help", "May help"
    MIXED = "mixed", "Mixed results"
    NOT_ENOUGH = "not-enough-research", "Not enough research"
    DOES_NOT_HELP = "does-not-help", "Does not seem to help"
    MAY_HARM = "may-harm", "May harm"


class Certainty(models.TextChoices):
    HIGH = "high", "High certainty"
    MODERATE = "moderate", "Moderate certainty"
    LOW = "low", "Low certainty"
    VERY_LOW = "very-low", "Very low certainty"
    NOT_STATED = "not-stated", "Certainty not graded"


# What “Likely helps” asks for.
SURE_ENOUGH = [Certainty.HIGH, Certainty.MODERATE]


def rank_expression():
    """Level first, certainty second, as one number that an index can sort: smaller stands first."""
    levels = Case(*(When(level=value, then=Value(10 * i)) for i, value in enumerate(Level.values)), default=Value(90))
    sure = Case(*(When(certainty=value, then=Value(i)) for i, value in enumerate(Certainty.values)), default=Value(9))
    return levels + sure


def best_rank_below(level):
    """The first rank that is worse than every record of this level."""
    return 10 * (Level.values.index(level) + 1)
