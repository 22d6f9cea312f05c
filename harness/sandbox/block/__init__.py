"""A network of its own for what must not reach the world: nothing leaves it but through a gate that writes down."""
