#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Convert llm-viz's public/gpt-nano-sort-model.json into model.safetensors.

    convert.py gpt-nano-sort-model.json model.safetensors

The file holds minGPT's tensors: linear maps as [out, in], which GPT-2's format
has as [in, out]. The causal masks (attn.bias) are buffers, and stay in, as in
many files that were saved so.
"""

import base64
import json
import struct
import sys

TRANSPOSED = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")


def read_tensor(name: str, entry: dict) -> tuple[list[int], bytes]:
    """Return the shape and the float32 bytes as they go into the file."""
    data, shape = base64.b64decode(entry["data"]), entry["shape"]
    if not name.endswith(TRANSPOSED):
        return shape, data
    rows, columns = shape
    values = struct.unpack(f"<{rows * columns}f", data)
    turned = [values[row * columns + column] for column in range(columns) for row in range(rows)]
    return [columns, rows], struct.pack(f"<{len(turned)}f", *turned)


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        source = json.load(file)
    header = {"__metadata__": {"format": "pt", "source": "bbycroft/llm-viz public/gpt-nano-sort-model.json (MIT)"}}
    body = b""
    for name, entry in sorted(source.items()):
        if name == "config":
            continue
        shape, data = read_tensor(name, entry)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(sys.argv[2], "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


if __name__ == "__main__":
    main()
