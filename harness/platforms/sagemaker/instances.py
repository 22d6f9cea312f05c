"""What an instance type holds, and which is the smallest that fits a job. Pure.

Sizes: the public EC2 instance type pages, on which the `ml.` types are built (documented, 2026-11). What the service
keeps for itself of memory is not published (unverified), so a job that asks for all of it fits here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.model.job import Resources

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one instance has."""

    cpu: int
    memory_gib: float
    gpu: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """A chosen instance type beside what the job asks for."""

    chosen: str
    fits: bool
    smallest: str
    """Of all known types that are allowed; empty: none is large enough."""
    cpu_ratio: float
    """Of the chosen type's to what is asked for; 0: nothing was asked for."""
    memory_ratio: float
    price_per_hour: float | None
    """Of the chosen type, from the user's prices; None: it is not among them."""


_PLAIN = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64,
          "24xlarge": 96}  # fmt: skip
_GIB_PER_CPU = {"m5": 4, "m5d": 4, "m6i": 4, "m6id": 4, "m7i": 4, "r5": 8, "r5d": 8, "r6i": 8, "r7i": 8, "c6i": 2,
                "c6id": 2, "c7i": 2}  # fmt: skip
_OTHERS = {
    "t3.medium": (2, 4, 0), "t3.large": (2, 8, 0), "t3.xlarge": (4, 16, 0), "t3.2xlarge": (8, 32, 0),
    "m4.xlarge": (4, 16, 0), "m4.2xlarge": (8, 32, 0), "m4.4xlarge": (16, 64, 0), "m4.10xlarge": (40, 160, 0),
    "m4.16xlarge": (64, 256, 0),
    "c4.xlarge": (4, 7.5, 0), "c4.2xlarge": (8, 15, 0), "c4.4xlarge": (16, 30, 0), "c4.8xlarge": (36, 60, 0),
    "c5.large": (2, 4, 0), "c5.xlarge": (4, 8, 0), "c5.2xlarge": (8, 16, 0), "c5.4xlarge": (16, 32, 0),
    "c5.9xlarge": (36, 72, 0), "c5.18xlarge": (72, 144, 0),
    "p3.2xlarge": (8, 61, 1), "p3.8xlarge": (32, 244, 4), "p3.16xlarge": (64, 488, 8), "p3dn.24xlarge": (96, 768, 8),
    "p4d.24xlarge": (96, 1152, 8), "p4de.24xlarge": (96, 1152, 8), "p5.48xlarge": (192, 2048, 8),
    "g4dn.xlarge": (4, 16, 1), "g4dn.2xlarge": (8, 32, 1), "g4dn.4xlarge": (16, 64, 1), "g4dn.8xlarge": (32, 128, 1),
    "g4dn.12xlarge": (48, 192, 4), "g4dn.16xlarge": (64, 256, 1),
    "g5.xlarge": (4, 16, 1), "g5.2xlarge": (8, 32, 1), "g5.4xlarge": (16, 64, 1), "g5.8xlarge": (32, 128, 1),
    "g5.12xlarge": (48, 192, 4), "g5.16xlarge": (64, 256, 1), "g5.24xlarge": (96, 384, 4),
    "g5.48xlarge": (192, 768, 8),
}  # fmt: skip


def _table() -> Mapping[str, Capacity]:
    plain = {
        f"ml.{family}.{size}": Capacity(cpu, cpu * gib)
        for family, gib in _GIB_PER_CPU.items()
        for size, cpu in _PLAIN.items()
    }
    return plain | {f"ml.{name}": Capacity(*facts) for name, facts in _OTHERS.items()}


CAPACITY: Mapping[str, Capacity] = _table()


def fit(resources: Resources, chosen: str, allowed: frozenset[str], prices: Mapping[str, float]) -> Fit | None:
    """Weigh a chosen type against what a job asks for; None for a type whose size is not known here."""
    have = CAPACITY.get(chosen)
    if have is None:
        return None
    return Fit(
        chosen=chosen,
        fits=_holds(have, resources),
        smallest=next(_fitting(resources, allowed, prices), ""),
        cpu_ratio=have.cpu / resources.cpu if resources.cpu else 0.0,
        memory_ratio=have.memory_gib * GIB / resources.memory_bytes if resources.memory_bytes else 0.0,
        price_per_hour=prices.get(chosen),
    )


def _holds(have: Capacity, resources: Resources) -> bool:
    room = have.cpu >= resources.cpu and have.memory_gib * GIB >= resources.memory_bytes
    return room and have.gpu >= resources.gpu


def _fitting(resources: Resources, allowed: frozenset[str], prices: Mapping[str, float]) -> Iterator[str]:
    """List fitting types: those with a price first, the cheapest of them first; then by GPUs, CPUs and memory."""
    held = [name for name, have in CAPACITY.items() if name in allowed and _holds(have, resources)]

    def cost(name: str) -> tuple[bool, float, int, int, float, str]:
        have = CAPACITY[name]
        return (name not in prices, prices.get(name, 0.0), have.gpu, have.cpu, have.memory_gib, name)

    return iter(sorted(held, key=cost))
