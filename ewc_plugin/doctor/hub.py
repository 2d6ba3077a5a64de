"""Where will models come from, and with whose permission? Settings of the hubs; no token is shown."""

from pathlib import Path
from urllib.parse import urlsplit

from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import Finding, note, ok, problem

ON = ("1", "true", "yes", "y", "on")


def findings(case: Case) -> list[Finding]:
    return [*_which(case), *_offline(case), _token(case)]


def cache(case: Case) -> Path:
    """The folder that models are downloaded to: of Hugging Face, or of ModelScope where that is asked."""
    get = case.environ.get
    home = Path(get("HOME") or get("USERPROFILE") or "~").expanduser()
    if modelscope(case):
        return Path(get("MODELSCOPE_CACHE") or home / ".cache" / "modelscope")
    if given := get("HF_HUB_CACHE") or get("HUGGINGFACE_HUB_CACHE"):
        return Path(given)
    return hugging_face_home(case) / "hub"


def hugging_face_home(case: Case) -> Path:
    get = case.environ.get
    home = Path(get("HOME") or get("USERPROFILE") or "~").expanduser()
    return Path(get("HF_HOME") or Path(get("XDG_CACHE_HOME") or home / ".cache") / "huggingface")


def modelscope(case: Case) -> bool:
    return case.environ.get("USE_MODELSCOPE_HUB", "").lower() in ON


def offline(case: Case) -> bool:
    return any(case.environ.get(name, "").lower() in ON for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))


def _which(case: Case) -> list[Finding]:
    if modelscope(case):
        name = "names of models are ModelScope's there (LLM-Research/gemma-2-9b for google/gemma-2-9b)"
        return [ok(f"ModelScope (USE_MODELSCOPE_HUB), cache {cache(case)}; {name}")]
    endpoint = case.environ.get("HF_ENDPOINT", "")
    if not endpoint:
        return [ok(f"huggingface.co, cache {cache(case)}")]
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return [problem(f"HF_ENDPOINT={endpoint} is no address", "export HF_ENDPOINT=https://hf-mirror.com")]
    return [ok(f"{parts.scheme}://{parts.hostname} (HF_ENDPOINT), cache {cache(case)}")]  # a name or password stays out


def _offline(case: Case) -> list[Finding]:
    if not offline(case):
        return []
    return [note("HF_HUB_OFFLINE is set: only models that are in the cache can be loaded", "unset HF_HUB_OFFLINE")]


def _token(case: Case) -> Finding:
    """Whether there is one; it is neither read nor shown."""
    get = case.environ.get
    if modelscope(case):
        there = get("MODELSCOPE_API_TOKEN") or (cache(case).parent / "credentials").exists()
        return ok("a token is set") if there else note("no token: enough for open models")
    named = [name for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN") if get(name)]
    stored = Path(get("HF_TOKEN_PATH") or hugging_face_home(case) / "token")
    if named:
        return ok(f"a token is set ({named[0]})")
    if stored.is_file():
        return ok(f"a token is stored ({stored})")
    return note("no token: gated models (Gemma, Llama) need one and their licence accepted on the hub", "hf auth login")
