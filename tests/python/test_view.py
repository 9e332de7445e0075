# SPDX-License-Identifier: Apache-2.0
"""nmscope.show and the process that windows attach to, from a raw client (view_client.py) that may lie, stall or die."""

import contextlib
import gc
import json
import os
import shlex
import shutil
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import nmscope
from nmscope._view import program as program_of_the_window
from nmscope._view import protocol
from nmscope._view.address import listen
from nmscope._view.program import find_program
from nmscope._view.server import MOST_WINDOWS, Refresh, Server
from nmscope._view.tensors import collect

from view_client import Client


def waits_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("nmscope")]


def segments():
    return {name for name in os.listdir("/dev/shm") if name.startswith("nmscope-")}


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = segments()
    yield
    gc.collect()
    waits_for(lambda: not threads())
    waits_for(lambda: segments() <= before)


@pytest.fixture
def weights(rng):
    return {
        "a.weight": rng.standard_normal((17, 31)).astype(np.float32),
        "b.weight": rng.standard_normal((32, 16)).astype(np.float16),
        "empty": np.zeros((0, 4)),
    }


@contextlib.contextmanager
def served(weights, address=None, **options):
    server = Server(collect(weights), listen(address), **options)
    try:
        yield server
    finally:
        server.close()


def still_serves(server):
    client = Client(server.address)
    assert client.hello(server.token)["type"] == "welcome"
    client.close()


# --- the protocol -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [None, ":0", "127.0.0.1:0", "localhost:0"])
def test_tensors_arrive(weights, address):
    with served(weights, address) as server:
        assert server.address.startswith("unix:") == (address is None)
        client = Client(server.address)
        welcome = client.hello(server.token)
        assert welcome["version"] == 1
        assert [one["name"] for one in welcome["tensors"]] == list(weights)
        for shared in (False, True):
            for number, (name, array) in enumerate(weights.items()):
                header, payload = client.get(number, 7 + number, shared)
                assert header["type"] == "tensor", name
                assert ("segment" in header) == (shared and address is None)
                assert payload == array.tobytes()
        waits_for(lambda: not segments())
        client.close()


def test_what_is_read_is_the_array_as_it_is_then(rng):
    array = rng.standard_normal((8, 12)).astype(np.float32)
    with served({"w": array[:, ::2].T}) as server:
        client = Client(server.address)
        client.hello(server.token)
        assert client.get(0)[1] == np.ascontiguousarray(array[:, ::2].T).tobytes()
        array[:] = 5
        assert client.get(0)[1] == np.full((6, 8), 5, np.float32).tobytes()
        client.close()


def test_a_local_socket_is_for_its_user_alone(weights):
    with served(weights) as server:
        folder = Path(server.address[5:]).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        client = Client(server.address)
        client.hello(server.token)
        client.send({"type": "get", "id": 1, "tensor": 0, "shared": True})
        header, _ = client.receive()
        assert stat.S_IMODE(os.stat("/dev/shm" + header["segment"]).st_mode) == 0o600
        client.close()
    assert not folder.exists()


def test_a_port_alone_is_bound_to_loopback(weights):
    with served(weights, ":0") as server:
        assert server.address.startswith("127.0.0.1:")
        assert server._listener.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("token", ["", "x", "x" * 32, "ü", "\ud800", 5, None, ["a"], {"a": 1}])
def test_a_wrong_token_gets_nothing(weights, token):
    with served(weights) as server:
        client = Client(server.address)
        client.send({"type": "hello", "version": 1, "token": token})
        try:
            assert client.receive()[0] == {"type": "refused", "version": 1, "reason": "the token is another one"}
        except EOFError:
            assert not isinstance(token, str)
        assert client.is_dropped()
        still_serves(server)


@pytest.mark.parametrize("first", [{"type": "get", "id": 1, "tensor": 0}, {"type": "watch"}, {"type": "later"}, {}, [], "x", 1, None])
def test_whoever_does_not_tell_the_token_first_is_dropped(weights, first):
    with served(weights) as server:
        client = Client(server.address)
        client.send(first)
        assert client.is_dropped()
        still_serves(server)


def test_the_token_is_not_looked_at_after_another_message(weights):
    with served(weights) as server:
        client = Client(server.address)
        client.send({"type": "watch"})
        with contextlib.suppress(OSError):
            client.send({"type": "hello", "version": 1, "token": server.token})
        assert client.is_dropped()


@pytest.mark.parametrize("version", [0, 2, 10**30, "1", None, 1.5, "x" * 3000])
def test_another_version_is_refused_with_a_sentence(weights, version):
    with served(weights) as server:
        client = Client(server.address)
        refused = client.hello(server.token, version)
        assert refused["type"] == "refused"
        assert "version 1" in refused["reason"]
        assert len(refused["reason"]) < 200
        assert client.is_dropped()
        still_serves(server)


LIES = {
    "not the protocol": b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
    "a header of 4 GiB": b"NMSV" + struct.pack("<IQ", 2**32 - 1, 0),
    "a header just too long": b"NMSV" + struct.pack("<IQ", protocol.LONGEST_REQUEST + 1, 0),
    "a payload of 2^64": b"NMSV" + struct.pack("<IQ", 16, 2**64 - 1) + b'{"type":"later"}',
    "no JSON": b"NMSV" + struct.pack("<IQ", 3, 0) + b"{{{",
    "deep JSON": b"NMSV" + struct.pack("<IQ", 60000, 0) + b"[" * 60000,
    "bytes that are no text": b"NMSV" + struct.pack("<IQ", 4, 0) + b"\xff\xfe\xfd\xfc",
    "a huge number": b"NMSV" + struct.pack("<IQ", 5000, 0) + b"9" * 5000,
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("known", [False, True])
def test_lies_end_the_connection_alone(weights, lie, known):
    with served(weights, patience=2) as server:
        client = Client(server.address)
        if known:
            client.hello(server.token)
        client.socket.sendall(LIES[lie])
        assert client.is_dropped()
        still_serves(server)


@pytest.mark.parametrize("tensor", [-1, 3, 10**40, True, None, "0", 0.0, [0]])
def test_a_tensor_that_there_is_not(weights, tensor):
    with served(weights) as server:
        client = Client(server.address)
        client.hello(server.token)
        client.send({"type": "get", "id": 1, "tensor": tensor})
        assert client.is_dropped()
        still_serves(server)


def test_unknown_messages_of_this_version_are_skipped(weights):
    with served(weights) as server:
        client = Client(server.address)
        client.hello(server.token)
        client.send({"type": "later", "with": {"more": [1, 2]}}, b"x" * 100_003)
        client.send({"type": "got", "id": 99})
        client.send({"type": "got", "id": "none"})
        client.send({"type": "watch", "tensor": 99})
        assert client.get(1)[1] == weights["b.weight"].tobytes()
        client.close()


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("sent", [1, 4, 15, 16, 20])
def test_half_a_message_and_death(weights, known, sent):
    with served(weights) as server:
        client = Client(server.address)
        if known:
            client.hello(server.token)
        text = b'{"type":"get","id":1,"tensor":0}'
        client.socket.sendall((b"NMSV" + struct.pack("<IQ", len(text), 0) + text)[:sent])
        client.close()
        waits_for(lambda: not server._strangers and not server._windows)
        still_serves(server)


@pytest.mark.parametrize("known", [False, True])
def test_half_a_message_and_silence(weights, known):
    with served(weights, patience=0.3, hello_patience=0.3) as server:
        client = Client(server.address)
        if known:
            client.hello(server.token)
        client.socket.sendall(b"NMSV")
        assert client.is_dropped()
        still_serves(server)


def test_silence_is_allowed_to_those_who_are_known(weights):
    with served(weights, patience=0.05, hello_patience=0.3) as server:
        known, stranger = Client(server.address), Client(server.address)
        known.hello(server.token)
        assert stranger.is_dropped()
        assert known.get(1)[1] == weights["b.weight"].tobytes()
        known.close()


def test_one_byte_at_a_time_does_not_hold_a_place(weights):
    with served(weights, hello_patience=0.4) as server:
        client = Client(server.address)
        for byte in b"NMSV" + struct.pack("<IQ", 4000, 0) + b" " * 4000:
            try:
                client.socket.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("it was listened to for ever")
        still_serves(server)


def test_death_while_a_tensor_is_sent(rng):
    with served({"large": rng.standard_normal((1024, 4099))}) as server:
        for shared in (False, True):
            client = Client(server.address)
            client.hello(server.token)
            client.send({"type": "get", "id": 1, "tensor": 0, "shared": shared})
            client.exactly(10)
            client.close()
        waits_for(lambda: not server._windows)
        still_serves(server)


def test_segments_that_nobody_takes_are_few(weights):
    with served(weights) as server:
        client = Client(server.address)
        client.hello(server.token)
        for number in range(40):
            client.send({"type": "get", "id": number, "tensor": 0, "shared": True})
            assert client.receive()[0]["id"] == number
        assert len(segments()) <= 8
        client.close()


def test_without_room_in_shared_memory_bytes_are_sent(weights, monkeypatch):
    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)
    with served(weights) as server:
        client = Client(server.address)
        client.hello(server.token)
        header, payload = client.get(0, shared=True)
        assert "segment" not in header
        assert payload == weights["a.weight"].tobytes()
        client.close()
    assert not segments()


def test_a_stalled_window_does_not_hold_up_training(rng):
    masks = rng.integers(0, 256, 1 << 20, dtype=np.uint8)
    with served({"w": np.zeros((2048, 4096), np.float32)}, masked=[0], patience=0.5) as server:
        stalled, other = Client(server.address), Client(server.address)
        for client in (stalled, other):
            client.hello(server.token)
            client.send({"type": "watch", "tensor": 0})
        waits_for(lambda: len(server._windows) == 2 and all(window.wanted == 0 for window in server._windows))
        seen = []

        def look():
            with contextlib.suppress(EOFError, OSError):
                while not seen or not seen[-1]["ended"]:
                    seen.append(other.receive_type("training")[0])

        looking = threading.Thread(target=look)
        looking.start()
        for step in range(1, 2000):
            server.publish(step, Refresh(step, (0.25,)), {0: masks})
        waits_for(lambda: len(server._windows) == 1)  # the stalled one was dropped
        server.end()
        looking.join()
        assert seen[-1]["step"] == 1999
        steps = [refresh["step"] for header in seen for refresh in header["refreshes"]]
        assert steps == sorted(set(steps)) and steps[-1] == 1999
        assert len(steps) <= 1999 and len(server._refreshes) <= 1024
        stalled.close()
        other.close()


def test_of_masks_the_latest_wins_and_only_what_is_wanted_is_sent(rng):
    with served({"a": np.zeros((8, 8)), "b": np.zeros((8, 8))}, masked=[1]) as server:
        client = Client(server.address)
        assert client.hello(server.token)["masked"] == [1]
        assert server.wanted() == set()
        client.send({"type": "watch", "tensor": 0})  # has no mask
        client.send({"type": "watch", "tensor": 1})
        waits_for(lambda: server.wanted() == {1})
        bits = [np.packbits(rng.random(64) < 0.5, bitorder="little") for _ in range(50)]
        for step, one in enumerate(bits):
            server.publish(step, Refresh(step, (0.5,)), {1: one})
        while True:
            header, payload = client.receive_type("training")
            if "mask" in header:
                assert payload == bits[header["mask"]["step"]].tobytes()
                if header["mask"]["step"] == 49:
                    break
        server.publish(50, None, {})
        header, payload = client.receive_type("training")
        assert header["step"] == 50 and "mask" not in header and payload == b""
        client.send({"type": "watch", "tensor": None})
        waits_for(lambda: server.wanted() == set())
        server.publish(51, None, {})
        assert not server.has_mask(1)
        client.close()


def test_a_window_that_comes_later_gets_the_past(weights):
    with served(weights, masked=[0]) as server:
        for step in range(1500):
            server.publish(step, Refresh(step, (step / 1500,)), {})
        client = Client(server.address)
        client.hello(server.token)
        header, _ = client.receive_type("training")
        assert [one["step"] for one in header["refreshes"]] == list(range(1500 - 1024, 1500))
        client.close()


def test_so_many_windows_and_no_more(weights):
    with served(weights) as server:
        clients = [Client(server.address) for _ in range(MOST_WINDOWS + 1)]
        answers = [client.hello(server.token)["type"] for client in clients]
        assert answers == ["welcome"] * MOST_WINDOWS + ["refused"]
        clients[0].close()
        waits_for(lambda: len(server._windows) < MOST_WINDOWS)
        still_serves(server)
        for client in clients:
            client.close()


def test_many_strangers_do_not_shut_others_out_for_long(weights):
    with served(weights, hello_patience=0.5) as server:
        strangers = [Client(server.address) for _ in range(60)]
        waits_for(lambda: not server._strangers)
        still_serves(server)
        for stranger in strangers:
            stranger.close()


def test_closing_says_goodbye_and_twice_is_once(weights):
    with served(weights) as server:
        client = Client(server.address)
        client.hello(server.token)
        server.close()
        assert client.receive()[0] == {"type": "bye"}
        assert client.is_dropped()
        server.close()
        with pytest.raises(OSError):
            Client(server.address)


# --- what can be shown --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "error"),
    [
        ("text", TypeError),
        ([1.0, 2.0], TypeError),
        ({"a": object()}, TypeError),
        ({}, nmscope.UsageError),
        (np.zeros((4, 4), np.int32), nmscope.UsageError),
        (np.zeros((4, 4), ">f4"), TypeError),
        ({1: np.zeros(3), "1": np.zeros(3)}, nmscope.UsageError),
    ],
)
def test_what_cannot_be_shown(shown, error):
    with pytest.raises(error):
        nmscope.show(shown, address=":0")


@pytest.mark.parametrize("address", ["here", "127.0.0.1", "127.0.0.1:x", ":70000", "", "127.0.0.1:-1"])
def test_addresses_that_are_none(address):
    with pytest.raises(nmscope.UsageError):
        nmscope.show(np.zeros((4, 4)), address=address)


def test_an_address_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(nmscope.IoError):
        nmscope.show(np.zeros((4, 4)), address=f":{taken.getsockname()[1]}")


def test_pattern_and_method_are_checked():
    for arguments in (["9:8"], ["8:16", "magic"]):
        with pytest.raises(nmscope.UsageError):
            nmscope.show(np.zeros((4, 4)), *arguments, address=":0")


def test_listening_prints_the_token_and_starts_nothing(capsys, monkeypatch):
    monkeypatch.setenv("NMSCOPE_PROGRAM", "/bin/false")
    with nmscope.show(np.ones((3, 5), np.float32), "2:4", "greedy", address=":0") as view:
        said = capsys.readouterr()
        assert view.address in said.err and view.token in said.err
        client = Client(view.address)
        welcome = client.hello(view.token)
        assert (welcome["pattern"], welcome["method"], welcome["title"]) == ("2:4", "greedy", "tensor")
        assert not view.closed
        client.close()
    assert view.closed


# --- training with masks of one's own ---------------------------------------------------------------------------------------


def test_masks_of_ones_own_are_followed(rng):
    weights = {"a": rng.standard_normal((17, 31)), "b": rng.standard_normal((8, 8)), "dense": rng.standard_normal((3, 3))}
    masks = {"b": rng.random((8, 8)) < 0.5, "a": rng.random((17, 31)) < 0.5}
    watch = nmscope.watch(weights, masks, pattern="2:4", address=":0")
    client = Client(watch.address)
    welcome = client.hello(watch.token)
    assert welcome["masked"] == [1, 0]
    assert (welcome["pattern"], welcome["method"]) == ("2:4", "exact")
    client.send({"type": "watch", "tensor": 0})
    waits_for(lambda: watch._server.wanted() == {0})
    before = {name: mask.copy() for name, mask in masks.items()}
    masks["a"][3, 5] ^= True
    masks["a"][16, 30] ^= True
    replaced = ~masks["b"]
    watch.step({"b": replaced})
    refreshes, mask = [], None
    while mask is None or not refreshes:
        header, payload = client.receive_type("training")
        refreshes += header["refreshes"]
        if "mask" in header:
            mask = (header["mask"], payload)
    assert refreshes == [{"step": 1, "flips": [1.0, pytest.approx(2 / (17 * 31))]}]
    assert mask[0] == {"tensor": 0, "step": 1}
    bits = np.unpackbits(np.frombuffer(mask[1], np.uint8), bitorder="little")
    assert len(mask[1]) == (17 * 31 + 7) // 8
    np.testing.assert_array_equal(bits[: 17 * 31].reshape(17, 31), masks["a"])
    assert (masks["a"] != before["a"]).sum() == 2
    watch.finish()
    watch.step()  # counts, and tells nobody
    assert client.receive_type("training")[0]["ended"] is True
    assert watch.steps == 2
    watch.close()
    client.close()


def test_every_so_manyth_step(rng):
    mask = rng.random((8, 8)) < 0.5
    with nmscope.watch({"w": np.ones((8, 8))}, {"w": mask}, every=3, address=":0") as watch:
        for _ in range(10):
            mask ^= True
            watch.step()
    client = Client(watch.address)
    assert "pattern" not in client.hello(watch.token)
    header, _ = client.receive_type("training")
    assert header["refreshes"] == [{"step": step, "flips": [1.0]} for step in (3, 6, 9)]
    assert header["step"] == 9 and header["ended"] is True
    assert not watch.closed
    watch.close()
    assert watch.closed
    client.close()


def test_masks_that_cannot_be_watched():
    weights = {"w": np.ones((8, 8))}
    for arguments in (
        {},
        {"masks": {}},
        {"masks": {"v": np.ones((8, 8), bool)}},
        {"masks": {"w": np.ones((8, 7), bool)}},
        {"masks": {"w": np.ones((8, 8), bool)}, "every": 0},
        {"masks": {"w": np.ones((8, 8), bool)}, "pattern": "9:8"},
    ):
        with pytest.raises(nmscope.UsageError):
            nmscope.watch(weights, address=":0", **arguments)
    with nmscope.watch(weights, {"w": np.ones((8, 8), bool)}, address=":0") as watch:
        with pytest.raises(nmscope.UsageError):
            watch.step({"v": np.ones((8, 8), bool)})
    watch.close()


# --- the program --------------------------------------------------------------------------------------------------------


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A program that speaks the protocol, in place of the window; gives what it wrote."""
    program, out = tmp_path / "window", tmp_path / "out.json"
    client = Path(__file__).with_name("view_client.py")
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(client))} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("NMSCOPE_PROGRAM", str(program))
    monkeypatch.setenv("DISPLAY", ":nowhere")
    monkeypatch.setenv("VIEW_CLIENT_OUT", str(out))

    def written():
        waits_for(out.exists)
        return json.loads(out.read_text())

    return written


def test_show_starts_the_window(fake, weights):
    view = nmscope.show(weights, "2:4")
    written = fake()
    for name, array in weights.items():
        np.testing.assert_array_equal(np.array(written["tensors"][name], array.dtype).reshape(array.shape), array)
    assert not any(view.token in argument for argument in written["arguments"])
    assert not view.closed
    view.close()
    assert view.closed
    view.close()


def test_closing_the_window_closes_the_view(fake):
    view = nmscope.show(np.ones((4, 4)))
    fake()
    view._window._process.kill()
    view.wait()
    assert view.closed
    view.close()


def test_the_handle_is_a_context_manager(fake):
    with pytest.raises(KeyError), nmscope.show(np.ones((4, 4))) as view:
        raise KeyError
    assert view.closed


def test_waiting_ends_with_the_window(fake, monkeypatch):
    def close_soon():
        fake()
        (view,) = nmscope._view.view._open
        view._window._process.kill()

    closer = threading.Thread(target=close_soon)
    closer.start()
    assert nmscope.show(np.ones((4, 4)), wait=True).closed
    closer.join()


def test_a_program_that_fails_is_an_error_with_its_words(tmp_path, monkeypatch):
    program = tmp_path / "window"
    program.write_text("#!/bin/sh\necho nmscope: the display cannot be opened >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("NMSCOPE_PROGRAM", str(program))
    monkeypatch.setenv("DISPLAY", ":nowhere")
    with pytest.raises(nmscope.IoError, match="the display cannot be opened"):
        nmscope.show(np.ones((4, 4)))


def test_without_a_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(nmscope.UnsupportedError, match="there is no display"):
        nmscope.show(np.ones((4, 4)))


def test_without_a_program(monkeypatch, tmp_path):
    monkeypatch.setenv("DISPLAY", ":nowhere")
    monkeypatch.setenv("NMSCOPE_PROGRAM", str(tmp_path / "missing"))
    with pytest.raises(nmscope.UnsupportedError, match="NMSCOPE_PROGRAM"):
        nmscope.show(np.ones((4, 4)))
    monkeypatch.delenv("NMSCOPE_PROGRAM")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(program_of_the_window, "_OWN", tmp_path / "own")
    with pytest.raises(nmscope.UnsupportedError, match="not installed"):
        nmscope.show(np.ones((4, 4)))


def test_a_program_without_a_window_is_passed_over(monkeypatch, tmp_path):
    monkeypatch.delenv("NMSCOPE_PROGRAM", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(program_of_the_window, "_OWN", tmp_path / "own")
    for folder, says in (("without", "nmscope solve FILE"), ("with", "nmscope --attach ADDRESS")):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "nmscope"
        program.write_text(f"#!/bin/sh\necho {says}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'without'}:{tmp_path / 'with'}")
    assert find_program() == str(tmp_path / "with" / "nmscope")
    monkeypatch.setenv("PATH", str(tmp_path / "without"))
    with pytest.raises(nmscope.UnsupportedError, match="not installed"):
        find_program()


@pytest.mark.parametrize("address", [None, ":0"])
def test_the_real_window_attaches(address, weights, tmp_path):
    program = os.environ.get("NMS_PROGRAM", "")
    if not program or b"--attach" not in subprocess.run([program, "--help"], capture_output=True, check=False).stdout:
        pytest.skip("no program with a window: NMS_PROGRAM does not name one")
    if shutil.which("xvfb-run") is None:
        pytest.skip("no xvfb-run")
    picture = tmp_path / "picture.png"
    with served(weights, address, settings={"pattern": "2:4", "method": "exact"}) as server:
        options = ["--size", "800x600", "--view", "mask", "--run-to", "end", "--screenshot", str(picture)]
        done = subprocess.run(
            ["xvfb-run", "-a", "-s", "-screen 0 1000x800x24", program, "--attach", server.address, *options],
            env={**os.environ, "NMS_TOKEN": server.token},
            capture_output=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert server.token.encode() not in done.stdout + done.stderr
        waits_for(lambda: not server._windows)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_interpreter_ends_with_a_view_open(fake):
    script = "import nmscope, numpy as np; view = nmscope.show(np.ones((4, 4))); print(view._window._process.pid, view.address)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    pid, address = done.stdout.split()
    assert done.stderr == ""
    assert not Path(address[5:]).parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_a_forked_child_leaves_the_view_alone(weights):
    with nmscope.show(weights, address=":0") as view:
        child = os.fork()
        if child == 0:
            view.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        client = Client(view.address)
        assert client.hello(view.token)["type"] == "welcome"
        client.close()
