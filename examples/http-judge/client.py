"""May the model take traffic? Sends predictions (JSON Lines on standard input) to the judge; exit 0 for a pass alone."""
import gzip, json, os, sys, urllib.error, urllib.request
# A redirect is not followed: its target would get the token.
stay = type("Stay", (urllib.request.HTTPRedirectHandler,), {"redirect_request": lambda *_: None})
request = urllib.request.Request(
    os.environ["QSC_JUDGE"] + "/v1/judgements?" + sys.argv[1],
    data=gzip.compress(sys.stdin.buffer.read()),
    headers={
        "Authorization": "Bearer " + os.environ["QSC_TOKEN"],
        "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip",
    },
)
try:
    with urllib.request.build_opener(stay).open(request, timeout=60) as response:
        found, passed = json.load(response), response.status == 200
except urllib.error.HTTPError as refused:
    found, passed = json.load(refused), False
print(found["verdict"], *found.get("reasons", [found.get("message")]), sep="\n")
sys.exit(0 if passed and found["verdict"] == "pass" else 2)
