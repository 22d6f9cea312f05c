"""What lies at the places that a job's effects name, before and after a run: whatever changed meanwhile is named."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from harness.backends.aws import mapped
from harness.backends.listings import begun_by
from harness.backends.staging import Staging
from harness.errors import BackendError
from harness.model import strict_json
from harness.model.job import EffectPolicy, Job, Json
from harness.model.observation import PlaceSeen

OBJECTS_MAX = 10_000
"""Of one place; a larger one is not listed."""
NAMED_MAX = 50
"""Objects that are named of one place."""
LISTING_BYTES_MAX = 64 * 1024 * 1024


def places_of(job: Job) -> tuple[str, ...]:
    """List the s3:// places that a job's effects name."""
    effects = (effect for effect in job.effects if effect.policy is not EffectPolicy.ONCE)
    return tuple(dict.fromkeys(effect.target for effect in effects if effect.target.startswith("s3://")))


def look_before(staging: Staging, run: str, job: Job) -> None:
    """Keep what lies there before a run is submitted; submitted again, what was kept then stays.

    It is kept beside the run's own folder, where a blocked run can't write.
    """
    places = places_of(job)
    if places and staging.read(_name(run), LISTING_BYTES_MAX) is None:
        staging.put(_name(run), strict_json.write({place: _listed(staging, place) for place in places}))


def look_after(staging: Staging, run: str, job: Job) -> tuple[PlaceSeen, ...]:
    """Say of each place what was written and removed since the run was submitted, by whomever."""
    places = places_of(job)
    kept = staging.read(_name(run), LISTING_BYTES_MAX) if places else None
    before = strict_json.read(kept, bytes_max=LISTING_BYTES_MAX) if kept else {}
    held = before if isinstance(before, dict) else {}
    return tuple(_compared(place, held.get(place), _listed(staging, place)) for place in places)


def _name(run: str) -> str:
    return f"outside/{run}.json"


def _listed(staging: Staging, place: str) -> dict[str, Json]:
    """Give each object's ETag, or why they can't be listed."""
    there, found = staging.at(place), begun_by(place)
    try:
        with mapped(f"s3 list {place}"):
            pages = there.clients("s3").get_paginator("list_objects_v2")
            listed = pages.paginate(Bucket=found.bucket, Prefix=found.prefix, **there.owned)
            objects = (item for page in listed for item in page.get("Contents", ()))
            tags: dict[str, Json] = {item["Key"]: item["ETag"] for item in islice(objects, OBJECTS_MAX + 1)}
    except BackendError as error:
        return {"trouble": str(error)}
    if len(tags) > OBJECTS_MAX:
        return {"trouble": f"more than {OBJECTS_MAX} objects lie there"}
    return {"objects": tags}


def _compared(place: str, before: Json, after: Mapping[str, Json]) -> PlaceSeen:
    match before, after:
        case {"objects": dict(old)}, {"objects": dict(new)}:
            written = sorted(key for key, tag in new.items() if old.get(key) != tag)
            removed = sorted(key for key in old if key not in new)
            more = max(0, len(written) - NAMED_MAX) + max(0, len(removed) - NAMED_MAX)
            return PlaceSeen(place, tuple(written[:NAMED_MAX]), tuple(removed[:NAMED_MAX]), more)
    troubles = [side.get("trouble") for side in (before, after) if isinstance(side, dict) and side.get("trouble")]
    return PlaceSeen(place, (), (), trouble=str(next(iter(troubles), "nobody listed it before the run")))
