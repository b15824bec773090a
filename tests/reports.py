"""A Markdown report as an old archive holds them, written for the tests."""

from digests.interchange.markdown_reader import MarkdownReport, parse_report

TITLE = "# Daily Artificial Intelligence Insights : Papers![Category Distribution Graph](paper_2024-12-02.png)"

# Written in the layout of the old archive, with its oddities: a model's own headings and marks, spaces at line ends,
# lines of spaces, a heading without emoji, a source printed twice, parentheses and colons in titles and links.
ARCHIVE = (
    TITLE
    + """

## ☀️ Computer Vision

**요약:**

## 요약 보고서

**제목:** 첫째 글\x20
\x20\x20\x20
**요약:**

1. **주제**
   - 두 줄\t

**출처:** 본문 안의 말

**출처:**

 - Deep Residual Learning for Image Recognition (http://arxiv.org/abs/1512.03385v1)
 - Going (Much) Deeper: A Study  (of Depth) (https://papers.example/d/12/going-(much)-deeper:-a-study)


## Open Domain  Reasoning\x20

**요약:**


제목: '한 칸 아래'

**출처:**

 - Deep Residual Learning for Image Recognition (http://arxiv.org/abs/1512.03385v1)


"""
)


def parse_example(text: str = ARCHIVE, **changes: str) -> MarkdownReport:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return parse_report(text)
