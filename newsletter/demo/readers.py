"""The demo's twelve readers, with different choices, languages and states; they sign up as any reader does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoReader:
    """A reader of the demo: the chosen categories of a publication, and what happens to the subscription."""

    name: str
    publication: str
    categories: tuple[str, ...]  # slugs; empty means all
    language: str = "ko"
    note: str = ""  # "", "unconfirmed", "unsubscribed" or "paused"

    @property
    def email(self) -> str:
        """The reader's address, in a domain that is reserved for examples (RFC 2606)."""
        return f"{self.name}@example.org"


READERS = [
    DemoReader("minji", "papers", ("llm", "multimodal")),
    DemoReader("junho", "papers", ("computer-vision", "robotics", "video-generation")),
    DemoReader("seoyeon", "papers", ()),
    DemoReader("doyun", "papers", ("ai-security", "ai-alignment", "ml-ethics")),
    DemoReader("haeun", "papers", ("tabular",), note="no chosen category in this issue"),
    DemoReader("jiwoo", "papers", ("llm",), note="unconfirmed"),
    DemoReader("sujin", "papers", ("llm", "computer-vision"), note="unsubscribed"),
    DemoReader("yejun", "papers", ("nlp", "audio"), note="paused"),
    DemoReader("eunji", "news", ()),
    DemoReader("taeho", "news", ("ai-business", "ai-policy")),
    DemoReader("alice", "papers-en", ("llm", "reinforcement-learning"), language="en"),
    DemoReader("bob", "papers-en", (), language="en"),
]
