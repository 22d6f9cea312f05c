"""Models: an image with its data, as batch transform needs it. Nothing is hosted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping

from harness.sandbox.aws.rules import part
from harness.sandbox.aws.wire import Call, Home, ServiceError, invalid, unsupported

OPERATIONS = frozenset({"CreateModel", "DescribeModel", "DeleteModel"})
_CONTAINER = frozenset({"Image", "ModelDataUrl", "Environment", "Mode", "ContainerHostname"})

Model = Mapping[str, object]


class Models:
    """All models of all accounts and regions."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Start with none."""
        self._clock = clock
        self._models: dict[tuple[Home, str], Model] = {}
        self._lock = threading.Lock()

    def answer(self, call: Call) -> dict[str, object]:
        """Do what a call that the model of the service found good asks.

        Raises:
            ServiceError: the name is taken or unknown, or a part of the model can't be had here.
        """
        name = str(call.body["ModelName"])
        arn = call.home.arn("model", name)
        if call.operation == "CreateModel":
            self._create(call.home, name, call.body)
            return {"ModelArn": arn}
        found = self.find(call.home, name)
        if call.operation == "DescribeModel":
            return {**{key: value for key, value in found.items() if key != "Tags"}, "ModelArn": arn}
        with self._lock:
            self._models.pop((call.home, name), None)
        return {}

    def find(self, home: Home, name: str) -> Model:
        """Give a model by name.

        Raises:
            ServiceError: there is none.
        """
        with self._lock:
            found = self._models.get((home, name))
        if found is None:
            message = f'Could not find model "{home.arn("model", name)}".'
            raise invalid(message)
        return found

    def _create(self, home: Home, name: str, body: Model) -> None:
        for fault in _faults(body):
            raise fault
        with self._lock:
            if (home, name) in self._models:
                message = f'Cannot create already existing model "{home.arn("model", name)}".'
                raise invalid(message)
            self._models[home, name] = {**body, "CreationTime": round(self._clock(), 3)}


def _faults(body: Model) -> Iterator[ServiceError]:
    for name in ("Containers", "InferenceExecutionConfig"):
        if name in body:
            yield unsupported(f"{name}: a model is one container here")
    container = part(body, "PrimaryContainer")
    for name in container:
        if name not in _CONTAINER:
            yield unsupported(f"PrimaryContainer.{name}")
    if "Image" not in container:
        yield invalid("PrimaryContainer.Image is required.")
    if container.get("Mode", "SingleModel") != "SingleModel":
        yield unsupported(f"PrimaryContainer.Mode {container['Mode']}")
