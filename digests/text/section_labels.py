"""Headings and set phrases of a section, per language. Pure.

Not here: the layout that uses them (`templates/digests/section.md`). A language without an entry gets English labels.
"""

import re

# The names of the labels, in the order in which each language lists its texts.
_LABEL_NAMES = (
    *("themes", "keywords_and_trends", "common_keywords", "points", "impact", "outlook", "impact_and_outlook"),
    *("keywords", "single", "single_text", "quoted", "titles"),
)
_LABELS = {
    "ko": (
        *(
            "주요 주제",
            "공통 키워드와 동향",
            "공통 키워드",
            "핵심 내용",
            "영향",
            "결론과 전망",
            "영향과 전망",
            "키워드:",
        ),
        *("단일 항목이라 동향은 싣지 않습니다.", "본문이 있는 항목이 하나뿐이라 동향은 싣지 않습니다."),
        *("원문에서 핵심 문장을 한 문장씩 그대로 옮겼습니다.", "본문이 짧거나 없어 제목만 전합니다."),
    ),
    "en": (
        *("Themes", "Keywords and trends", "Common keywords", "Key points", "Impact", "Conclusion and outlook"),
        *("Impact and outlook", "Keywords:"),
        *("A single item shows no trend.", "One item with a text shows no trend."),
        *("Key sentences, one per source, word for word.", "The sources bring no text to speak of: titles only."),
    ),
    "de": (
        *("Themen", "Stichworte und Trends", "Gemeinsame Stichworte", "Kernpunkte", "Bedeutung", "Fazit und Ausblick"),
        *("Bedeutung und Ausblick", "Stichworte:"),
        *("Ein einzelner Beitrag zeigt keinen Trend.", "Nur ein Beitrag mit Text zeigt keinen Trend."),
        *("Kernsätze, einer je Quelle, im Wortlaut.", "Die Quellen bieten kaum Text: nur die Titel."),
    ),
    "fr": (
        *(
            "Thèmes",
            "Mots-clés et tendances",
            "Mots-clés communs",
            "Points clés",
            "Portée",
            "Conclusion et perspectives",
        ),
        *("Portée et perspectives", "Mots-clés :"),
        *("Un seul article ne montre pas de tendance.", "Un seul article avec texte ne montre pas de tendance."),
        *("Phrases clés, une par source, mot pour mot.", "Les sources ne donnent guère de texte : titres seuls."),
    ),
    "es": (
        *("Temas", "Palabras clave y tendencias", "Palabras clave comunes", "Puntos clave", "Impacto"),
        *("Conclusión y perspectivas", "Impacto y perspectivas", "Palabras clave:"),
        *("Un solo artículo no muestra una tendencia.", "Un solo artículo con texto no muestra una tendencia."),
        *("Frases clave, una por fuente, textuales.", "Las fuentes apenas traen texto: solo los títulos."),
    ),
    "pt": (
        *("Temas", "Palavras-chave e tendências", "Palavras-chave comuns", "Pontos principais", "Impacto"),
        *("Conclusão e perspectivas", "Impacto e perspectivas", "Palavras-chave:"),
        *("Um único item não mostra uma tendência.", "Um único item com texto não mostra uma tendência."),
        *("Frases-chave, uma por fonte, palavra por palavra.", "As fontes quase não trazem texto: só os títulos."),
    ),
    "it": (
        *("Temi", "Parole chiave e tendenze", "Parole chiave comuni", "Punti chiave", "Impatto"),
        *("Conclusioni e prospettive", "Impatto e prospettive", "Parole chiave:"),
        *("Un solo articolo non mostra una tendenza.", "Un solo articolo con testo non mostra una tendenza."),
        *("Frasi chiave, una per fonte, parola per parola.", "Le fonti non offrono quasi testo: solo i titoli."),
    ),
    "nl": (
        *("Thema's", "Trefwoorden en trends", "Gemeenschappelijke trefwoorden", "Kernpunten", "Betekenis"),
        *("Conclusie en vooruitblik", "Betekenis en vooruitblik", "Trefwoorden:"),
        *("Eén bericht laat geen trend zien.", "Eén bericht met tekst laat geen trend zien."),
        *("Kernzinnen, één per bron, woordelijk.", "De bronnen bieden nauwelijks tekst: alleen titels."),
    ),
    "ja": (
        *("主なテーマ", "共通キーワードと動向", "共通キーワード", "要点", "影響", "まとめと展望", "影響と展望"),
        *("キーワード:", "記事が1件のため、動向は掲載しません。", "本文のある記事が1件のため、動向は掲載しません。"),
        *("各出典から要点となる一文をそのまま引用しています。", "本文がほとんどないため、タイトルのみ掲載します。"),
    ),
    "zh": (
        *("主要主题", "共同关键词与趋势", "共同关键词", "要点", "影响", "结论与展望", "影响与展望"),
        *("关键词:", "仅有一篇,不谈趋势。", "仅有一篇附有正文,不谈趋势。"),
        *("每个来源各摘一句要点,原文照录。", "来源几乎没有正文,仅列标题。"),
    ),
}
# The gates' name of the part below each heading. "keywords" is not one: a single item's keywords are a line of the first part.
_PARTS_BY_LABEL = {
    "themes": "themes",
    "keywords_and_trends": "trends",
    "common_keywords": "keywords",
    "points": "points",
    "impact": "impact",
    "outlook": "outlook",
    "impact_and_outlook": "impact",
}


def get_section_labels(language: str) -> dict[str, str]:
    """Return the labels of a section by name, for a language tag; of ko-KR only ko counts."""
    base = re.sub("[^a-z].*", "", language.lower())
    return dict(zip(_LABEL_NAMES, _LABELS.get(base, _LABELS["en"]), strict=True))


def get_parts_by_heading() -> dict[str, str]:
    """Return the part that each heading stands above, for the case-folded headings of all languages."""
    return {
        get_section_labels(language)[name].casefold(): part
        for language in _LABELS
        for name, part in _PARTS_BY_LABEL.items()
    }


def get_extraction_notices() -> frozenset[str]:
    """Return the sentences, of all languages, which say that a section was extracted from its sources."""
    return frozenset(get_section_labels(language)[name] for language in _LABELS for name in ("quoted", "titles"))
