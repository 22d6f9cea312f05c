"""A proxy beside the job, as service meshes bring them: it loses its control plane and ends with an error."""

import os
import sys
import time


def main() -> int:
    """Serve for a while, then fail."""
    print("proxy: ready", flush=True)
    time.sleep(float(os.environ.get("SIDECAR_SECONDS", "3")))
    print("proxy: connection to the control plane was lost", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
