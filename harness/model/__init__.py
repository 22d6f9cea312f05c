"""The words of the design as frozen values. Standard library only; nothing here reads, writes or waits."""
