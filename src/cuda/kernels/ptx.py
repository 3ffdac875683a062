"""Compiles the CUDA C kernels of this folder to PTX, which is committed beside them, and checks that both agree.

    python3 src/cuda/kernels/ptx.py                             # writes NAME.ptx of every NAME.cu
    python3 src/cuda/kernels/ptx.py unary                       # of one
    python3 src/cuda/kernels/ptx.py --assemble                  # and what the kernels need on every architecture
    python3 src/cuda/kernels/ptx.py --table docs/cuda.md        # the same, written into that file
    python3 src/cuda/kernels/ptx.py --check --table docs/cuda.md   # writes nothing; fails where a file would change

Needs Linux on x86-64, Python 3.10 and, the first time, PyPI: the compilers of requirements.txt go into a virtual environment in
the user's cache folder. No CUDA toolkit, driver or GPU is needed. What was compiled and assembled once is kept there too.
"""

import argparse
import concurrent.futures
import contextlib
import ctypes
import difflib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = (FOLDER / "requirements.txt").read_text(encoding="utf-8")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "ferrolab" / "cuda"
ITSELF = "python3 src/cuda/kernels/ptx.py"

OPTIONS = [
    # Pascal; the driver compiles it further for the card at hand.
    "--gpu-architecture=compute_60",
    "--std=c++17",
    "--device-as-default-execution-space",
    # Division, roots and small numbers as IEEE 754 says. A product and a sum may become one operation, rounded once: here, or in the
    # driver, which joins what PTX leaves apart. So a card's last bits may differ from what an interpreter of the PTX gives.
    "--ftz=false",
    "--prec-div=true",
    "--prec-sqrt=true",
    "--fmad=true",
]
ARCHITECTURES = [60, 61, 70, 75, 80, 86, 89, 90, 100, 120]
BEGIN, END = "<!-- kernels: begin -->", "<!-- kernels: end -->"


class Wrong(Exception):
    """What the user must be told."""


# The compilers ------------------------------------------------------------------------------------------------------


def compilers():
    """The folder `nvidia` of a virtual environment with the wheels, which is made where it is not whole."""
    key = digest(REQUIREMENTS, sys.version, sys.base_prefix)
    venv, complete = CACHE / f"venv-{key[:12]}", "ferrolab-complete"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (venv / complete).exists():
            report("installing the compilers (pip needs the network once; behind a mirror set PIP_INDEX_URL)")
            shutil.rmtree(venv, ignore_errors=True)
            run([sys.executable, "-I", "-m", "venv", venv])
            pip = [venv / "bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
            run([*pip, "-r", FOLDER / "requirements.txt"])
            (venv / complete).touch()
    return next(venv.glob("lib/python*/site-packages/nvidia"))


def compiled(name):
    """The PTX of a source."""
    source, headers = (FOLDER / f"{name}.cu").read_text(encoding="utf-8"), sorted(FOLDER.glob("*.cuh"))
    texts = [header.read_text(encoding="utf-8") for header in headers]
    names = [header.name for header in headers]
    return kept("ptx", [name, source, *names, *texts, *OPTIONS, REQUIREMENTS], lambda: nvrtc(name, source, names, texts))


def nvrtc(name, source, headers, texts):
    library = ctypes.CDLL(str(next(compilers().glob("cuda_nvrtc/lib/libnvrtc.so.*"))))

    def strings(values):
        return (ctypes.c_char_p * len(values))(*[value.encode() for value in values])

    def text(what):
        size = ctypes.c_size_t()
        getattr(library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        content = ctypes.create_string_buffer(size.value)
        getattr(library, f"nvrtcGet{what}")(program, content)
        return content.value.decode()

    program = ctypes.c_void_p()
    created = library.nvrtcCreateProgram(
        ctypes.byref(program), source.encode(), f"{name}.cu".encode(), len(headers), strings(texts), strings(headers)
    )
    if created != 0:
        raise Wrong(f"{name}.cu: NVRTC made no program of it (error {created})")
    failed = library.nvrtcCompileProgram(program, len(OPTIONS), strings(OPTIONS))
    if failed or text("ProgramLog").strip():
        raise Wrong(f"{name}.cu does not compile without warnings:\n{text('ProgramLog')}")
    ptx = text("PTX")
    library.nvrtcDestroyProgram(ctypes.byref(program))
    if mangled := re.search(r"\.entry (_Z\w+)", ptx):
        raise Wrong(f'{name}.cu: the kernel {mangled[1]} is not extern "C"')
    return "\n".join(line.rstrip() for line in ptx.strip().splitlines()) + "\n"


def assembled(name, ptx, architecture):
    """What every kernel of a PTX needs on an architecture: {kernel: {registers, spilled, local, shared}}."""
    return json.loads(kept("json", [ptx, str(architecture), REQUIREMENTS], lambda: ptxas(name, ptx, architecture)))


def ptxas(name, ptx, architecture):
    program = compilers() / "cuda_nvcc/bin/ptxas"
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / f"{name}.ptx"
        file.write_text(ptx, encoding="utf-8")
        said = run([program, "--verbose", f"--gpu-name=sm_{architecture}", file, "--output-file", file.with_suffix(".cubin")])
    kernels = {}
    for line in said.splitlines():
        if entry := re.search(r"Compiling entry function '(\w+)'", line):
            needs = kernels[entry[1]] = {"registers": 0, "spilled": 0, "local": 0, "shared": 0}
        elif frame := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
            needs["local"] = max(needs["local"], int(frame[1]))
            needs["spilled"] = max(needs["spilled"], int(frame[2]), int(frame[3]))
        elif registers := re.search(r"Used (\d+) registers", line):
            needs["registers"] = int(registers[1])
            shared = re.search(r"(\d+) bytes smem", line)
            needs["shared"] = int(shared[1]) if shared else 0
    if not kernels:
        raise Wrong(f"{name}.ptx: ptxas found no kernel in it:\n{said}")
    return json.dumps(kernels)


# What is written ----------------------------------------------------------------------------------------------------


def table(needs):
    """The needs of all kernels in Markdown, a section a file; `needs[name][architecture][kernel]`."""
    parts = [
        f"Registers a thread on every architecture (`sm_60`, …), as {REQUIREMENTS.split()[-1].replace('==', ' ')} assembles them; *shared*: bytes of "
        "shared memory a block, *local*: bytes of local memory a thread that are no spills. No kernel spills registers. "
        f"Written by `{ITSELF} --table docs/cuda.md`.",
    ]
    for name, on in needs.items():
        head = ["kernel", "shared", "local", *(str(architecture) for architecture in ARCHITECTURES)]
        rows = [head, ["---", *["---:"] * (len(head) - 1)]]
        for kernel in sorted(on[ARCHITECTURES[0]]):
            of = [on[architecture][kernel] for architecture in ARCHITECTURES]
            most = [max(each[what] for each in of) for what in ("shared", "local")]
            rows.append([f"`{kernel}`", *map(str, most), *(str(each["registers"]) for each in of)])
        parts.append(f"### `{name}.cu`\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows))
    return "\n\n".join(parts)


def with_table(document, text):
    """The document with the text between the two marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Wrong(f"the file for the table has no lines {BEGIN} and {END}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def put(file, text, check, command):
    """Writes a file that is to have this text; with `check` says what differs. Whether it was so already."""
    found = file.read_text(encoding="utf-8") if file.exists() else ""
    if found == text:
        return True
    if check:
        lines = difflib.unified_diff(found.splitlines(), text.splitlines(), "committed", "from the sources", lineterm="", n=1)
        head = "\n".join(list(lines)[:20])
        report(f"{shown(file)} is not what its sources give: run `{command}` and commit it\n{head}")
        return False
    file.write_text(text, encoding="utf-8")
    report(f"wrote {shown(file)}")
    return True


# Helpers ------------------------------------------------------------------------------------------------------------


def kept(suffix, key, make):
    """The text that `make` gives, from the cache if it was made from the same key before."""
    file = CACHE / "kept" / f"{digest(*key)}.{suffix}"
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="utf-8")
    text = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    passing = file.with_suffix(f".{os.getpid()}")
    passing.write_text(text, encoding="utf-8")
    passing.rename(file)
    return text


def digest(*parts):
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part.encode() + b"\0")
    return sha.hexdigest()


def run(command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Wrong(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


def shown(file):
    return os.path.relpath(file)


def report(line):
    print(line, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a kernel file without .cu; all if none is named")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file would change")
    parser.add_argument("--assemble", action="store_true", help="assemble the PTX for every architecture; exit with 1 if a kernel spills")
    parser.add_argument("--table", type=pathlib.Path, metavar="FILE", help="--assemble, and the table in this Markdown file")
    arguments = parser.parse_args()
    if arguments.table and arguments.names:
        parser.error("a table is of all files: name none")
    all_names = sorted(source.stem for source in FOLDER.glob("*.cu"))
    names = [name.removesuffix(".cu") for name in arguments.names] or all_names
    if unknown := [name for name in names if name not in all_names]:
        parser.error(f"no {unknown[0]}.cu here; there are: {', '.join(all_names)}")

    right = True
    with concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
        texts = {}
        for name, text in zip(names, pool.map(compiled, names)):
            texts[name] = text
            report(f"{len(texts)}/{len(names)} {name}.cu: {text.count('.entry ')} kernels, {len(text) / 1024:.0f} KiB of PTX")
            right &= put(FOLDER / f"{name}.ptx", text, arguments.check, ITSELF)
        for orphan in {file.stem for file in FOLDER.glob("*.ptx")} - set(all_names):
            report(f"{orphan}.ptx has no {orphan}.cu: delete it")
            right = False
        if arguments.assemble or arguments.table:
            jobs = [(name, text, architecture) for name, text in texts.items() for architecture in ARCHITECTURES]
            needs = {name: {} for name in names}
            for (name, _, architecture), found in zip(jobs, pool.map(assembled, *zip(*jobs))):
                needs[name][architecture] = found
                report(f"{name}.ptx on sm_{architecture}: up to {max(each['registers'] for each in found.values())} registers")
                for kernel, each in found.items():
                    if each["spilled"] > 0:
                        report(f"{name}.cu: {kernel} spills {each['spilled']} bytes on sm_{architecture}: give it less to hold")
                        right = False
            if arguments.table:
                document = with_table(arguments.table.read_text(encoding="utf-8"), table(needs))
                right &= put(arguments.table, document, arguments.check, f"{ITSELF} --table {shown(arguments.table)}")
            else:
                print(table(needs))
    if not right:
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(str(wrong))
