"""An outline of the field's quality gate, for comparison: it reads the whole stream or event log, parses every payload
with json.loads, keeps every confidence of every model in a list, and computes shares, standard deviation and
percentiles in plain Python. It judges less than `qsc quality-gate`: no rejected entries, duplicates, gaps, intervals or
ensemble. It uses only the standard library, and talks to Redis over a plain socket, so no client needs to be installed.

    gate.py redis://127.0.0.1:6379 KEY
    gate.py JOURNAL
    gate.py --loads-only JOURNAL     only json.loads of each line
"""

import json
import math
import os
import resource
import socket
import sys
import time
from collections import Counter, defaultdict
from urllib.parse import urlparse


def read_reply(stream):
    line = stream.readline()
    kind, rest = line[:1], line[1:-2]
    if kind == b"$":
        size = int(rest)
        return stream.read(size + 2)[:-2].decode() if size >= 0 else None
    if kind == b"*":
        return [read_reply(stream) for _ in range(int(rest))]
    if kind == b"-":
        raise RuntimeError(rest.decode())
    return rest.decode()


def entries_of_stream(url, key):
    address = urlparse(url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        stream = connection.makefile("rb", buffering=1 << 20)
        words = ["XRANGE", key, "-", "+"]
        connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w.encode()), w.encode()) for w in words))
        for entry_id, flat in read_reply(stream):
            yield entry_id, dict(zip(flat[::2], flat[1::2]))


def entries_of_journal(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            yield entry["id"], entry["fields"]


def percentile(ordered, p):
    rank = p * (len(ordered) - 1)
    low = math.floor(rank)
    high = math.ceil(rank)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def judge(entries):
    actions = defaultdict(Counter)
    confidences = defaultdict(list)
    for _, fields in entries:
        payload = json.loads(fields["payload"])
        breakdown = payload.get("model_breakdown") or json.loads(fields.get("model_breakdown", "{}"))
        for model, answer in breakdown.items():
            actions[model][answer["action"]] += 1
            confidences[model].append(answer["confidence"])
    verdicts = {}
    for model, values in confidences.items():
        n = len(values)
        mean = sum(values) / n
        std = math.sqrt(sum((value - mean) ** 2 for value in values) / n)
        ordered = sorted(values)
        spread = percentile(ordered, 0.9) - percentile(ordered, 0.1)
        shares = {action: count / n for action, count in actions[model].items()}
        bad = std < 0.05 or spread < 0.12 or max(shares.values()) > 0.7
        verdicts[model] = {"n": n, "std": std, "p10_p90": spread, "shares": shares, "pass": not bad}
    return verdicts


def usage():
    path = os.environ.get("QSC_BENCH_USAGE")
    if path:
        used = resource.getrusage(resource.RUSAGE_SELF)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"cpuSeconds": used.ru_utime + used.ru_stime, "rssMb": used.ru_maxrss / 1024}, file)


def main(arguments):
    if arguments[0] == "--loads-only":
        start, cpu = time.perf_counter(), time.process_time()
        with open(arguments[1], encoding="utf-8") as lines:
            for line in lines:
                json.loads(line)
        print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}))
    else:
        entries = entries_of_stream(*arguments) if "://" in arguments[0] else entries_of_journal(arguments[0])
        print(json.dumps(judge(entries), indent=1))
    usage()


main(sys.argv[1:])
