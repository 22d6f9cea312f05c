"""Loopback stand-ins for both platforms that run real processes; the rest of the project knows it as a URL."""
