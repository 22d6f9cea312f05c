"""Loopback stand-ins for both platforms that run real processes. Stands alone: the rest of the project knows it as a URL."""
