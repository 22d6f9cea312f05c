"""Images → their pixels and how they are to be read; what else is in the file (times, programs, resolution) is not."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import importlib.util
import io
import warnings
from functools import partial
from pathlib import Path

import numpy as np

from harness.compare.models.parts import Array, Parts, Scalar, Trouble, array_type

MISSING = "Pillow is not installed: pip install 'parity-harness[formats]'"
KINDS = ("PNG", "JPEG")
PIXELS_MAX = 100_000_000
FRAMES_MAX = 1000
INDEXED = "P"
"""Mode of images whose pixels are places in a palette."""


def read_image(path: Path) -> Parts:
    """Decode all frames.

    Raises:
        Trouble: it is no sound image of a known kind, or too large; or the library is not there.
    """
    if importlib.util.find_spec("PIL") is None:
        raise Trouble(MISSING)
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - an extra, and only where a file is an image

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    parts: dict[str, Array | Scalar] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=KINDS) as image:
                frames = int(getattr(image, "n_frames", 1))
                if frames > FRAMES_MAX:
                    raise Trouble(f"{frames} frames, more than {FRAMES_MAX}")
                for number in range(frames):
                    image.seek(number)
                    image.load()
                    shown = image.convert("RGBA") if image.mode == INDEXED or "transparency" in image.info else image
                    name = "pixels" if frames == 1 else f"frame[{number}].pixels"
                    parts[f"{name}.mode"] = shown.mode
                    parts[name] = _array(np.asarray(shown))
    except UnidentifiedImageError as error:
        raise Trouble(f"no image of a known kind ({', '.join(KINDS)})") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Trouble(f"more than {PIXELS_MAX} pixels") from error
    except SyntaxError as error:  # what the library says of a broken PNG
        raise Trouble(str(error)) from error
    return parts


def _array(values: np.ndarray) -> Array:
    """Hold decoded pixels; they are bounded, and are read once."""
    raw = np.ascontiguousarray(values)
    return Array(array_type(raw.dtype), raw.dtype, raw.shape, fortran=False, open=partial(io.BytesIO, raw.tobytes()))
