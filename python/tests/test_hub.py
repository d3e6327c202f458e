"""Models from a hub: a server in this process has the routes of Hugging Face's."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator, List

import pytest

import moesaic

from conftest import TEXT

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """One repository with one model."""

    asked: List[str] = []

    def do_GET(self) -> None:
        Hub.asked.append(self.path)
        model = TEXT.read_bytes()
        if self.path == "/api/models/some/model/revision/main":
            body = json.dumps({"sha": COMMIT, "siblings": [{"rfilename": "model.gguf"}]}).encode()
            self.send_response(200)
        elif self.path == f"/some/model/resolve/{COMMIT}/model.gguf":
            first, _, last = self.headers["Range"].partition("=")[2].partition("-")
            body = model[int(first) : int(last) + 1 if last else None]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{int(first) + len(body) - 1}/{len(model)}")
            self.send_header("ETag", f'"{hashlib.sha256(model).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
        else:
            body = b""
            self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the log would be between pytest's lines."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Hub.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    for name in ("HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    yield
    server.shutdown()
    server.server_close()


def test_a_model_comes_from_the_hub_once(
    hub: None, model: moesaic.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = moesaic.Model.from_pretrained("hf:some/model", threads=2, arithmetic="float32")
    assert fetched.generate("the", max_tokens=4, temperature=0) == model.generate("the", max_tokens=4, temperature=0)
    assert (tmp_path / "home/hub/models--some--model/snapshots" / COMMIT / "model.gguf").exists()
    asked = len(Hub.asked)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert moesaic.Model.from_pretrained("hf:some/model:model.gguf", threads=1).family == "qwen2"
    assert len(Hub.asked) == asked


def test_what_the_hub_does_not_have(hub: None) -> None:
    with pytest.raises(moesaic.IoError, match="check the spelling") as caught:
        moesaic.Model.from_pretrained("hf:some/other")
    assert caught.value.path == "hf:some/other"
    with pytest.raises(moesaic.UnsupportedError, match="it has model.gguf"):
        moesaic.Model.from_pretrained("hf:some/model:other.gguf")
