"""Cuts one safetensors file into a sharded model in the convention of the Hugging Face hub. Needs only Python.

    python3 split.py effnet_lite0_f16.safetensors .

Tensors stay in their order and to the bit. A file of the project is to stay below 6 MiB, so a part ends before 5 MB.
"""

import json
import pathlib
import struct
import sys

LARGEST = 5_000_000


def main(source, folder):
    content = pathlib.Path(source).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    header.pop("__metadata__", None)
    parts, size = [[]], 0
    for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, end = tensor["data_offsets"]
        if parts[-1] and size + end - start > LARGEST:
            parts.append([])
            size = 0
        parts[-1].append((name, tensor, data[start:end]))
        size += end - start
    index = {"metadata": {"total_size": len(data)}, "weight_map": {}}
    for number, part in enumerate(parts, 1):
        file = f"model-{number:05}-of-{len(parts):05}.safetensors"
        header, at = {"__metadata__": {"format": "pt"}}, 0
        for name, tensor, bytes_ in part:
            header[name] = tensor | {"data_offsets": [at, at + len(bytes_)]}
            at += len(bytes_)
            index["weight_map"][name] = file
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(pathlib.Path(folder) / file, "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            out.writelines(bytes_ for _, _, bytes_ in part)
    (pathlib.Path(folder) / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
