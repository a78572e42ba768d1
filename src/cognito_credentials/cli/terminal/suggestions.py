"""Suggestions for misspelled words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["find_similar"]

SHORT_WORD_LENGTH = 6


def find_similar(word: str, known: Collection[str]) -> str:
    """Return the known word that was probably meant; "" if there is none.

    The known word differs by one or two typing mistakes, or begins with the word and a hyphen or
    underscore. An inserted, missing or wrong character, or two transposed characters, count as one
    mistake. Short words may have one mistake, and longer words two. A higher limit would suggest
    unrelated words.
    """
    limit = 1 if len(word.strip("-")) <= SHORT_WORD_LENGTH else 2
    distances = ((_distance(word.lower(), other.lower()), other) for other in known)
    distance, nearest = min(distances, key=lambda pair: pair[0], default=(limit + 1, ""))
    if distance <= limit:
        return nearest
    longer = [other for other in known if word and other.startswith((f"{word}-", f"{word}_"))]
    return min(longer, key=len, default="")


def _distance(first: str, second: str) -> int:
    """Return the number of mistakes between two words (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, character in enumerate(first, 1):
        before, previous, row = row, before, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (character != other))
            if i > 1 and j > 1 and character == second[j - 2] and other == first[i - 2]:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
    return row[-1]
