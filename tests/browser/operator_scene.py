"""A chain and a node for the tests of the operator page. Prints their addresses and the tokens as one line of JSON,
then executes a command for each line of standard input and prints a line when it is done; ends with standard input.

    chain-stop, chain-go    suspends the chain, and resumes it
    restart                 stops the node and starts it again on the same port
    withdraw ROOT           the issuer withdraws a batch
    restore DIGEST          the issuer undoes a revocation
    revoke-token            revokes the token `all`
"""

import json
import signal
import subprocess
import sys

import node as daemon
from credentials import ISSUER_ID
from scene import Scene, badge, until


def is_ready(node):
    return node.get("/readyz").status == 200


def has_started(node):
    try:
        return node.start()
    except daemon.NodeError:
        return False


def revoke(node, name):
    listed = subprocess.run([daemon.BADGE, "token", "list", "--json", "--store", node.store], check=True,
                            capture_output=True, text=True).stdout
    found = next(token for token in map(json.loads, listed.splitlines()) if token["name"] == name)
    subprocess.run([daemon.BADGE, "token", "revoke", found["id"], "--store", node.store], check=True,
                   capture_output=True)


def create(node, scope, name):
    done = subprocess.run([daemon.BADGE, "token", "create", "--scope", scope, "--name", name, "--store", node.store],
                          check=True, capture_output=True, text=True)
    return next(word for word in done.stdout.split() if word.startswith("badged_"))


def main():
    with Scene({"batch.max_age": "1 h"}) as scene:
        node = scene.node
        until("the node is ready", lambda: is_ready(node))
        tokens = {name: create(node, scope, name)
                  for name, scope in {"all": "submit,admin", "look": "digest", "submit": "submit"}.items()}
        print(json.dumps({"url": scene.url, "tokens": tokens, "issuer": ISSUER_ID}), flush=True)
        for line in sys.stdin:
            word, _, of = line.strip().partition(" ")
            if word == "chain-stop":
                scene.anvil.send_signal(signal.SIGSTOP)
            elif word == "chain-go":
                scene.anvil.send_signal(signal.SIGCONT)
            elif word == "restart":
                node.stop()
                node.settings["http.listen"] = f"127.0.0.1:{node.port}"
                until("the port is free again: a connection may have taken it", lambda: has_started(node))
            elif word == "withdraw":
                badge("withdraw", of, "--yes", *scene.as_issuer)
            elif word == "restore":
                badge("revoke", "--undo", of, *scene.as_issuer)
            elif word == "revoke-token":
                revoke(node, "all")
            print("done", flush=True)


if __name__ == "__main__":
    main()
