"""The Kubernetes half: a strict API server, a Job controller, a scheduler and a node agent with real processes."""
