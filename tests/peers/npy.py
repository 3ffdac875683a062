"""Writes the files that `tests/npy.rs` reads, and the one that it must write to the bit, by NumPy 2.4.6.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-frame.txt
    V/bin/python tests/peers/npy.py

npy/NAME.npy       an array of each type, byte order, order of values and version of the header
npy/plain.npz      some of them by numpy.savez
npy/compressed.npz the same by numpy.savez_compressed
npy/expected.json  for every file its sizes and its values in row-major order, as 32-bit floats
npy/written-NAME.npy  what ferrolab must write for the sizes in its name: values 0, 1, 2, ... divided by 3, in 32-bit floats
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent / "npy"
WRITTEN = [(), (3,), (0,), (2, 3), (12345, 1), (2, 2, 3, 2)]


def arrays():
    generator = np.random.default_rng(5)
    numbers = generator.normal(size=(3, 5)) * 1000
    for dtype in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
        yield dtype, (numbers / 100 if "f2" in dtype else numbers).astype(dtype)
    for dtype in ["|i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "|u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"]:
        ends = np.iinfo(dtype)
        yield dtype, np.array([[ends.min, ends.max, 0], [1, 100, 7]], dtype)
    yield "bool", np.array([True, False, True])
    yield "special", np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4e38], np.float32)
    yield "scalar", np.array(2.5, np.float32)
    yield "empty", np.zeros((0, 3), np.float32)
    yield "fortran-2", np.asfortranarray(np.arange(15, dtype=np.float32).reshape(3, 5))
    yield "fortran-4", np.asfortranarray(np.arange(120, dtype=np.int16).reshape(2, 3, 4, 5))
    yield "six", np.arange(64, dtype=np.uint8).reshape(2, 2, 2, 2, 2, 2)


def named(name):
    """A name that every file system has."""
    return name.replace("<", "little-").replace(">", "big-").replace("|", "")


def main():
    HERE.mkdir(exist_ok=True)
    expected, some = {}, {}
    for name, array in arrays():
        name = named(name)
        np.save(HERE / f"{name}.npy", array)
        values = [str(value) for value in array.astype(np.float32).ravel()]
        expected[name] = {"sizes": array.shape, "values": values}
        if name in ["little-f8", "u1", "bool", "fortran-2"]:
            some[name] = array
    for version in [(2, 0), (3, 0)]:
        name = f"version-{version[0]}"
        array = np.arange(6, dtype=np.float32).reshape(2, 3)
        with open(HERE / f"{name}.npy", "wb") as file:
            np.lib.format.write_array(file, array, version)
        expected[name] = {"sizes": array.shape, "values": [str(value) for value in array.ravel()]}
    some["texts"] = np.array(["no", "numbers"])
    np.savez(HERE / "plain.npz", **some)
    np.savez_compressed(HERE / "compressed.npz", **some)
    for sizes in WRITTEN:
        array = (np.arange(np.prod(sizes, dtype=int), dtype=np.float32) / np.float32(3)).reshape(sizes)
        np.save(HERE / f"written-{'x'.join(map(str, sizes)) or 'scalar'}.npy", array)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    size = sum(file.stat().st_size for file in HERE.iterdir())
    print(f"{len(expected)} arrays, {size / 1024:.0f} KiB, NumPy {np.__version__}")


if __name__ == "__main__":
    main()
