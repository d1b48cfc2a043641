#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In a guest: does what cluster.py asks by TCP, a connection and a line of JSON for each command.

  agent.py NUMBER     this is host NUMBER: its name, and its address on the cluster's network
"""

import json
import os
import socketserver
import subprocess
import sys

PORT = 7000
ADDRESS = "10.83.0."


class Request(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        if not line:  # somebody looked whether the host is there
            return
        request = json.loads(line)
        if "log" in request:  # started, and left alone
            with open(request["log"], "ab") as log:
                process = subprocess.Popen(request["command"], shell=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           start_new_session=True)
            answer = {"status": 0, "output": str(process.pid)}
        else:
            try:
                done = subprocess.run(request["command"], shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=request["timeout"])
                answer = {"status": done.returncode, "output": done.stdout.decode(errors="replace")}
            except subprocess.TimeoutExpired as error:
                answer = {"status": 124, "output": (error.stdout or b"").decode(errors="replace") + "\n(not done in time)"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main():
    number = sys.argv[1]
    commands = f"""
hostname host{number}
ip link set lo up
ip address add {ADDRESS}{number}/24 dev vec0
ip link set vec0 up"""
    subprocess.run(commands, shell=True, check=True)
    os.environ["HOST"] = number
    Server(("", PORT), Request).serve_forever()


if __name__ == "__main__":
    main()
