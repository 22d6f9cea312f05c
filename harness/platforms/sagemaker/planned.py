"""Order → the request that is sent: a team's own document, or one that is built of the entry. Pure."""

from __future__ import annotations

from harness.model import document
from harness.model.job import Json
from harness.model.order import Order
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.kind import Locations, facts_of


def planned_request(order: Order, where: SageMakerHome, at: Locations, spec_digest: str) -> dict[str, Json]:
    """Give the request of a run: the document with its mutations and nothing else changed, or one of the entry."""
    own = order.job.sides[order.run.side].document
    if own is None:
        return facts_of(order.job.kind).request(order, where, at, spec_digest)
    values = {
        document.RUN: order.run.name,
        document.RUN_ID: order.run.id[:256],
        document.CAMPAIGN: order.campaign[:256],
        document.IMAGE: order.identity.image.reference,
        document.SPEC: spec_digest,
        document.CHANNEL: at.channel,
        document.OUTPUT: at.output,
        document.FOLDER: at.folder,
    }
    return document.mutated(own.content, document.filled(order.mutations, values))
