"""Pictures as PNG files: one way for figures and arrays, for stills and for the frames of a film."""

import io

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

LEAST = 300  # pixels: a small picture is enlarged to about this width, without smoothing


def as_png(picture, dpi: int = 72) -> bytes:
    """A Figure, or an array (H, W), (H, W, 3): bytes, or floats from 0 to 1 -> the bytes of a PNG file.

    A figure is closed, so that no cell shows it a second time.
    """
    out = io.BytesIO()
    if isinstance(picture, Figure):
        picture.savefig(out, format="png", dpi=dpi)
        plt.close(picture)
    else:
        array = as_pixels(picture)
        zoom = max(1, round(LEAST / array.shape[1]))
        Image.fromarray(array.repeat(zoom, 0).repeat(zoom, 1)).save(out, format="png", compress_level=1)
    return out.getvalue()


def as_pixels(picture) -> np.ndarray:
    """(H, W) or (H, W, 3) as bytes; floats are taken from 0 (black) to 1 (white)."""
    array = np.asarray(picture.detach().cpu() if hasattr(picture, "detach") else picture)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or 0 in array.shape:
        raise ValueError(f"picture has shape {array.shape}; it needs (H, W) or (H, W, 3), or give a Figure.")
    if array.dtype == np.uint8:
        return array
    if not np.isfinite(array).all():
        raise ValueError("picture has a value that is not finite.")
    return (255 * array.astype(float).clip(0, 1)).round().astype(np.uint8)
