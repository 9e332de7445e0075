# SPDX-License-Identifier: Apache-2.0
"""A window's side of the view protocol, written from VIEW_PROTOCOL.md alone: it shares no code with the package.

Run as a program it is a window without a screen: it attaches itself, opens every tensor, writes what it got and waits for the end.
"""

import json
import os
import socket
import struct
import sys

import numpy as np

TYPES = {"f16": "<f2", "f32": "<f4", "f64": "<f8", "bf16": "<u2"}


class Client:
    def __init__(self, address, timeout=20):
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address[5:])  # with a timeout it would not wait where many connect at once
            self.socket.settimeout(timeout)
        else:
            host, _, port = address.rpartition(":")
            self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)

    def send(self, header, payload=b""):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        self.socket.sendall(b"NMSV" + struct.pack("<IQ", len(text), len(payload)) + text + payload)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            got = self.socket.recv(min(count - len(data), 1 << 20))
            if not got:
                raise EOFError
            data += got
        return data

    def receive(self):
        prefix = self.exactly(16)
        assert prefix[:4] == b"NMSV"
        header_bytes, payload_bytes = struct.unpack("<IQ", prefix[4:])
        header = json.loads(self.exactly(header_bytes))
        return header, self.exactly(payload_bytes)

    def receive_type(self, kind):
        while True:
            header, payload = self.receive()
            if header["type"] == kind:
                return header, payload

    def hello(self, token, version=1):
        self.send({"type": "hello", "version": version, "token": token})
        return self.receive()[0]

    def is_dropped(self):
        try:
            self.receive()
        except (EOFError, ConnectionError):
            return True
        return False

    def get(self, tensor, request=1, shared=False):
        self.send({"type": "get", "id": request, "tensor": tensor, "shared": shared})
        while True:
            header, payload = self.receive()
            if header.get("id") == request:
                break
        if "segment" in header:
            with open("/dev/shm" + header["segment"], "rb") as segment:
                payload = segment.read()
            assert len(payload) == header["bytes"]
            self.send({"type": "got", "id": request})
        return header, payload

    def close(self):
        self.socket.close()


def main():
    assert sys.argv[1] == "--attach"
    client = Client(sys.argv[2])
    welcome = client.hello(os.environ["NMS_TOKEN"])
    got = {}
    for number, tensor in enumerate(welcome["tensors"]):
        _, payload = client.get(number, request=number, shared=True)
        got[tensor["name"]] = np.frombuffer(payload, TYPES[tensor["dtype"]]).reshape(tensor["shape"]).tolist()
    out = os.environ["VIEW_CLIENT_OUT"]
    with open(out + ".part", "w") as file:
        json.dump({"welcome": welcome, "tensors": got, "arguments": sys.argv[1:]}, file)
    os.rename(out + ".part", out)
    client.socket.settimeout(None)
    try:
        while client.receive()[0]["type"] != "bye":
            pass
    except EOFError:
        sys.exit(3)


if __name__ == "__main__":
    main()
