# SPDX-License-Identifier: Apache-2.0
"""Table files have one shape: imports, types of columns, one described class a table."""

import ast
from collections.abc import Iterator

from tests.architecture.house import here, parse, python_files

TIMES = ("_at", "_until")


def derived(tree: ast.Module, parent: str) -> list[ast.ClassDef]:
    """The classes made from one."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).partition("[")[0] == parent for base in node.bases)
    ]


def tables(tree: ast.Module) -> list[ast.ClassDef]:
    """The classes that are tables."""
    return derived(tree, "Base")


def faults_of(tree: ast.Module) -> Iterator[str]:
    """Where a table file departs from the shape."""
    for node in tree.body:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                pass
            case ast.ClassDef() if node in tables(tree):
                yield from faults_of_table(node)
            case ast.ClassDef() if node in derived(tree, "TypeDecorator"):
                pass
            case ast.Assign(targets=[ast.Name()]):
                pass
            case _:
                yield f"line {node.lineno}: neither an import, a constant nor a table"


def faults_of_table(table: ast.ClassDef) -> Iterator[str]:
    """Where one table departs from the shape."""
    if not ast.get_docstring(table):
        yield f"{table.name}: no docstring"
    if not table.name.endswith("Row"):
        yield f"{table.name}: a table's class ends in Row, so that it is not taken for the noun"
    for node in table.body:
        match node:
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Assign(targets=[ast.Name(id="__tablename__" | "__table_args__")]):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                yield from faults_of_column(f"{table.name}.{name}", annotation, node.value)
            case _:
                yield f"{table.name}: line {node.lineno}: not a column"


def faults_of_column(name: str, annotation: ast.expr, value: ast.expr | None) -> Iterator[str]:
    """A column is typed, and a time is a whole number of 64 bits."""
    kind = ast.unparse(annotation)
    if not kind.startswith("Mapped["):
        yield f"{name}: not Mapped"
    if name.endswith(TIMES) and not (
        kind in {"Mapped[int]", "Mapped[int | None]"}
        and value
        and "BigInteger" in ast.unparse(value)
    ):
        yield f"{name}: a time is a BigInteger, in seconds"


def test_every_table_file_has_the_shape():
    faults = [
        f"{here(path)} {fault}"
        for path in python_files("idp", "imaging_app")
        if path.name == "models.py"
        for fault in faults_of(parse(path))
    ]
    assert not faults


def test_tables_are_in_table_files():
    faults = [
        f"{here(path)} {table.name}"
        for path in python_files("idp", "imaging_app")
        if path.name != "models.py"
        for table in tables(parse(path))
    ]
    assert not faults


def test_a_departure_is_seen():
    assert list(faults_of(ast.parse("def create(): ...")))
    assert list(faults_of(ast.parse("class Thing(Base):\n    '''x'''\n    def go(self): ...")))
    assert list(
        faults_of(
            ast.parse("class TRow(Base):\n '''x'''\n a_at: Mapped[int] = mapped_column(Integer)")
        )
    )
