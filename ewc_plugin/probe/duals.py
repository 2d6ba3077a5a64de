"""What is a dual number x + εẋ in torch? Forward mode's pair of a value and its derivative, made and taken apart."""

from typing import Any, cast

from torch import Tensor
from torch.autograd import forward_ad


def dual(value: Tensor, tangent: Tensor) -> Tensor:
    return cast(Tensor, forward_ad.make_dual(value, tangent))  # type: ignore[no-untyped-call]


def primal(value: Tensor) -> Tensor:
    return cast(Tensor, parts(value)[0])


def parts(value: Any) -> tuple[Any, Tensor | None]:
    """x and ẋ, which is None where there is none, as with any plain number."""
    if not isinstance(value, Tensor):
        return value, None
    found = forward_ad.unpack_dual(value)  # type: ignore[no-untyped-call]
    return found.primal, found.tangent


def multiplied(left: Any, right: Any) -> Tensor:
    """Left · right; (x + εẋ) · y = xy + εẋy where only one of them is dual.

    torch's own formula for that asks Python for the shape of a zero derivative, which takes a millisecond.
    """
    (x, x_dot), (y, y_dot) = parts(left), parts(right)
    if (x_dot is None) == (y_dot is None):
        return left * right  # type: ignore[no-any-return]
    return dual(x * y, x * y_dot if x_dot is None else x_dot * y)
