"""What an expansion would ask: requests, tokens, cost and time by rule of thumb, and one prompt as it would be sent."""

from __future__ import annotations

from collections.abc import Sequence

from converters.columns import aligned
from converters.expansion.contract import Passage, Request
from converters.expansion.plan import Forecast, Plan
from converters.expansion.session import Terms


def told(plan: Plan, passages: Sequence[Passage], forecast: Forecast, terms: Terms) -> str:
    prices = terms.prices
    rows = [("task", "prompt", "items a passage", "requests")]
    for wanted in plan.wanted:
        number = forecast.requests[wanted.task.name]
        rows.append((wanted.task.name, wanted.prompt.version, str(wanted.items), f"{number:,}"))
    total = sum(forecast.requests.values())
    lines = aligned(rows)
    lines.append(
        f"{total:,} requests; about {forecast.prompt:,.0f} tokens of prompts and {forecast.completion:,.0f} of answers"
    )
    if prices.prompt or prices.completion:
        lines.append(f"about {prices.of(forecast.prompt, forecast.completion):,.2f} at these prices")
    if minutes := _minutes(total, forecast, terms):
        lines.append(f"at least {minutes:,.0f} minutes within the limits")
    lines += _example(next(plan.requests(passages), None))
    return "\n".join([*lines, "nothing was asked (--dry-run)"])


def _minutes(total: int, forecast: Forecast, terms: Terms) -> float:
    by_requests = total / terms.requests if terms.requests else 0.0
    by_tokens = (forecast.prompt + forecast.completion) / terms.tokens if terms.tokens else 0.0
    return max(by_requests, by_tokens)


def _example(request: Request | None) -> list[str]:
    if request is None:
        return ["no task suits these passages"]
    parts = [f"--- {message['role']}\n{message['content']}" for message in request.messages]
    return ["the first request:", *parts, "---"]
