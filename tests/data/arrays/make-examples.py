"""Writes the small files of arrays that the contract shows to a provider of arrays. Usage: make-examples.py, in its folder (NumPy)"""
import json
import struct
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent


def stages(rng):
    return {f"{condition}/L{layer}/{stage}": rng.standard_normal((rows, width)).astype("<f4")
            for condition, rows in (("first", 5), ("second", 3)) for layer in (0, 2) for stage, width in (("in", 4), ("out", 6))}


def write_safetensors(path, arrays):
    header, offset = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in arrays.values()))


def main():
    rng = np.random.default_rng(6)
    np.save(FOLDER / "rows.npy", rng.standard_normal((7, 5)).astype("<f4"))
    arrays = stages(rng)
    write_safetensors(FOLDER / "capture.safetensors", arrays)
    np.savez(FOLDER / "capture.npz", **arrays)
    (FOLDER / "folder").mkdir(exist_ok=True)
    for name in ("L0_in", "L1_in"):
        np.save(FOLDER / "folder" / f"{name}.npy", rng.standard_normal((4, 3)).astype("<f4"))


main()
