"""Scrubs one large file of JSON lines, plain, gzip and zstd, and prints rate and peak memory.

    [KINDS=plain,gzip,zstd] python3 benches/archive.py target/ci/caseveil [megabytes] [folder]

2048 megabytes and a folder in the system's temporary one when not given; it needs 2.2 times that
much room, and an hour on two quiet cores. Beside each scrub: `wc`, and `caseveil detect` (the engine
alone) on the first 8 MB.
"""

import json, os, shutil, subprocess, sys, tempfile, time

LIMIT = 192 << 20
JOBS = "2"


def run(*command, out=subprocess.DEVNULL):
    """Seconds, processor seconds and peak memory of a command, and how it ended."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss << 10, child.returncode


def tell(name, size, figures):
    seconds, cpu, memory, status = figures
    print(f"{name}: {size / 1e6:.0f} MB, {seconds:.1f} s, {size / 1e6 / seconds:.2f} MB/s, "
          f"{size / 1e6 / max(cpu, 1e-3):.2f} MB for a CPU second, peak {memory / 2**20:.0f} MiB, exit {status}", flush=True)
    return memory


def make(caseveil, path, size):
    """Lines of generated texts, the same ones again from 8 MB on."""
    written, block = 0, []
    documents = str(min(6000, size // 1000))
    with open(path, "wb") as file:
        made = subprocess.run([caseveil, "generate", "--documents", documents, "--seed", "101"],
                              check=True, capture_output=True).stdout
        for n, line in enumerate(made.splitlines()):
            line = {"id": str(n), "text": json.loads(line)["text"]}
            block.append(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        while written < size:
            for line in block:
                if written >= size:
                    break
                written += file.write(line)
    return written


def main():
    caseveil = os.path.abspath(sys.argv[1])
    size = int(sys.argv[2] if len(sys.argv) > 2 else 2048) << 20
    folder = tempfile.mkdtemp(dir=sys.argv[3] if len(sys.argv) > 3 else None)
    plain, head, out = (os.path.join(folder, name) for name in ("big.jsonl", "head.jsonl", "out"))
    worst = 0
    try:
        written = make(caseveil, plain, size)
        print("load", *os.getloadavg())
        tell("wc -w", written, run("wc", "-w", plain))
        with open(plain, "rb") as source, open(head, "wb") as target:
            target.writelines(source.readlines(8 << 20))
        tell("detect", os.path.getsize(head), run(caseveil, "detect", "--jobs", JOBS, head))
        for name in os.environ.get("KINDS", "plain,gzip,zstd").split(","):
            path, pack = {"plain": (plain, None), "gzip": (plain + ".gz", ["gzip", "-1", "-k"]),
                          "zstd": (plain + ".zst", ["zstd", "-q"])}[name]
            if pack:
                subprocess.run([*pack, plain], check=True)
            figures = run(caseveil, "scrub", path, "--out", out, "--jobs", JOBS)
            worst = max(worst, tell(name, written, figures))
            if figures[3] not in (0, 3):
                sys.exit(f"{name}: the run failed")
            shutil.rmtree(out)
            if pack:
                os.remove(path)
    finally:
        shutil.rmtree(folder)
    sys.exit(0 if worst <= LIMIT else f"peak memory {worst >> 20} MiB, more than {LIMIT >> 20}")


main()
