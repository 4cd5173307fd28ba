"""AWS's faults in our words, and what each says about whether a call was done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tagwright.errors import ProviderError
from tagwright.remediation.writers.protocol import PassingError, Reply
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["code_of", "reading", "sent", "sort_fault"]

_THROTTLES = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded",
    "RequestThrottled", "SlowDown", "TooManyRequestsException", "ConstraintViolationException",
}  # fmt: skip
_UNSURE = {
    "InternalServiceException", "InternalFailure", "InternalException", "InternalServerException",
    "ServerException", "ServiceUnavailable", "BaseException",
}  # fmt: skip
_PASSING = _THROTTLES | _UNSURE | {"PaginationTokenExpiredException"}
_CREDENTIALS = {
    "InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException",
    "SignatureDoesNotMatch",
}  # fmt: skip


def code_of(error: Any) -> str:
    """AWS's code of a ``ClientError``."""
    return clean(str(error.response.get("Error", {}).get("Code", "unknown")))


@contextmanager
def reading(what: str, permission: str) -> Iterator[None]:
    """Faults of calls that change nothing; no secret is in their words.

    Raises:
        PassingError: It may be tried again.
        ProviderError: It will fail again.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in _CREDENTIALS:
            raise _not_accepted(code) from None
        kind = PassingError if code in _PASSING or _status(error) >= 500 else ProviderError
        raise kind(
            f"AWS did not {what} ({code}).",
            hint=f"The applier needs {permission} (docs/reference/permissions.md).",
        ) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise _unreached(error) from None


def sent(arns: Sequence[str], call: Callable[[], dict[str, Any]]) -> Reply:
    """Make a call that writes, once, and say what it came to.

    Raises:
        ProviderError: The credentials cannot be used; nothing was done.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        ParamValidationError,
    )
    from botocore.parsers import ResponseParserError

    try:
        reply = call()
    except ClientError as error:
        code = code_of(error)
        if code in _CREDENTIALS:
            raise _not_accepted(code) from None
        said = str(error.response.get("Error", {}).get("Message", ""))
        return _sorted(arns, dict.fromkeys(arns, (code, _status(error), said)))
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        return Reply(busy=dict.fromkeys(arns, type(error).__name__))
    except ParamValidationError as error:
        why = shorten(" ".join(str(error).split()), 160)
        return Reply(failed=dict.fromkeys(arns, f"not sent: {why}"))
    except (BotoCoreError, ResponseParserError) as error:
        told = _unreached(error)
        if not isinstance(told, PassingError):
            raise told from None
        # The connection was lost, or what came back is not AWS's: it may have worked.
        return Reply(unsure=dict.fromkeys(arns, type(error).__name__))
    faults = {
        arn: (clean(str(f.get("ErrorCode", ""))), int(f.get("StatusCode", 0)),
              str(f.get("ErrorMessage", "")))
        for arn, f in reply.get("FailedResourcesMap", {}).items()
    }  # fmt: skip
    return _sorted(arns, faults)


def _sorted(arns: Sequence[str], faults: dict[str, tuple[str, int, str]]) -> Reply:
    reply = Reply(done=tuple(arn for arn in arns if arn not in faults))
    for arn, (code, status, said) in faults.items():
        kind = sort_fault(code, status)
        getattr(reply, kind)[arn] = f"{code}: {shorten(said, 160)}" if kind == "failed" else code
    return reply


def sort_fault(code: str, status: int) -> str:
    """Where in a :class:`Reply` an answer of AWS belongs: ``failed``, ``busy`` or ``unsure``."""
    if code in _THROTTLES:
        return "busy"
    return "unsure" if code in _UNSURE or status >= 500 else "failed"


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _not_accepted(code: str) -> ProviderError:
    return ProviderError(
        f"AWS did not accept the credentials ({code}).",
        hint="Renew them, or use the applier's role.",
    )


def _unreached(error: Exception) -> ProviderError:
    from botocore.exceptions import ConnectionError as UnconnectedError
    from botocore.exceptions import HTTPClientError, NoCredentialsError, PartialCredentialsError
    from botocore.parsers import ResponseParserError

    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return ProviderError(
            "There are no AWS credentials.",
            hint="Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    passes = isinstance(error, UnconnectedError | HTTPClientError | ResponseParserError)
    return (PassingError if passes else ProviderError)(
        f"AWS cannot be reached ({type(error).__name__}).",
        hint="Check the network, the region, and AWS_ENDPOINT_URL if it is set.",
    )
