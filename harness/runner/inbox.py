"""What other threads send to the folding thread, and what the fold makes of each message.

Everything that arrived is journaled in one fsync, then acknowledged, then acted on: what a process that dies did not
acknowledge comes again, and a key that the journal holds is dropped.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.backends.base import Batch, Handle
from harness.errors import HarnessError, StoreError
from harness.model.lifecycle import MOVING, replay
from harness.model.plan import Run
from harness.runner import collect
from harness.runner.context import Collected, Message, NotStopped, Silence, Submitted, Tracked
from harness.runner.submits import AGAIN_SECONDS
from harness.runner.tracking import Tracking

_TICK_SECONDS = 0.2


class Inbox:
    """A queue that any thread puts into, and that the folding thread empties."""

    def __init__(self, tracking: Tracking) -> None:
        """Begin empty."""
        self._tracking, self._context = tracking, tracking.context
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def put(self, message: Message) -> None:
        """Send a message, from any thread."""
        self._messages.put(message)

    def take_all(self, put_off: Callable[[tuple[Run, ...]], None]) -> None:
        """Take what has arrived, at most a tick's wait; `put_off` is given runs that are to be submitted later.

        Raises:
            StoreError: evidence could not be kept, or a watch died.
        """
        batches: list[Batch] = []
        try:
            message = self._messages.get(timeout=_TICK_SECONDS)
            while True:
                if isinstance(message, Batch):
                    batches.append(message)
                else:
                    self._take(message, put_off)
                message = self._messages.get_nowait()
        except queue.Empty:
            pass
        self._take_batches(batches)

    def _take_batches(self, batches: list[Batch]) -> None:
        fresh = []
        for run_id, came in (event for batch in batches for event in batch.events):
            tracked = self._tracking.by_id.get(run_id)
            event = self._context.scrub.frozen(came, named=False)
            if tracked is None or event.key in tracked.events:
                continue
            tracked.events[event.key] = event
            fresh.append((tracked, event))
        self._context.journal.append(
            {"record": "event", "run": tracked.run.id, "event": event} for tracked, event in fresh
        )
        for batch in batches:
            self._acknowledge(batch)
        for tracked in {id(tracked): tracked for tracked, event in fresh if event.kind in MOVING}.values():
            self._moved(tracked)

    def _acknowledge(self, batch: Batch) -> None:
        try:
            batch.acknowledge()
        except HarnessError as error:
            # Not acknowledged means delivered again, and a key seen before is dropped.
            text = self._context.scrub.text(f"acknowledge: {error}")
            self._context.journal.append([{"record": "note", "text": text}])

    def _moved(self, tracked: Tracked) -> None:
        state = replay(tracked.events.values()).end
        if state is not tracked.state:
            tracked.state = state
            self._tracking.tell(tracked.run, state.value)

    def _take(
        self,
        message: Submitted | Collected | NotStopped | Silence | StoreError,
        put_off: Callable[[tuple[Run, ...]], None],
    ) -> None:
        context, tracking = self._context, self._tracking
        match message:
            case StoreError():
                raise message
            case Silence(place, gaps):
                scrubbed = [replace(gap, reason=context.scrub.text(gap.reason)) for gap in gaps]
                context.journal.append([tracking.outages.take(place, gap) for gap in scrubbed])
            case NotStopped(run, error):
                text = context.scrub.text(error)
                context.journal.append([{"record": "not-stopped", "run": run.id, "why": text}])
                tracking.tell(run, "not stopped", text)
            case Submitted(run, handle, error, later):
                if later:
                    put_off(later)
                    tracking.tell(run, "waiting", context.scrub.text(error))
                else:
                    self._take_submitted(tracking.of(run), handle, context.scrub.text(error))
            case Collected(run, error, silent=True) if not tracking.out_of_time(run.repository):
                tracked = tracking.of(run)
                tracked.fetching, tracked.fetch_monotonic = False, context.clock.monotonic() + AGAIN_SECONDS
                tracking.tell(run, "waiting", context.scrub.text(error))
            case Collected(run, error):
                self._take_collected(tracking.of(run), message, context.scrub.text(error))

    def _take_submitted(self, tracked: Tracked, handle: Handle | None, error: str) -> None:
        run, journal = tracked.run, self._context.journal
        if handle is None:
            journal.append([{"record": "not-submitted", "run": run.id, "why": error}])
            self._context.archive.save_observation(collect.not_submitted(run, error))
            tracked.done = True
            self._tracking.tell(run, "refused", error)
            return
        journal.append([{"record": "submitted", "run": run.id, "handle": handle.native, "adopted": handle.adopted}])
        tracked.handle = handle
        tracked.submitted_monotonic = self._context.clock.monotonic()
        if handle.adopted:
            self._tracking.tell(run, "adopted")

    def _take_collected(self, tracked: Tracked, collected: Collected, error: str) -> None:
        run = tracked.run
        if not collected.kept:
            self._context.archive.save_observation(collect.not_submitted(run, f"fetch failed: {error}"))
        records: list[Mapping[str, object]] = [
            {"record": "event", "run": run.id, "event": event} for event in collected.removed
        ]
        self._context.journal.append([*records, {"record": "done", "run": run.id, "error": error}])
        tracked.done = True
        self._tracking.tell(run, "fetched", error)
