"""A pickle's opcodes → what it would build, as plain values. Nothing is imported and nothing is called.

The opcodes are those of `pickletools`; a call (REDUCE, NEWOBJ, BUILD) becomes a `Made` with the name of what it would
have called and its arguments. So a file that would run a command when it is unpickled is only a value here.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import pickletools  # nosec B403 # reads opcodes and executes none
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from harness.compare.models.parts import PARTS_MAX, Trouble

MARK = object()
STACK_MAX = 5_000_000


@dataclass(frozen=True, slots=True)
class Global:
    """Something that is imported by name."""

    module: str
    name: str

    def __str__(self) -> str:
        """Name it as Python does."""
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Made:
    """What a call would have given: what was called, with what, and what was put into it afterwards."""

    of: Any
    arguments: Any
    state: list[Any] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    pairs: list[tuple[Any, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Persistent:
    """What is kept outside of the pickle, by its id."""

    id: Any


@dataclass(slots=True, eq=False)
class Items:
    """A list, a dict (as pairs in their order) or a set, which may hold itself."""

    kind: str
    items: list[Any] = field(default_factory=list)


Built = Callable[[Made, BinaryIO], Any]
"""Asked after each BUILD: what stands in place of an object whose data follows in the stream."""


def build(stream: BinaryIO, built: Built = lambda made, _: made) -> Any:  # noqa: ANN401 - a pickle may be anything
    """Read one pickle to its end.

    Raises:
        Trouble: it is cut, is none, or is larger than any that is read.
    """
    machine = _Machine(stream, built)
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if count > PARTS_MAX:
                raise Trouble(f"more than {PARTS_MAX} opcodes")
            machine.step(opcode.name, argument)
        return machine.stack[-1]
    except (ValueError, IndexError, KeyError, EOFError, TypeError, UnicodeError, AttributeError) as error:
        raise Trouble(f"no sound pickle: {error}") from error


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_EMPTY = {"EMPTY_LIST": "list", "EMPTY_DICT": "dict", "EMPTY_SET": "set"}
_NOTHING = {"PROTO", "FRAME", "STOP"}


class _Machine:
    def __init__(self, stream: BinaryIO, built: Built) -> None:
        self.stream = stream
        self.built = built
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:  # noqa: ANN401 - see build
        """Do one opcode."""
        if name in _VALUES:
            self.stack.append(bytes(argument) if isinstance(argument, bytearray) else argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(Items(_EMPTY[name]))
        elif name not in _NOTHING:
            steps = _STEPS.get(name)
            if steps is None:
                raise Trouble(f"the opcode {name} is not known")
            steps(self, argument)
        if len(self.stack) > STACK_MAX:
            raise Trouble(f"more than {STACK_MAX} values at once")

    def popped(self) -> list[Any]:
        """Take everything above the last mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not MARK:
            at -= 1
            if at < 0:
                raise Trouble("no sound pickle: a mark is missing")
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values

    def taken(self, count: int) -> list[Any]:
        """Take the topmost values."""
        if len(self.stack) < count:
            raise Trouble("no sound pickle: values are missing")
        values = self.stack[-count:]
        del self.stack[-count:]
        return values


Step = Callable[[_Machine, Any], None]


def _tuple(count: int) -> Step:
    return lambda machine, _: machine.stack.append(tuple(machine.taken(count)))


def _append(machine: _Machine, values: list[Any]) -> None:
    target = machine.stack[-1]
    target.items.extend(values)


def _set(machine: _Machine, values: list[Any]) -> None:
    target = machine.stack[-1]
    pairs = list(zip(values[::2], values[1::2], strict=True))
    (target.pairs if isinstance(target, Made) else target.items).extend(pairs)


def _global(machine: _Machine, argument: str) -> None:
    module, _, name = argument.partition(" ")
    machine.stack.append(Global(module, name))


def _stack_global(machine: _Machine, _: Any) -> None:  # noqa: ANN401 - see build
    module, name = machine.taken(2)
    machine.stack.append(Global(str(module), str(name)))


def _reduce(machine: _Machine, _: Any) -> None:  # noqa: ANN401 - see build
    of, arguments = machine.taken(2)
    machine.stack.append(Made(of, arguments))


def _new_object(machine: _Machine, _: Any) -> None:  # noqa: ANN401 - see build
    of, arguments, named = machine.taken(3)
    machine.stack.append(Made(of, (arguments, named)))


def _object(machine: _Machine, _: Any) -> None:  # noqa: ANN401 - see build
    of, *arguments = machine.popped()
    machine.stack.append(Made(of, tuple(arguments)))


def _instance(machine: _Machine, argument: str) -> None:
    module, _, name = argument.partition(" ")
    machine.stack.append(Made(Global(module, name), tuple(machine.popped())))


def _build(machine: _Machine, _: Any) -> None:  # noqa: ANN401 - see build
    (state,) = machine.taken(1)
    target = machine.stack[-1]
    if not isinstance(target, Made):
        raise Trouble("no sound pickle: what it builds on is no object")
    target.state.append(state)
    stands = machine.built(target, machine.stream)
    if stands is not target:
        machine.memo = {key: stands if value is target else value for key, value in machine.memo.items()}
        machine.stack[-1] = stands


def _pop(machine: _Machine, _: Any) -> None:  # noqa: ANN401 - see build
    machine.taken(1)


def _pop_mark(machine: _Machine, _: Any) -> None:  # noqa: ANN401 - see build
    machine.popped()


def _put(machine: _Machine, argument: int) -> None:
    machine.memo[argument] = machine.stack[-1]


_STEPS: dict[str, Step] = {
    "MARK": lambda machine, _: machine.stack.append(MARK),
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.popped())),
    "EMPTY_TUPLE": lambda machine, _: machine.stack.append(()),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "LIST": lambda machine, _: machine.stack.append(Items("list", machine.popped())),
    "DICT": lambda machine, _: _dict(machine),
    "FROZENSET": lambda machine, _: machine.stack.append(Items("set", machine.popped())),
    "APPEND": lambda machine, _: _append(machine, machine.taken(1)),
    "APPENDS": lambda machine, _: _append(machine, machine.popped()),
    "ADDITEMS": lambda machine, _: _append(machine, machine.popped()),
    "SETITEM": lambda machine, _: _set(machine, machine.taken(2)),
    "SETITEMS": lambda machine, _: _set(machine, machine.popped()),
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_object,
    "OBJ": _object,
    "INST": _instance,
    "BUILD": _build,
    "PERSID": lambda machine, argument: machine.stack.append(Persistent(argument)),
    "BINPERSID": lambda machine, _: machine.stack.append(Persistent(machine.stack.pop())),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": lambda machine, _: _put(machine, len(machine.memo)),
    "GET": lambda machine, argument: machine.stack.append(machine.memo[argument]),
    "BINGET": lambda machine, argument: machine.stack.append(machine.memo[argument]),
    "LONG_BINGET": lambda machine, argument: machine.stack.append(machine.memo[argument]),
}


def _dict(machine: _Machine) -> None:
    values = machine.popped()
    machine.stack.append(Items("dict", list(zip(values[::2], values[1::2], strict=True))))


def pairs_of(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - see build
    """Give the pairs of a dict."""
    if isinstance(value, Items) and value.kind == "dict":
        yield from value.items
    elif isinstance(value, Made):
        yield from value.pairs
