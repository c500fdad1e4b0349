"""Mutants of a module: one small change each, of the kind that somebody could make by mistake."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
LOGS = ("log.", "self._log.", "structlog.", "hit")
"""What is logged is for people to read, and failpoints are for tests: no behaviour."""

TEXTS = ("Refused", "ValueError", "StrEnum", "TypeVar")
"""Arguments of these are words for people, or names."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change: in which function, on which lines the changed statement stands, and what was changed.

    `at_import`: the statement runs when the module is imported, before any test.
    """

    scope: str
    at_import: bool
    line: int
    first: int
    last: int
    before: str
    after: str
    place: int
    """Which of the places of the module it is, in the order of the walk, and which change there."""
    which: int

    @property
    def name(self) -> str:
        """How it is told, and by which an equivalent one is known; lines may move."""
        return f"{self.scope}: {self.before}  ->  {self.after}"


@dataclass(frozen=True)
class _Change:
    before: str
    after: str
    node: ast.AST


@dataclass(frozen=True)
class _Place:
    node: ast.AST
    scope: str
    at_import: bool
    statement: ast.stmt


def mutants(source: str) -> list[Mutant]:
    """All mutants of a source, in the order of its lines."""
    found = []
    for number, place in enumerate(_places(ast.parse(source))):
        for which, change in enumerate(_changes(place.node)):
            found.append(
                Mutant(
                    scope=place.scope,
                    at_import=place.at_import,
                    line=getattr(place.node, "lineno", place.statement.lineno),
                    first=place.statement.lineno,
                    last=_last(place.statement),
                    before=change.before,
                    after=change.after,
                    place=number,
                    which=which,
                )
            )
    return found


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The module with that one change."""
    tree = ast.parse(source)
    node = list(_places(tree))[mutant.place].node
    changed = _Replace(node, list(_changes(node))[mutant.which].node).visit(tree)
    assert isinstance(changed, ast.Module)
    return ast.fix_missing_locations(changed)


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._old:
            return ast.copy_location(self._new, node)
        return self.generic_visit(node)


def _last(statement: ast.stmt) -> int:
    """The last line of the statement itself, without the block below it."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body and isinstance(statement, ast.If | ast.While | ast.For | ast.With):
        return max(statement.lineno, int(body[0].lineno) - 1)
    return statement.end_lineno or statement.lineno


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:60]} ... {text[-25:]}"


def _places(tree: ast.Module) -> Iterator[_Place]:
    """Everything that may be changed: no docstrings, annotations, imports, asserts, or logs."""
    yield from _within(tree, _Place(tree, "module", at_import=True, statement=tree.body[0]))


def _within(node: ast.AST, outer: _Place) -> Iterator[_Place]:
    for child in _children(node):
        if _is_left_alone(child):
            continue
        scope, statement = outer.scope, outer.statement
        if isinstance(child, ast.stmt):
            statement = child
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = child.name if scope == "module" else f"{scope}.{child.name}"
        elif isinstance(child, ast.Assign) and scope == "module":
            scope = ast.unparse(child.targets[0])
        in_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        at_import = outer.at_import and not in_function
        place = _Place(child, scope, at_import=at_import, statement=statement)
        yield place
        yield from _within(child, place)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases"}:
            continue
        if isinstance(node, ast.Dict) and name == "keys":
            yield from (key for key in value if key is not None and not isinstance(key, ast.Constant))
        elif isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            yield from (each for each in value if isinstance(each, ast.AST))


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.JoinedStr():
            return True
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring, or `...`
        case ast.Expr(value=ast.Call(func=func)) if ast.unparse(func).startswith(LOGS):
            return True
        case ast.Assign(value=ast.Call(func=func)) if ast.unparse(func).startswith((*LOGS, *TEXTS)):
            return True
        case ast.Call(func=func) if ast.unparse(func) in TEXTS:
            return True
        case ast.ClassDef(bases=bases) if any(ast.unparse(base) in TEXTS for base in bases):
            return True
    return False


def _changes(node: ast.AST) -> Iterator[_Change]:
    """What may stand there instead."""
    match node:
        case ast.Compare():
            for changed in _comparisons(node):
                yield _instead(node, changed)
        case ast.BoolOp():
            yield from (_instead(node, changed) for changed in _choices(node))
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            yield _instead(node, operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            yield _instead(node, ast.BinOp(left=left, op=ARITHMETIC[type(op)](), right=right))
        case ast.Constant(value=value):
            yield from (_instead(node, ast.Constant(value=other)) for other in _constants(value))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield _instead(node, ast.IfExp(test=test, body=orelse, orelse=body))
        case ast.Call():
            yield from _calls(node)
        case ast.Match():
            yield from _arms(node)
        case ast.comprehension(ifs=ifs):
            for index, condition in enumerate(ifs):
                without = copy.copy(node)
                without.ifs = [*ifs[:index], *ifs[index + 1 :]]
                yield _Change(f"if {_text(condition)}", "(nothing)", without)
        case ast.stmt():
            yield from _statements(node)
        case _:
            return


def _instead(before: ast.AST, after: ast.AST) -> _Change:
    return _Change(_text(before), _text(after), after)


def _comparisons(node: ast.Compare) -> Iterator[ast.Compare]:
    for index, op in enumerate(node.ops):
        ops = [*node.ops[:index], COMPARISONS[type(op)](), *node.ops[index + 1 :]]
        yield ast.Compare(left=node.left, ops=ops, comparators=node.comparators)


def _choices(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(op=ast.And() if isinstance(node.op, ast.Or) else ast.Or(), values=node.values)
    if len(node.values) > 2:
        for index in range(len(node.values)):
            yield ast.BoolOp(op=node.op, values=[*node.values[:index], *node.values[index + 1 :]])


def _constants(value: object) -> Iterator[str | float]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield f"{value}XX"


def _calls(node: ast.Call) -> Iterator[_Change]:
    """Without one of its keywords: what is required then raises, what has a default is changed quietly."""
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            kept = [*node.keywords[:index], *node.keywords[index + 1 :]]
            before = f"{_text(node.func)}(... {_text(keyword)} ...)"
            yield _Change(
                before, f"without {keyword.arg}", ast.Call(func=node.func, args=node.args, keywords=kept)
            )


def _arms(node: ast.Match) -> Iterator[_Change]:
    for index, arm in enumerate(node.cases):
        case = f"case {_text(arm.pattern)}"
        if arm.guard is not None:
            negated = ast.match_case(arm.pattern, ast.UnaryOp(op=ast.Not(), operand=arm.guard), arm.body)
            yield _Change(f"{case} if {_text(arm.guard)}", "if not", _with(node, index, [negated]))
        if len(node.cases) > 1 and _text(arm.pattern) != "_":
            yield _Change(case, "(no such arm)", _with(node, index, []))


def _with(node: ast.Match, index: int, arms: list[ast.match_case]) -> ast.Match:
    return ast.Match(subject=node.subject, cases=[*node.cases[:index], *arms, *node.cases[index + 1 :]])


def _statements(node: ast.stmt) -> Iterator[_Change]:
    match node:
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() as test, body=body, orelse=orelse):
            negated = ast.UnaryOp(op=ast.Not(), operand=test)
            yield _Change(f"if {_text(test)}", "if not", ast.If(test=negated, body=body, orelse=orelse))
        case ast.While(test=test, body=body, orelse=orelse) if not isinstance(test, ast.Constant):
            never = ast.While(test=ast.Constant(value=False), body=body, orelse=orelse)
            yield _Change(f"while {_text(test)}", "while False", never)
        case ast.Expr(value=ast.Call() | ast.Await() | ast.YieldFrom()) | ast.AugAssign() | ast.Raise():
            yield _instead(node, ast.Pass())
        case ast.Break():
            yield _instead(node, ast.Continue())
        case ast.Continue():
            yield _instead(node, ast.Break())
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield _instead(node, ast.Return(value=ast.Constant(value=None)))
        case ast.Assign(targets=[ast.Attribute()]):
            yield _instead(node, ast.Pass())
        case _:
            return
