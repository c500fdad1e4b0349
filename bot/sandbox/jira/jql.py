"""JQL, as much of it as a client of tickets needs: clauses, AND, OR, NOT, IN, IS EMPTY, ORDER BY."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.sandbox.jira.jql_values import FIELDS, Meaning, compare, order_key
from bot.sandbox.jira.jql_words import RESERVED, Word, syntax_error, words
from bot.sandbox.jira.model import Issue
from bot.sandbox.jira.refusal import Refusal

Test = Callable[[Issue], bool]
COMPARISONS = frozenset({"=", "!=", "~", "!~", ">", ">=", "<", "<="})


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query that was understood. `bounded` means that it restricts anything at all."""

    matches: Test
    bounded: bool
    order: Sequence[tuple[str, bool]] = field(default=())

    def run(self, issues: Sequence[Issue]) -> list[Issue]:
        """The issues that match, in the order that was asked for; newest first otherwise."""
        found = sorted(filter(self.matches, issues), key=lambda issue: int(issue.id), reverse=True)
        for name, descending in reversed(self.order):
            found.sort(key=order_key(name), reverse=descending)
        return found


def parse(query: str, meaning: Meaning) -> Query:
    """Understand a query, or raise `Refusal` with Jira's words about what is wrong in it."""
    return _Reader(words(query), meaning).query()


class _Reader:
    """A recursive descent over the words."""

    def __init__(self, found: list[Word], meaning: Meaning) -> None:
        self._words = found
        self._meaning = meaning

    def query(self) -> Query:
        bounded = self._next.kind != "end" and self._next.keyword != "order"
        test = self._any_of() if bounded else lambda _: True
        order = self._order() if self._next.keyword == "order" else []
        if self._next.kind != "end":
            raise syntax_error(f"Expecting either 'OR' or 'AND' but got '{self._next.text}'.", self._next.at)
        return Query(matches=test, bounded=bounded, order=order)

    @property
    def _next(self) -> Word:
        return self._words[0]

    def _take(self) -> Word:
        return self._words.pop(0) if len(self._words) > 1 else self._words[0]

    def _skip(self, *texts: str) -> bool:
        if self._next.kind != "quoted" and self._next.text.casefold() in texts:
            self._take()
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            got = self._next.text or "end of query"
            raise syntax_error(f"Expecting '{text}' but got '{got}'.", self._next.at)

    def _any_of(self) -> Test:
        tests = [self._all_of()]
        while self._skip("or", "||"):
            tests.append(self._all_of())
        return lambda issue: any(test(issue) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self._skip("and", "&&"):
            tests.append(self._one())
        return lambda issue: all(test(issue) for test in tests)

    def _one(self) -> Test:
        if self._skip("not", "!"):
            inner = self._one()
            return lambda issue: not inner(issue)
        if self._skip("("):
            inner = self._any_of()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Test:
        name = self._field()
        word = self._take()
        negated = False
        if word.keyword == "not":
            negated, word = True, self._take()
        if word.keyword == "in":
            values = self._list()
        elif word.keyword == "is" and not negated:
            negated = self._skip("not")
            if not self._skip("empty", "null"):
                raise syntax_error("Expecting 'EMPTY' or 'NULL' after 'IS'.", self._next.at)
            return compare(name, "empty", [], self._meaning, negated=negated)
        elif word.text in {"=", "!="} and self._skip("empty", "null"):
            return compare(name, "empty", [], self._meaning, negated=word.text == "!=")
        elif word.kind == "symbol" and word.text in COMPARISONS and not negated:
            return compare(name, word.text, [self._value()], self._meaning)
        else:
            got = word.text or "end of query"
            operators = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'IS'"
            raise syntax_error(
                f"Expecting operator but got '{got}'. The valid operators are {operators}.", word.at
            )
        return compare(name, "in", values, self._meaning, negated=negated)

    def _field(self) -> str:
        word = self._take()
        if word.kind not in {"bare", "quoted"}:
            raise syntax_error(f"Expecting a field name but got '{word.text or 'end of query'}'.", word.at)
        if word.keyword in RESERVED:
            raise _reserved(word)
        name = word.text.casefold()
        if name not in FIELDS:
            raise Refusal(
                400, f"Field '{word.text}' does not exist or you do not have permission to view it."
            )
        return FIELDS[name]

    def _list(self) -> list[str]:
        self._expect("(")
        values = [self._value()]
        while self._skip(","):
            values.append(self._value())
        self._expect(")")
        return values

    def _value(self) -> str:
        word = self._take()
        if word.kind not in {"bare", "quoted"}:
            got = word.text or "end of query"
            raise syntax_error(f"Expecting either a value, list or function but got '{got}'.", word.at)
        if self._skip("("):
            self._expect(")")
            return self._meaning.call(word.text)
        if word.keyword in RESERVED:
            raise _reserved(word)
        return word.text

    def _order(self) -> list[tuple[str, bool]]:
        self._expect("order")
        self._expect("by")
        order = [self._direction()]
        while self._skip(","):
            order.append(self._direction())
        return order

    def _direction(self) -> tuple[str, bool]:
        name = self._field()
        if self._skip("desc"):
            return name, True
        self._skip("asc")
        return name, False


def _reserved(word: Word) -> Refusal:
    message = (
        f"'{word.text}' is a reserved JQL word. You must surround it in quotation marks to use it in a query."
    )
    return syntax_error(message, word.at)
