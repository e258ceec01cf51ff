# SPDX-License-Identifier: Apache-2.0
"""Plain questions that anybody can answer by ear, in place of a picture: numbers, letters, days.

Their answers depend on the language, so that they are told here in both and not translated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

Pick = Callable[[int], int]
T = TypeVar("T")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NUMBERS: Final = {
    "fr": _words(
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
        "seize dix-sept dix-huit dix-neuf vingt"
    ),
    "en": _words(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty"
    ),
}
DAYS: Final = {
    "fr": _words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
    "en": _words("monday tuesday wednesday thursday friday saturday sunday"),
}
MONTHS: Final = {
    "fr": _words(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    ),
    "en": _words(
        "january february march april may june july august september october november december"
    ),
}
# Of each kind one is asked for among others of the other kinds.
KINDS: Final = {
    "fr": {
        "un animal": _words("chat chien cheval vache mouton lapin canard souris tigre girafe"),
        "une couleur": _words("rouge bleu vert jaune violet orange rose blanc gris"),
        "un fruit": _words("pomme poire cerise fraise prune banane raisin abricot citron"),
        "un meuble": _words("table chaise armoire lit bureau commode fauteuil buffet"),
        "un vêtement": _words("chemise pantalon manteau chapeau jupe veste pull écharpe"),
        "une partie du corps": _words("main pied genou épaule coude nez oreille doigt"),
    },
    "en": {
        "an animal": _words("cat dog horse cow sheep rabbit duck mouse tiger giraffe"),
        "a colour": _words("red blue green yellow purple pink white grey brown"),
        "a fruit": _words("apple pear cherry strawberry plum banana grape apricot lemon"),
        "a piece of furniture": _words("table chair wardrobe bed desk armchair sideboard"),
        "a garment": _words("shirt trousers coat hat skirt jacket jumper scarf"),
        "a part of the body": _words("hand foot knee shoulder elbow nose ear finger"),
    },
}
PLACES: Final = {
    "fr": _words("première deuxième troisième quatrième"),
    "en": _words("first second third fourth"),
}
TEXTS: Final = {
    "fr": {
        "sum": "Combien font {0} plus {1} ?",
        "difference": "Combien font {0} moins {1} ?",
        "largest": "Quel est le plus grand de ces nombres : {0}, {1} ou {2} ?",
        "day": "Quel jour vient juste après {0} ?",
        "month": "Quel mois vient juste après {0} ?",
        "kind": "Lequel de ces mots désigne {0} : {1}, {2} ou {3} ?",
        "letter": "Quelle est la {0} lettre du mot « {1} » ?",
        "length": "Combien de lettres a le mot « {0} » ?",
    },
    "en": {
        "sum": "How much is {0} plus {1}?",
        "difference": "How much is {0} minus {1}?",
        "largest": "Which of these numbers is the largest: {0}, {1} or {2}?",
        "day": "Which day comes right after {0}?",
        "month": "Which month comes right after {0}?",
        "kind": "Which of these words names {0}: {1}, {2} or {3}?",
        "letter": "What is the {0} letter of the word “{1}”?",
        "length": "How many letters has the word “{0}”?",
    },
}
# « Le chat », “a cat”: what stands before an answer says nothing.
ARTICLES: Final = frozenset(_words("le la les l un une the a an"))


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the one writing of its answer."""

    text: str
    answer: str = field(repr=False)


def make(locale: str, pick: Pick) -> Question:
    """A question in this language; `pick` chooses one of so many."""
    language = locale if locale in TEXTS else "fr"
    kinds = (_sum, _difference, _largest, _day, _month, _kind, _letter, _length)
    return kinds[pick(len(kinds))](language, pick)


def canonical(typed: str) -> str:
    """One writing of an answer whose accents are gone: a number in digits, a word alone."""
    text = "".join(one if one.isalnum() else " " for one in typed.casefold())
    words = [one for one in text.split() if one not in ARTICLES] or text.split()
    joined = " ".join(words)
    return _DIGITS.get(joined, joined.lstrip("0") or joined[:1] if joined.isdigit() else joined)


def _sum(language: str, pick: Pick) -> Question:
    one, other = 2 + pick(9), 1 + pick(9)
    return _numbered(language, "sum", (one, other), one + other)


def _difference(language: str, pick: Pick) -> Question:
    other, rest = 1 + pick(9), 1 + pick(10)
    return _numbered(language, "difference", (other + rest, other), rest)


def _largest(language: str, pick: Pick) -> Question:
    found = _several(range(2, 21), 3, pick)
    return _numbered(language, "largest", tuple(found), max(found))


def _numbered(language: str, text: str, numbers: Sequence[int], answer: int) -> Question:
    words = [NUMBERS[language][one] for one in numbers]
    return Question(TEXTS[language][text].format(*words), str(answer))


def _day(language: str, pick: Pick) -> Question:
    return _next(language, "day", DAYS[language], pick)


def _month(language: str, pick: Pick) -> Question:
    return _next(language, "month", MONTHS[language], pick)


def _next(language: str, text: str, names: Sequence[str], pick: Pick) -> Question:
    place = pick(len(names))
    asked, answer = names[place], names[(place + 1) % len(names)]
    shown = asked.capitalize() if language == "en" else asked
    return Question(TEXTS[language][text].format(shown), canonical(_plain(answer)))


def _kind(language: str, pick: Pick) -> Question:
    kinds = KINDS[language]
    named = _several(sorted(kinds), 3, pick)
    words = [kinds[one][pick(len(kinds[one]))] for one in named]
    asked = pick(3)
    text = TEXTS[language]["kind"].format(named[asked], *words)
    return Question(text, canonical(_plain(words[asked])))


def _letter(language: str, pick: Pick) -> Question:
    word, place = _word(language, pick), pick(4)
    text = TEXTS[language]["letter"].format(PLACES[language][place], word)
    return Question(text, _plain(word)[place])


def _length(language: str, pick: Pick) -> Question:
    word = _word(language, pick)
    return Question(TEXTS[language]["length"].format(word), str(len(word)))


def _word(language: str, pick: Pick) -> str:
    words = [
        one for each in KINDS[language].values() for one in each if len(one) > 4 and one.isascii()
    ]
    return words[pick(len(words))]


def _several(among: Sequence[T], count: int, pick: Pick) -> list[T]:
    left = list(among)
    return [left.pop(pick(len(left))) for _each in range(count)]


def _plain(word: str) -> str:
    return word.translate(str.maketrans("éèêàûùôîç", "eeeauuoic"))


_DIGITS: Final = {
    _plain(word).replace("-", " "): str(number)
    for words in NUMBERS.values()
    for number, word in enumerate(words)
}
