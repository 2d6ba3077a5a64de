"""Will a server ask the model as it was trained? Its chat template beside the template of training, token by token.

`llamafactory-cli chat` and `api` use the template that they are told; vLLM and transformers use the chat template that
lies with the tokenizer, which may be the base model's own and put other words around a question.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TRAINED = "chat_template_trained.jinja"
QUESTION, ANSWER = (
    {"role": "user", "content": "你好，请问今天天气怎么样？"},
    {"role": "assistant", "content": "今天晴。"},
)
SYSTEM = {"role": "system", "content": "请用一句话回答。"}
CONVERSATIONS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "one turn": (QUESTION,),
    "two turns": (QUESTION, ANSWER, {"role": "user", "content": "那么明天呢？\n要带伞吗？"}),
    "a system message": (SYSTEM, QUESTION),
}


@dataclass(frozen=True)
class Compared:
    """`differing`: conversation → what is different. `remedy`: a file with a chat template that does agree."""

    differing: Mapping[str, str]
    remedy: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        if not self.differing:
            return (
                "the chat template beside the tokenizer gives the prompts of training, token by token "
                f"({', '.join(CONVERSATIONS)})"
            )
        told = "; ".join(f"{name}: {what}" for name, what in self.differing.items())
        return (
            "WARNING: the chat template beside the tokenizer does NOT give the prompts that the model was trained "
            f"with, so vLLM and transformers would ask it otherwise ({told}). "
            + (
                f"Serve it with --chat-template {self.remedy}, which does."
                if self.remedy
                else "Serve it with llamafactory-cli api and the template of training."
            )
        )


def from_json(found: Mapping[str, Any]) -> Compared:
    return Compared(dict(found.get("differing") or {}), found.get("remedy"))


def compare(template: Any, tokenizer: Any, folder: Path) -> Compared:
    """The host's template beside the tokenizer's; where the host can write one that agrees, it is put into `folder`."""
    differing = differences(template, tokenizer, tokenizer.chat_template)
    if not differing:
        (folder / TRAINED).unlink(missing_ok=True)
        return Compared(differing)
    better = _of_training(template, tokenizer)
    if better is None or differences(template, tokenizer, better):
        return Compared(differing)
    (folder / TRAINED).write_text(better, encoding="utf-8")
    return Compared(differing, TRAINED)


def differences(template: Any, tokenizer: Any, chat_template: str | None) -> dict[str, str]:
    """Conversation → the first difference; empty where every prompt is the same."""
    if not isinstance(chat_template, str):
        return {"every conversation": "the tokenizer has no chat template"}
    found = {name: _difference(template, tokenizer, chat_template, turns) for name, turns in CONVERSATIONS.items()}
    return {name: what for name, what in found.items() if what}


def _difference(template: Any, tokenizer: Any, chat_template: str, turns: Sequence[Mapping[str, str]]) -> str:
    turns = [dict(turn) for turn in turns]
    system = turns[0]["content"] if turns[0]["role"] == "system" else None
    trained = template.encode_oneturn(tokenizer, [*turns[system is not None :], dict(ANSWER)], system)[0]
    try:
        text = tokenizer.apply_chat_template(
            turns, chat_template=chat_template, tokenize=False, add_generation_prompt=True
        )
    except Exception as problem:  # a chat template may refuse what it likes, with whatever error it likes
        return f"refused ({problem})"
    served = tokenizer.encode(text, add_special_tokens=False)
    if served == trained:
        return ""
    shared = next((i for i, (a, b) in enumerate(zip(trained, served, strict=False)) if a != b), None)
    place = min(len(trained), len(served)) if shared is None else shared
    return f"trained {_shown(tokenizer, trained, place)}, served {_shown(tokenizer, served, place)}"


def _shown(tokenizer: Any, ids: Sequence[int], place: int) -> str:
    """A few tokens from where two prompts part, with what is before them left out."""
    piece = tokenizer.decode(ids[place : place + 8])
    return ("…" if place else "") + repr(piece)


def _of_training(template: Any, tokenizer: Any) -> str | None:
    """The host's own rendering of its template as a chat template; it cannot write every one."""
    make: Callable[[Any], str] = template._get_jinja_template
    try:
        return make(tokenizer)
    except ValueError:
        return None
