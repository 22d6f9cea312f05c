"""Reasons of a pod that does not start which do not pass by themselves. Pure.

A quota, a full cluster, a pull that times out and a volume that is slow may pass, and are none of them. Source: the
kubelet's reasons of waiting (pkg/kubelet/container, pkg/kubelet/images) and the Job controller's FailedCreate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.model.event import Event, Witness

_ALWAYS = ("InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError")
_SAID = (
    (("FailedCreate",), r"forbidden(?!.*exceeded quota)|is invalid|denied the request|serviceaccount \S+ not found"),
    (("ErrImagePull", "ImagePullBackOff", "Failed"), r"manifest unknown|not found|does not exist|unauthorized|denied"),
    (("FailedMount",), r"(secret|configmap)s? \S+ not found"),
    (("FailedScheduling",), r"persistentvolumeclaim \S+ not found"),
)
"""Reasons that pass or not by what is said with them."""


def cannot_start(events: Sequence[Event]) -> str:
    """Say why a pod cannot start until somebody mends it; empty: it may. `events`: since it last moved, in order."""
    for event in reversed(events):
        if event.witness is Witness.HARNESS:
            continue
        texts = [f"{event.label}: {event.native.get('message', '')}"]
        texts += [event.native["waits"].partition(": ")[2]] if event.native.get("waits") else []
        for text in texts:
            reason, _, message = text.partition(": ")
            if reason in _ALWAYS:
                return text.rstrip(": ")
            for reasons, pattern in _SAID:
                if reason in reasons:
                    return text if re.search(pattern, message, re.IGNORECASE) else ""
    return ""
