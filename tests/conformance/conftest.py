"""The same checks, through the same client, on the sandbox's API server and, in `nox -s cluster`, on a real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cluster import choosing, own
from conformance.asking import BOUNDS, CLUSTER, SANDBOX, Api
from sandboxed import IMAGE, half

from harness.sandbox.images import ImageStore

SCALE = 0.0005


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask the sandbox always, a real cluster in the session that names its folder."""
    if "api" in metafunc.fixturenames:
        real = any("cluster" in Path(argument).parts for argument in metafunc.config.args)
        metafunc.parametrize("api", [SANDBOX, CLUSTER] if real else [SANDBOX], indirect=True, scope="session")


@pytest.fixture(scope="session")
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Give the API server that the check is about."""
    folder = tmp_path_factory.mktemp("conformance")
    with _sandbox(folder) if request.param == SANDBOX else _cluster() as found:
        yield found
        found.api.close()


@contextmanager
def _sandbox(folder: Path) -> Iterator[Api]:
    images = ImageStore()
    image = images.add("demo/act", "1", IMAGE)
    with half(folder, images, SCALE) as found:
        yield Api(SANDBOX, folder / "kubeconfig", image.reference, found.objects.compact)


@contextmanager
def _cluster() -> Iterator[Api]:
    given = choosing.chosen()
    if isinstance(given, str):
        choosing.absent(given)
    with ExitStack() as stack:
        if given is own.cluster:
            mine = stack.enter_context(own.running())
            mine.restart_api_server()  # a young one keeps every version from 1 on
            kubeconfig = mine.kubeconfig
        else:
            kubeconfig = stack.enter_context(given())
        found = Api(CLUSTER, kubeconfig, choosing.image(), lambda: None)
        yield found
        found.core.delete_namespace(found.namespace, _request_timeout=BOUNDS)
