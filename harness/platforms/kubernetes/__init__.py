"""What is known of Kubernetes: batch/v1 Jobs of one namespace in one context."""
