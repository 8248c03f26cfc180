"""Searches that suggest danger, by a word list that staff keep (`content/pages/crisis-words.md`)."""

from .index import word_list
from .words import clean, distance, root, words

MOST_BETWEEN = 2


def danger_in(text):
    """The anchor of the list whose words a query holds, such as "call-911", or "" where it suggests no danger."""
    asked = [word.folded for word in words(clean(text))]
    for card, phrases in word_list("crisis-words").items():
        if any(holds(asked, [word.folded for word in words(phrase)]) for phrase in phrases):
            return card
    return ""


def holds(asked, phrase):
    """Whether the words of a phrase stand in a query in order, close together, give or take a slip or a space."""
    joined = "".join(phrase)
    if len(joined) > 5 and joined in "".join(asked):
        return True
    return bool(phrase) and any(_goes_on(asked[i:], phrase) for i in range(len(asked)))


def _goes_on(asked, phrase):
    if not phrase:
        return True
    if not asked or not meant(asked[0], phrase[0]):
        return False
    rest = phrase[1:]
    return not rest or any(_goes_on(asked[1 + skip :], rest) for skip in range(MOST_BETWEEN + 1))


def meant(typed, word):
    """Whether a typed word is this word with a slip or two; the first letter must be right, of short ones the last."""
    if root(typed) == root(word):
        return True
    slips = 0 if len(word) < 3 else 1 if len(word) < 7 else 2
    ends = typed[0] == word[0] and (len(word) > 3 or typed[-1] == word[-1])
    return ends and distance(typed, word, slips) <= slips
