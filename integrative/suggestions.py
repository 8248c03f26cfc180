"""What to offer a reader whose address names something the site does not have."""

import difflib

from django.shortcuts import render
from django.urls import reverse

from .records import TitledRecord, record_models

# Of each kind, so that a wrong address costs no more on a larger site.
MOST_COMPARED = 500


def not_found(request, key, value):
    """A 404 page that says which word was not known and offers the closest names."""
    return render(
        request, "404.html", {"key": key, "value": str(value)[:80], "close": close_to(str(value))}, status=404
    )


def close_to(words, most=5):
    """Up to `most` published records whose name, everyday name or address is close to these words: (title, address)."""
    names = {}
    for model in record_models():
        if issubclass(model, TitledRecord):
            also = ["also_called"] if "also_called" in model.own_keys else []
            for row in model.objects.published().values("pk", "title", *also)[:MOST_COMPARED]:
                place = reverse(f"{model.folder}:detail", args=[row["pk"]])
                for name in (row["pk"].replace("-", " "), row["title"], *row.get("also_called", "").splitlines()):
                    names.setdefault(name.strip().lower(), (row["title"], place))
    wanted = words.strip().lower().replace("-", " ")[:80]
    # Whole beginnings of words: "nope" is no part of "menopause".
    alike = (name for name in names if f" {wanted}" in f" {name}" or f" {name} " in f" {wanted} ")
    within = list(alike) if len(wanted) > 3 else []
    found = [names[name] for name in [*within, *difflib.get_close_matches(wanted, names, 10, 0.7)]]
    return list(dict.fromkeys(found))[:most]
