"""What a repository needs of a sandbox, as the command that gives it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from harness.model.document import JobDocument, at
from harness.model.job import Job
from harness.model.repository import Repository
from harness.platforms.json_parts import mappings, texts
from harness.platforms.kubernetes.document import POD
from harness.platforms.kubernetes.references import CLAIM, references
from harness.sandbox.images import folder_of


def command_of(repository: Repository) -> str:
    """Write the command that runs a repository in a sandbox; PATH and FILE stand for what only its team has."""
    words = ["parity", "run", repository.name, "--sandbox"]
    words += _each("--image", (f"{name}=PATH" for job in repository.jobs for name in _images(job)))
    words += _each("--data", (f"{given}=PATH" for job in repository.jobs for given in _data(job)))
    objects = tuple(dict.fromkeys(name for job in repository.jobs for name in _objects(job)))
    told = " ".join(map(shlex.quote, words + (["--objects", "FILE"] if objects else [])))
    return f"{told}  # FILE: {', '.join(objects)}" if objects else told


def with_places(images: tuple[str, ...], repositories: tuple[Repository, ...]) -> tuple[str, ...]:
    """Say of each image where its containers have its folder, as far as the commands that it starts say it."""
    return tuple(_with_place(image, repositories) for image in images)


def _with_place(image: str, repositories: tuple[Repository, ...]) -> str:
    name, _, source = image.partition("=")
    folder, place = folder_of(source)
    if place or not folder.is_dir():
        return image
    for job in (job for repository in repositories for job in repository.jobs):
        if name in _images(job):
            words = [word for mine in job.sides.values() for word in mine.command]
            words += [word for manifest in _manifests(job) for word in _words(manifest)]
            if found := next((found for word in words if (found := _place_of(word, folder))), ""):
                return f"{image}:{found}"
            if found := next((found for manifest in _manifests(job) if (found := _started_in(manifest, folder))), ""):
                return f"{image}:{found}"
    return image


def _words(manifest: JobDocument) -> Iterator[str]:
    """List the words of every container's command."""
    for part in ("containers", "initContainers"):
        for item in mappings(at(dict(manifest.content), (*POD, part))):
            yield from (*texts(item.get("command")), *texts(item.get("args")))


def _started_in(manifest: JobDocument, folder: Path) -> str:
    """Give the folder that the work starts in, where its command names a file of the image by a relative path."""
    for item in mappings(at(dict(manifest.content), (*POD, "containers"))):
        place, words = item.get("workingDir"), (*texts(item.get("command")), *texts(item.get("args")))
        if item.get("name") == manifest.main and isinstance(place, str) and place != "/":
            return next((place for word in words if word and (folder / word).is_file()), "")
    return ""


def _place_of(word: str, folder: Path) -> str:
    """Give the place of a folder in a container whose command names a file of it by an absolute path; empty: none."""
    path = PurePosixPath(word)
    if not path.is_absolute() or Path(word).exists():
        return ""
    names = path.parts[1:]
    found = next((at for at in range(1, len(names)) if (folder / Path(*names[at:])).is_file()), 0)
    return f"/{'/'.join(names[:found])}" if found else ""


def _each(option: str, values: Iterator[str]) -> list[str]:
    return [word for value in dict.fromkeys(values) for word in (option, value)]


def _manifests(job: Job) -> Iterator[JobDocument]:
    yield from (mine.document for mine in job.sides.values() if mine.document and mine.document.main)


def _images(job: Job) -> Iterator[str]:
    """Name every image that has to be there, without its registry; an image by digest is named as it is."""
    found = [job.image]
    for manifest in _manifests(job):
        main = _containers(manifest, "containers", manifest.main)
        others = [*_containers(manifest, "containers"), *_containers(manifest, "initContainers")]
        found += [image for image in others if image not in main]
    for image in found:
        registry, _, name = image.partition("/")
        yield name if name and ("." in registry or ":" in registry) else image


def _containers(manifest: JobDocument, part: str, name: str = "") -> list[str]:
    containers = mappings(at(dict(manifest.content), (*POD, part)))
    return [str(item["image"]) for item in containers if item.get("image") and name in {"", item.get("name")}]


def _data(job: Job) -> Iterator[str]:
    """List the places that the job reads: inputs of S3 and claims."""
    yield from (given.uri for given in job.inputs)
    for manifest in _manifests(job):
        yield from (f"claim:{wanted.name}" for wanted in references(manifest.content) if wanted.kind == CLAIM)


def _objects(job: Job) -> Iterator[str]:
    for manifest in _manifests(job):
        for wanted in references(manifest.content):
            if wanted.kind != CLAIM:
                yield f"{wanted.kind} {wanted.name}"
