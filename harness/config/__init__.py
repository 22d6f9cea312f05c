"""What people write: `repos.yaml` parsed once into frozen values, and the strict readers for JSON and YAML.

Nothing is imported here: the strict JSON reader serves every piece of evidence and must not cost pydantic's import.
"""
