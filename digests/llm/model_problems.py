"""Why a model's answer did not come or cannot be used, by code, with a sentence for an editor."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.text.messages import MessageCode


class ModelProblem(MessageCode):
    """Why there is no answer of the model."""

    TIMEOUT = (
        "model.timeout",
        ngettext_lazy(
            "The AI didn’t respond within {seconds} second", "The AI didn’t respond within {seconds} seconds", "seconds"
        ),
    )
    NOT_AN_ANSWER = "model.not_an_answer", _("The AI server sent an unreadable response")
    EMPTY = "model.empty", _("The AI server sent an empty response")
    CUT_OFF = "model.cut_off", _("The AI’s response was cut off")
    WRONG_FORMAT = "model.wrong_format", _("The AI’s response had the wrong format")
    REFUSED = "model.refused", _("The AI refused to respond")
    TOO_LONG = (
        "model.too_long",
        ngettext_lazy(
            "The AI’s response is too long (more than {limit} byte)",
            "The AI’s response is too long (more than {limit} bytes)",
            "limit",
        ),
    )
    PACKED = "model.packed", _("The AI server compressed its response, which we didn’t ask for")
    CERTIFICATE = "model.certificate", _("The certificate of the AI server {host} isn’t valid")
    NO_TLS = (
        "model.no_tls",
        _("Can’t make a secure (TLS) connection to the AI server {host}. Should the address start with http?"),
    )
    NO_HOST = "model.no_host", _("Can’t find the AI server {host} (DNS)")
    NOT_LISTENING = "model.not_listening", _("The AI server at {host} isn’t responding")
    BAD_ADDRESS = "model.bad_address", _("OPENAI_BASE_URL isn’t an http(s) address")
    BROKEN_OFF = "model.broken_off", _("The connection to the AI server was lost")
    KEY = "model.key", _("The AI server rejected the API key ({status})")
    QUOTA = "model.quota", _("The AI account’s quota is used up")
    BUSY = "model.busy", _("The AI server is overloaded ({status})")
    FAILED = "model.failed", _("The AI server had an error ({status})")
    UNKNOWN_MODEL = "model.unknown_model", _("The AI server has no model {model} ({status})")
    NO_SERVER = "model.no_server", _("There is no AI server at OPENAI_BASE_URL ({status})")
    INPUT_TOO_LONG = "model.input_too_long", _("The request is too long for the AI ({status})")
    NO_JSON = "model.no_json", _("The AI server supports no kind of JSON responses")
    REJECTED = "model.rejected", _("The AI server rejected the request ({status})")
    REJECTED_BECAUSE = "model.rejected_because", _("The AI server rejected the request ({status}): {said}")
    SEVERAL_TIMES = "model.several_times", ngettext_lazy("{reason} ({count} time)", "{reason} ({count} times)", "count")
    NOT_SET_UP = "model.not_set_up", _("No AI is set up")
    STOPPED = "model.stopped", _("The AI was stopped: {reason}")
    FAILURES = (
        "model.failures",
        ngettext_lazy(
            "{count} failure in a row. Last one: {reason}", "{count} failures in a row. Last one: {reason}", "count"
        ),
    )
    TIME_USED_UP = "model.time_used_up", _("The time limit of {seconds} seconds per issue was reached")
    MONEY_USED_UP = "model.money_used_up", _("This issue’s budget of {limit} was reached ({spent} spent)")
    NO_PROMPT = "model.no_prompt", _("Prompt file not found: {file}")
    UNREADABLE_PROMPT = "model.unreadable_prompt", _("Can’t read prompt file: {file} ({kind})")
    INCOMPLETE_PROMPT = "model.incomplete_prompt", _("The prompt file doesn’t use {names}")
    UNKNOWN_PROMPT_PLACE = "model.unknown_prompt_place", _("The prompt file {file} uses {names}, which has no value")
