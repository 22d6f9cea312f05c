"""batch/v1 Jobs through the official client: client, manifest, watch, translate, backend."""
