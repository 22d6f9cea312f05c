"""What the two threads that watch SageMaker share: the jobs that are open, and what was heard of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from harness.backends.sagemaker.reducer import Reducer
from harness.backends.sagemaker.warm_pools import PoolWatch


@dataclass
class OpenJob:
    """A run that has not been seen to end."""

    run: str
    kind: str
    name: str
    heard_monotonic: float
    urgent: bool = False
    """Its ending was announced, or messages were lost: ask at once."""
    since_monotonic: float = 0.0
    """When it was submitted or adopted."""
    ended: bool = False


@dataclass
class SharedState:
    """What the two watching threads share, guarded by its lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    open: dict[str, OpenJob] = field(default_factory=dict)
    """By job name."""
    names: dict[str, str] = field(default_factory=dict)
    """Job name → run id, ended ones too."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Job name → kind, ended ones too."""
    reducer: Reducer = field(default_factory=Reducer)
    poison: set[str] = field(default_factory=set)
    """Ids of messages that could not be read; each comes again until it is dead."""
    pools: PoolWatch = field(default_factory=PoolWatch)
    dead: int = 0
    """Messages in the dead-letter queue, when last counted."""
