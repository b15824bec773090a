"""Why a source could not be fetched or read, by code, with a sentence for an editor."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.text.messages import MessageCode


class FetchProblem(MessageCode):
    """Why no document came from an address."""

    STATUS = "fetch.status", _("The server responded with {status}")
    TIMEOUT = (
        "fetch.timeout",
        ngettext_lazy("Timed out after {seconds} second", "Timed out after {seconds} seconds", "seconds"),
    )
    REDIRECTS = "fetch.redirects", _("Too many redirects (more than {limit})")
    TOO_LARGE = (
        "fetch.too_large",
        ngettext_lazy("The document is larger than {limit} byte", "The document is larger than {limit} bytes", "limit"),
    )
    TOO_LARGE_UNPACKED = (
        "fetch.too_large_unpacked",
        ngettext_lazy(
            "The document is larger than {limit} byte when unpacked",
            "The document is larger than {limit} bytes when unpacked",
            "limit",
        ),
    )
    DAMAGED = "fetch.damaged", _("The compressed response is damaged")
    CUT_OFF = "fetch.cut_off", _("The compressed response is incomplete")
    MANY_MEMBERS = "fetch.many_members", _("The compressed response has too many parts (more than {limit})")
    MANY_LAYERS = "fetch.many_layers", _("The response is compressed too many times (more than {limit})")
    ENCODING = "fetch.encoding", _("The response is compressed in an unknown way: {encoding}")
    CERTIFICATE = "fetch.certificate", _("The certificate of {host} isn’t valid: {why}")
    TLS = "fetch.tls", _("Can’t make a secure (TLS) connection to {host}: {why}")
    NO_TLS = "fetch.no_tls", _("Can’t make a secure (TLS) connection to {host}")
    REFUSED = "fetch.refused", _("{host} refused the connection on port {port}")
    BROKEN_OFF = "fetch.broken_off", _("{host} closed the connection, or isn’t an HTTP server")
    NO_CONNECTION = "fetch.no_connection", _("Can’t connect to {host}: {why}")
    UNREADABLE = "fetch.unreadable", _("The response of {host} can’t be read")
    BAD_ADDRESS = "fetch.bad_address", _("This address can’t be fetched. Enter an http or https address: {address}")
    PRIVATE = "fetch.private", _("{host} is on a private network ({ip}). To allow it, set FETCH_ALLOW_PRIVATE=1")
    NO_HOST = "fetch.no_host", _("Host not found: {host}")


class ParseProblem(MessageCode):
    """Why a document has no entries to read."""

    EMPTY = "parse.empty", _("The document is empty")
    WEB_PAGE = "parse.web_page", _("This is a web page, not a feed. Change the type to “Web page” and add selectors")
    NOT_XML_OR_JSON = "parse.not_xml_or_json", _("This isn’t a feed: it is neither XML nor JSON")
    OTHER_XML = "parse.other_xml", _("This isn’t a feed: the XML begins with <{element}>")
    NO_FEED = "parse.no_feed", _("This isn’t a feed: the XML is neither RSS, Atom nor RDF")
    NO_ITEMS = "parse.no_items", _("This isn’t a feed: the JSON has no list of items")
    NO_ITEMS_BUT = "parse.no_items_but", _("This isn’t a feed. The server says: {said}")
    BROKEN_JSON = "parse.broken_json", _("The JSON is damaged")
    NO_PAPERS = "parse.no_papers", _("This isn’t a response of the daily papers API")
    NO_PAPERS_BUT = "parse.no_papers_but", _("This isn’t a response of the daily papers API. The server says: {said}")
    UNREADABLE = "parse.unreadable", _("The feed can’t be read ({kind})")
    NO_ENTRIES = "parse.no_entries", _("The feed is damaged, so no entries could be read")
    BROKEN_XML = "parse.broken_xml", _("The XML is damaged and couldn’t be repaired")
    REFERENCES = "parse.references", _("The XML has too many ampersands (more than {limit})")
    ATTRIBUTES = "parse.attributes", _("An element of the XML has too many attributes (more than {limit})")
    DEPTH = "parse.depth", _("The XML is nested too deep (more than {limit})")
    ELEMENTS = "parse.elements", _("The XML has too many elements (more than {limit})")
    LONG_NAME = (
        "parse.long_name",
        ngettext_lazy(
            "The feed has a name that is too long (more than {limit} letter)",
            "The feed has a name that is too long (more than {limit} letters)",
            "limit",
        ),
    )
    NO_TITLE_SELECTOR = "parse.no_title_selector", _("Web pages need a “title” selector")
    NOTHING_FOUND = "parse.nothing_found", _("The “title” selector finds nothing on the page: {css}")
    UNKNOWN_SELECTOR = "parse.unknown_selector", _("There is no selector {name}. You can use: {known}")
    SELECTOR_NO_TEXT = "parse.selector_no_text", _("The selector {name} must be text")
    NOT_CSS = "parse.not_css", _("The selector {name} isn’t valid CSS: {css} ({why})")
    NO_HTML = "parse.no_html", _("The page has no HTML")
