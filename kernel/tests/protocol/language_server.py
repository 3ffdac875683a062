"""A language server that does what the words in the document say, for the tests of the kernel's side of the protocol.

`language_server.py LOG ENCODING` writes what it hears to LOG, a line of JSON each. Asked for what can stand behind a word W, it
offers `W_known`. A word that begins with

    crash     ends it
    garble    makes it say what is no message
    modified  is answered at the second try
    late      is answered when the next message arrives, or when it is told to go on by LOG.go
"""

import json
import os
import sys
import time

log_path, encoding = sys.argv[1], sys.argv[2]
source, sink = sys.stdin.buffer, sys.stdout.buffer
text = ""
tried = set()


def log(what):
    with open(log_path, "a", encoding="utf-8") as file:
        file.write(json.dumps(what) + "\n")


def receive():
    length = None
    while line := source.readline().strip():
        name, value = line.split(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if length is None:
        sys.exit()
    message = json.loads(source.read(length))
    log(message)
    return message


def send(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    # A header more than is needed, and the message in two pieces.
    sink.write(b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n")
    sink.write(b"Content-Length: %d\r\n\r\n" % len(body))
    sink.flush()
    sink.write(body)
    sink.flush()


def width(character):
    if encoding == "utf-8":
        return len(character.encode())
    return len(character.encode("utf-16-le")) // 2 if encoding == "utf-16" else 1


def word_before(position):
    """The word that ends at a position, and the column at which it begins."""
    line = text.split("\n")[position["line"]]
    column, end = 0, 0
    while column < position["character"]:
        column += width(line[end])
        end += 1
    start = end
    while start and (line[start - 1].isalnum() or line[start - 1] == "_"):
        start -= 1
    return line[start:end], sum(map(width, line[:start]))


def completions(position):
    word, column = word_before(position)
    begin = {"line": position["line"], "character": column}
    edit = {"range": {"start": begin, "end": position}, "newText": word + "_known"}
    elsewhere = {"range": {"start": {"line": 0, "character": 0}, "end": position}, "newText": word + "_elsewhere"}
    return [
        {"label": "x", "kind": 2, "detail": "fn known()", "sortText": "b", "textEdit": edit},
        {"label": word + "_first", "kind": 5, "sortText": "a"},
        {"label": word + "_elsewhere", "textEdit": elsewhere},
        {"label": word + "_and_more", "additionalTextEdits": [edit]},
    ]


def answer(request):
    method, identity, params = request["method"], request["id"], request["params"]
    if method == "textDocument/hover":
        word, _ = word_before(params["position"])
        value = f"```rust\nsome::path\n```\n\n```rust\nlet {word}: Known\n```\n\n---\n\nAbout *it*."
        contents = {"kind": "markdown", "value": value}
        return send(id=identity, result={"contents": contents} if word else None)
    if method == "textDocument/signatureHelp":
        signature = {"label": "fn 𝒳(a: A, b: B)", "parameters": [{"label": [6, 10]}, {"label": [12, 16]}]}
        return send(id=identity, result={"signatures": [signature], "activeSignature": 0, "activeParameter": 1})
    word, _ = word_before(params["position"])
    if word.startswith("crash"):
        sys.exit(1)
    if word.startswith("garble"):
        sink.write(b"this is no header\r\n\r\n")
        return sink.flush()
    if word.startswith("modified") and word not in tried:
        tried.add(word)
        return send(id=identity, error={"code": -32801, "message": "content modified"})
    if word.startswith("late"):
        while not os.path.exists(log_path + ".go"):
            time.sleep(0.01)
    return send(id=identity, result={"isIncomplete": False, "items": completions(params["position"])})


log({"started": os.getpid(), "nice": os.nice(0)})
while True:
    message = receive()
    method = message.get("method")
    if method == "initialize":
        send(id=message["id"], result={"capabilities": {"positionEncoding": encoding}})
    elif method == "initialized":
        send(id=1, method="workspace/configuration", params={"items": [{}, {}]})
        send(id="two", method="client/registerCapability", params={"registrations": []})
        send(method="window/logMessage", params={"type": 3, "message": "hello"})
        send(method="experimental/serverStatus", params={"health": "ok", "quiescent": False})
        send(method="experimental/serverStatus", params={"health": "ok", "quiescent": True})
    elif method in ("textDocument/didOpen", "textDocument/didChange"):
        params = message["params"]
        text = params["textDocument"].get("text") or params["contentChanges"][-1]["text"]
    elif method == "rust-analyzer/reloadWorkspace":
        send(id=message["id"], result=None)
    elif method is not None and "id" in message:
        answer(message)
