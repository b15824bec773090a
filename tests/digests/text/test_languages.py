"""Publications in other languages: a correct section passes the gates, faults are found, headings are translated."""

from typing import Any

import pytest

from digests.quality.gates import check_section_parts, check_section_text, filter_blocking_findings
from digests.text.evidence import list_evidence
from digests.text.numbers import find_amounts
from digests.text.section_labels import get_section_labels
from digests.text.section_schema import (
    SectionAnswer,
    SourceMaterial,
    render_extracted_section,
    render_written_section,
)
from tests.answers import make_answer

RABBIT = SourceMaterial(
    1,
    "RabbitNet: Fast Detectors for Drones",
    "https://arxiv.org/abs/2505.00001",
    "Detectors are slow and die out. We propose RabbitNet, an anchor-free detector with 1.5B parameters for drones. "
    "RabbitNet reaches 91.2% accuracy on DroneBench with 3,971 images, 4.5 points above GPT-4o, and needs 30 ms.",
)
TURTLE = SourceMaterial(
    2,
    "TurtleMap: Patient Mapping of Caves",
    "https://arxiv.org/abs/2505.00002",
    "Caves are dark. We present TurtleMap, a lidar pipeline for caves that runs 10M points on a CPU. TurtleMap maps two "
    "caves in 48 hours and halves the drift of SlamNext; the system is a model of patience.",
)
ITEMS = [RABBIT, TURTLE]

# themes, trends, point 1, point 2, impact, outlook; numbers as the language writes them, or as the source does.
SECTIONS: dict[str, list[str]] = {
    language: text.strip().split("\n")
    for language, text in {
        "de": """
Größere Übersicht für Drohnen und präzise Karten von Höhlen.
Beide Arbeiten setzen auf günstige Geräte, die sich vor Ort bewähren müssen.
RabbitNet ist ein ankerfreier Detektor (anchor-free detector) mit 1,5 Milliarden Parametern; er erreicht auf DroneBench mit 3.971 Bildern eine Genauigkeit von 91,2 % und schlägt GPT-4o-Systeme um 4,5 Punkte.
Das System TurtleMap zeichnet zwei Höhlen in 48 Stunden auf und verarbeitet 10 Mio. Punkte auf einer CPU; die Drift von SlamNext wird halbiert.
Rettungskräfte können damit auch bei schlechter Sicht fliegen und über Funk Karten übertragen.
Offen bleibt, wie sich die Modelle in größeren Höhlen verhalten.
""",
        "fr": """
Des détecteurs rapides pour les drones et des cartes précises de grottes.
Les deux travaux misent sur du matériel léger, déjà éprouvé sur le terrain.
RabbitNet, un détecteur sans ancres (anchor-free detector) de 1,5 milliard de paramètres, atteint 91,2 % sur DroneBench avec 3 971 images, soit 4,5 points de plus que GPT-4o.
TurtleMap cartographie deux grottes en 48 heures et traite 10 millions de points sur un CPU, où la dérive de SlamNext est réduite de moitié.
Les équipes de secours pourront voler et cartographier avec moins d'équipement.
Reste à vérifier le comportement dans de plus grandes grottes, où la lumière manque.
""",
        "es": """
Detectores rápidos para drones y mapas detallados de cuevas.
Ambos trabajos apuestan por equipos ligeros que funcionan también fuera del laboratorio.
RabbitNet es un detector sin anclas (anchor-free detector) de 1.5B de parámetros que alcanza un 91,2 % en DroneBench con 3.971 imágenes, 4,5 puntos más que GPT-4o.
TurtleMap traza dos cuevas en 48 horas y procesa 10 millones de puntos en una CPU; además reduce a la mitad la deriva de SlamNext.
Los equipos de rescate podrán volar y cartografiar con menos material.
Aún falta comprobar cómo se comporta en cuevas más grandes.
""",
        "pt": """
Detectores rápidos para drones e mapas de cavernas.
Os dois trabalhos apostam em equipamentos leves, que já não dependem do laboratório.
O RabbitNet é um detector sem âncoras (anchor-free detector) com 1,5 bilhão de parâmetros e alcança 91,2% no DroneBench com 3.971 imagens.
O TurtleMap mapeia duas cavernas em 48 horas e processa 10 milhões de pontos em uma CPU.
As equipes de resgate poderão voar e mapear com menos equipamento.
Ainda não se sabe como o sistema se comporta em cavernas maiores.
""",
        "it": """
Rilevatori veloci per i droni e mappe precise delle grotte.
Entrambi i lavori puntano su apparecchi leggeri, già provati sul campo.
RabbitNet è un rilevatore senza ancore (anchor-free detector) con 1,5 miliardi di parametri e raggiunge il 91,2% su DroneBench con 3.971 immagini.
TurtleMap disegna due grotte in 48 ore ed elabora 10 milioni di punti su una CPU.
Le squadre di soccorso potranno volare e mappare con meno attrezzature.
Resta da verificare la qualità in grotte più grandi.
""",
        "nl": """
Snelle detectoren voor drones en kaarten van grotten.
Beide werken zetten in op lichte apparatuur die zich in het veld al bewezen heeft, zoals één lidar.
RabbitNet is een detector zonder ankers (anchor-free detector) met 1,5 miljard parameters en haalt 91,2% op DroneBench met 3.971 beelden.
TurtleMap brengt twee grotten in 48 uur in kaart en verwerkt 10 miljoen punten op een CPU.
Reddingsteams kunnen met minder materiaal vliegen en kaarten maken.
Hoe het model zich in grotere grotten gedraagt, is nog niet geëvalueerd.
""",
        "pl": """
Szybkie detektory dla dronów i dokładne mapy jaskiń.
Obie prace stawiają na lekki sprzęt, który sprawdza się również w terenie.
RabbitNet to detektor bez kotwic (anchor-free detector) o 1,5 miliarda parametrów, który osiąga 91,2% na DroneBench przy 3 971 obrazach.
TurtleMap tworzy mapy dwóch jaskiń w 48 godzin i przetwarza 10 mln punktów na CPU.
Zespoły ratownicze będą mogły latać i sporządzać mapy z mniejszą ilością sprzętu.
Nie wiadomo jeszcze, jak system zachowuje się w większych jaskiniach.
""",
        "vi": """
Bộ phát hiện nhanh cho máy bay không người lái và bản đồ hang động.
Cả hai công trình đều dùng thiết bị nhẹ, đã được thử nghiệm ngoài thực địa.
RabbitNet là bộ phát hiện không dùng neo (anchor-free detector) với 1,5 tỷ tham số, đạt 91,2% trên DroneBench với 3.971 ảnh.
TurtleMap lập bản đồ hai hang động trong 48 giờ và xử lý 10 triệu điểm trên một CPU.
Các đội cứu hộ có thể bay và lập bản đồ với ít thiết bị hơn.
Vẫn chưa rõ hệ thống hoạt động thế nào trong những hang lớn hơn.
""",
        "sv": """
Snabba detektorer för drönare och kartor över grottor.
Båda arbetena satsar på lätt utrustning som redan fungerar i fält.
RabbitNet är en detektor utan ankare (anchor-free detector) med 1,5 miljarder parametrar och når 91,2 % på DroneBench med 3 971 bilder.
TurtleMap kartlägger två grottor på 48 timmar och behandlar 10 miljoner punkter på en CPU.
Räddningslag kan flyga och rita kartor med mindre utrustning.
Hur systemet beter sig i större grottor återstår att se.
""",
        "ja": """
ドローンの検出器と洞窟の地図作りを紹介します。
どちらも軽い機材を現場で使うことを目指しています。
RabbitNetはアンカーを使わない検出器(anchor-free detector)で、DroneBenchで91.2%の精度を得ました。
TurtleMapはライダー(lidar)で洞窟の地図を描き、CPUで10M個の点を扱います。
救助の現場で機材を減らすことができます。
より大きな洞窟での確認が残っています。
""",
        "zh": """
介绍无人机检测器和洞穴测绘两项研究。
两项工作都希望用轻便的设备在现场使用。
RabbitNet是一种无锚点检测器(anchor-free detector),在DroneBench上的准确率达到91.2%。
TurtleMap用激光雷达(lidar)绘制洞穴地图,在CPU上处理10M个点。
救援队可以用更少的设备飞行和测绘。
在更大的洞穴中的表现仍有待验证。
""",
        "tr": """
İnsansız uçaklar için hızlı dedektörler ve mağara haritaları.
İki çalışma da sahada denenmiş hafif cihazlara güveniyor.
RabbitNet, 1.5B parametreli çapasız bir dedektör (anchor-free detector) ve DroneBench üzerinde 3.971 görüntüyle %91,2 doğruluğa ulaşıyor.
TurtleMap iki mağaranın haritasını 48 saatte çıkarıyor ve bir CPU üzerinde 10M noktayı işliyor.
Kurtarma ekipleri daha az donanımla uçup harita çıkarabilir.
Daha büyük mağaralarda nasıl çalıştığı henüz bilinmiyor.
""",
        "ru": """
Быстрые детекторы для дронов и точные карты пещер.
Обе работы делают ставку на лёгкое оборудование, проверенное в поле.
RabbitNet — детектор без якорей (anchor-free detector) с 1,5 млрд параметров; на DroneBench он достигает 91,2 % на 3 971 снимке.
TurtleMap составляет карты двух пещер за 48 часов и обрабатывает 10 млн точек на CPU.
Спасатели смогут летать и составлять карты с меньшим оборудованием.
Пока неясно, как система поведёт себя в пещерах побольше.
""",
        "uk": """
Швидкі детектори для дронів і точні карти печер.
Обидві роботи роблять ставку на легке обладнання, перевірене в полі.
RabbitNet — детектор без якорів (anchor-free detector) з 1,5 млрд параметрів; на DroneBench він досягає 91,2 % на 3 971 знімку.
TurtleMap складає карти двох печер за 48 годин і обробляє 10 млн точок на CPU.
Рятувальники зможуть літати й складати карти з меншим обладнанням.
Поки неясно, як система поведеться в більших печерах.
""",
        "el": """
Γρήγοροι ανιχνευτές για drones και ακριβείς χάρτες σπηλαίων.
Και οι δύο εργασίες ποντάρουν σε ελαφρύ εξοπλισμό που δοκιμάστηκε στο πεδίο.
Το RabbitNet είναι ανιχνευτής χωρίς άγκυρες (anchor-free detector) με 1.5B παραμέτρους και φτάνει το 91,2% στο DroneBench με 3.971 εικόνες.
Το TurtleMap χαρτογραφεί δύο σπήλαια σε 48 ώρες και επεξεργάζεται 10M σημεία σε μία CPU.
Οι διασώστες θα μπορούν να πετούν και να χαρτογραφούν με λιγότερο εξοπλισμό.
Μένει να φανεί πώς λειτουργεί σε μεγαλύτερα σπήλαια.
""",
        "ar": """
كاشفات سريعة للطائرات المسيّرة وخرائط دقيقة للكهوف.
يعتمد العملان على أجهزة خفيفة جُرّبت في الميدان.
يقترح RabbitNet كاشفا بلا مراسٍ (anchor-free detector) بحجم 1.5B من المعاملات، ويبلغ 91.2% على DroneBench.
يرسم TurtleMap خرائط كهفين في 48 ساعة ويعالج 10M نقطة على CPU.
يمكن لفرق الإنقاذ أن تطير وترسم الخرائط بمعدات أقل.
هل يعمل النظام كذلك في الكهوف الأكبر؟
""",
        "he": """
גלאים מהירים לרחפנים ומפות מדויקות של מערות.
שתי העבודות מסתמכות על ציוד קל שנוסה בשטח.
RabbitNet הוא גלאי ללא עוגנים (anchor-free detector) עם 1.5B פרמטרים, והוא מגיע ל-91.2% ב-DroneBench.
TurtleMap ממפה שתי מערות בתוך 48 שעות ומעבד 10M נקודות על CPU.
צוותי חילוץ יוכלו לטוס ולמפות עם פחות ציוד.
עדיין לא ברור איך המערכת תפעל במערות גדולות יותר.
""",
        "hi": """
ड्रोन के लिए तेज़ डिटेक्टर और गुफाओं के सटीक नक्शे।
दोनों काम हल्के उपकरणों पर भरोसा करते हैं जिन्हें मैदान में परखा गया है।
RabbitNet बिना एंकर वाला डिटेक्टर (anchor-free detector) है जिसमें 1.5B पैरामीटर हैं और जो DroneBench पर 91.2% तक पहुँचता है।
TurtleMap दो गुफाओं का नक्शा 48 घंटे में बनाता है और CPU पर 10M बिंदुओं को संभालता है।
बचाव दल कम उपकरणों के साथ उड़ान भर सकेंगे और नक्शे बना सकेंगे।
बड़ी गुफाओं में यह कैसे काम करेगा, यह अभी साफ़ नहीं है।
""",
        "th": """
ตัวตรวจจับที่รวดเร็วสำหรับโดรนและแผนที่ถ้ำที่แม่นยำ
งานทั้งสองใช้อุปกรณ์น้ำหนักเบาที่ผ่านการทดสอบภาคสนามแล้ว
RabbitNet เป็นตัวตรวจจับแบบไม่ใช้สมอ (anchor-free detector) ขนาด 1.5B พารามิเตอร์ และทำได้ 91.2% บน DroneBench
TurtleMap ทำแผนที่ถ้ำสองแห่งใน 48 ชั่วโมง และประมวลผล 10M จุดบน CPU เครื่องเดียวได้
ทีมกู้ภัยจะบินและทำแผนที่ได้ด้วยอุปกรณ์ที่น้อยลง
ยังไม่ชัดเจนว่าระบบจะทำงานอย่างไรในถ้ำที่ใหญ่กว่านี้
""",
    }.items()
}


def section(language: str, **changes: str) -> SectionAnswer:
    names = ("themes", "trends", "first", "second", "impact", "outlook")
    parts = dict(zip(names, SECTIONS[language], strict=True)) | changes
    points: list[dict[str, Any]] = [
        {"number": 1, "text": parts.pop("first")},
        {"number": 2, "text": parts.pop("second")},
    ]
    return make_answer({**parts, "keywords": ["lidar", "RabbitNet"], "points": points}, ITEMS)


def found(language: str, **changes: str) -> list[tuple[str, str, str]]:
    return [
        (one.gate, one.weight, one.part) for one in check_section_parts(section(language, **changes), ITEMS, language)
    ]


@pytest.mark.parametrize("language", list(SECTIONS))
def test_a_flawless_section_passes_in_its_language(language):
    answer = section(language)
    text = render_written_section(answer, ITEMS, language)

    assert [one.sentence for one in check_section_parts(answer, ITEMS, language)] == []
    assert [one.sentence for one in check_section_text(text, ITEMS, language)] == []
    evidence = list_evidence(answer)
    assert [one.sentence for one in check_section_text(text, ITEMS, language, evidence=evidence)] == []


@pytest.mark.parametrize("language", [*SECTIONS, "cs"])
def test_an_extracted_section_passes_in_any_language(language):
    text = render_extracted_section(
        {1: "We propose RabbitNet, an anchor-free detector with 1.5B parameters for drones."}, [], ITEMS, language
    )

    assert filter_blocking_findings(check_section_text(text, ITEMS, language)) == []
    assert (
        filter_blocking_findings(check_section_text(render_extracted_section({}, [], ITEMS, language), ITEMS, language))
        == []
    )


ENGLISH = "The rescue teams can fly with less equipment and map the caves in the dark."


@pytest.mark.parametrize("language", list(SECTIONS))
def test_a_part_in_english_is_found_in_every_language(language):
    assert ("language", "block", "impact") in found(language, impact=ENGLISH)


@pytest.mark.parametrize(("language", "other"), [("de", "nl"), ("es", "fr"), ("pt", "it"), ("fr", "de"), ("nl", "de")])
def test_a_part_in_a_neighbors_language_is_found(language, other):
    _themes, trends, *_rest = SECTIONS[other]

    assert [gate for gate, _weight, part in found(language, trends=trends) if part == "trends"] != []


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("ru", "検出"),
        ("ar", "детектор"),
        ("hi", "கண்டறி"),
        ("de", "được"),
        ("de", "żółć"),
        ("fr", "größer"),
        ("es", "größer"),
        ("pl", "naïf"),
        ("it", "niño"),
        ("vi", "größer"),
    ],
)
def test_letters_of_another_alphabet_are_found(language, word):
    themes = SECTIONS[language][0]

    assert found(language, themes=f"{themes[:-1]} {word}.") == [("script", "block", "themes")]


@pytest.mark.parametrize("word", ["研究", "данные", "データ", "자료"])
@pytest.mark.parametrize("language", ["de", "fr", "es", "pl", "vi"])
def test_words_of_another_script_are_found_in_latin_languages(language, word):
    themes = SECTIONS[language][0]

    assert found(language, themes=f"{themes[:-1]} {word}.") == [("script", "block", "themes")]


@pytest.mark.parametrize(
    ("language", "wrong"),
    [
        ("de", "1,5 Billionen"),
        ("de", "1,5 Millionen"),
        ("de", "15 Milliarden"),
        ("fr", "1,5 million"),
        ("fr", "1,5 billions"),
        ("es", "1,5 millones"),
        ("es", "1,5 billones"),
        ("pt", "1,5 milhão"),
        ("it", "15 miliardi"),
        ("nl", "1,5 biljoen"),
        ("pl", "1,5 miliona"),
        ("vi", "1,5 triệu"),
        ("sv", "1,5 biljoner"),
    ],
)
def test_another_size_is_found_in_number_words_of_the_language(language, wrong):
    first = f"RabbitNet (anchor-free detector): {wrong}, DroneBench, 91,2 %, GPT-4o."
    findings = check_section_parts(section(language, first=first), ITEMS, language)

    assert [(one.gate, first[slice(*one.span)]) for one in findings if one.gate == "magnitude"] == [
        ("magnitude", wrong)
    ]


@pytest.mark.parametrize(
    ("language", "true"),
    [
        ("de", "1,5 Milliarden"),
        ("de", "1,5 Mrd."),
        ("de", "1.5B"),
        ("de", "1.5 billion"),
        ("es", "1,5 mil millones"),
        ("pt", "1,5 mil milhões"),
        ("nl", "1,5 miljard"),
        ("pl", "1,5 mld"),
        ("de", "1.500 Mio."),
        ("fr", "1 500 millions"),
    ],
)
def test_the_same_size_passes_in_number_words_of_the_language(language, true):
    first = f"RabbitNet (anchor-free detector): {true}, DroneBench, 91,2 %, GPT-4o."
    findings = check_section_parts(section(language, first=first), ITEMS, language)

    assert [one for one in findings if one.gate in {"magnitude", "numbers"}] == []


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("ja", "RabbitNetは1.5億のパラメータを持つ検出器(anchor-free detector)です。"),
        ("ja", "RabbitNetは150億のパラメータを持つ検出器(anchor-free detector)です。"),
        ("zh", "RabbitNet是拥有1.5亿参数的检测器(anchor-free detector)。"),
        ("zh", "RabbitNet是拥有15万亿参数的检测器(anchor-free detector)。"),
        ("ko", "RabbitNet은 15万 규모의 검출기(anchor-free detector)입니다."),
    ],
)
def test_another_size_is_found_in_han_letters(language, first):
    points = section("ja", first=first).points
    alone = SectionAnswer(themes=[], keywords=[], trends=[], points=points, impact=[], outlook=[])

    findings = check_section_parts(alone, ITEMS, language)

    assert [(one.gate, one.part) for one in findings if one.gate == "magnitude"] == [("magnitude", "point 1")]


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("ja", "RabbitNetは15億のパラメータと3,971枚の画像を使う検出器(anchor-free detector)です。"),
        ("zh", "RabbitNet是拥有15亿参数的检测器(anchor-free detector),准确率达到91.2%。"),
    ],
)
def test_the_same_size_passes_in_han_letters(language, first):
    assert found(language, first=first) == []


def test_a_chinese_source_is_read_with_its_amounts():
    source = SourceMaterial(
        1,
        "新模型 QiLin",
        "https://example.org/1",
        "清华大学发布拥有70亿参数的模型 QiLin,使用3万亿个词元训练,准确率达到82.5%。" * 2,
    )
    text = "칭화 대학교(清華大學) 연구진은 70억 매개변수의 QiLin을 3조 개 토큰으로 학습시켜 82.5%를 얻었습니다."

    findings = check_section_parts(make_answer({"points": [{"number": 1, "text": text}]}, [source]), [source], "ko")
    assert [one.sentence for one in findings if one.gate not in {"shape", "input"}] == []


@pytest.mark.parametrize("wrong", ["92,1", "3.917", "3 917", "92.1"])
@pytest.mark.parametrize("language", ["fr", "pl", "sv"])
def test_a_wrong_number_is_found_as_the_language_writes_it(language, wrong):
    first = f"RabbitNet (anchor-free detector): DroneBench, {wrong}, GPT-4o."
    findings = check_section_parts(section(language, first=first), ITEMS, language)

    assert [(one.gate, one.weight, first[slice(*one.span)]) for one in findings if one.gate == "numbers"] == [
        ("numbers", "warn", wrong)
    ]


@pytest.mark.parametrize(
    ("text", "language", "value", "other"),
    [
        ("3.971", "de", "3971", "3.971"),
        ("91,2", "de", "91.2", None),
        ("12.345,6", "it", "12345.6", None),
        ("12,345", "de", "12.345", "12345"),
        ("1\u202f234\u202f567", "fr", "1234567", None),
    ],
)
def test_a_number_has_the_value_that_the_language_reads(text, language, value, other):
    (one,) = find_amounts(text, language)

    assert (str(one.value), one.other if one.other is None else str(one.other)) == (value, other)


def test_german_nouns_are_not_misspelled_names():
    text = "Das Modell und sein Sensor zeigen im Systeme RabbitNet (anchor-free detector) eine Geduld wie LLM-Agenten."

    assert [one.sentence for one in check_section_parts(section("de", first=text), ITEMS, "de")] == []


def test_a_misspelled_name_is_found_in_german():
    assert ("names", "block", "point 1") in found("de", first=SECTIONS["de"][2].replace("DroneBench", "DroneBensh"))


@pytest.mark.parametrize("language", ["de", "fr", "es", "vi"])
def test_exchanged_points_are_found(language):
    _themes, _trends, first, second, *_rest = SECTIONS[language]

    assert {part for gate, _weight, part in found(language, first=second, second=first) if gate == "wiring"} == {
        "point 1",
        "point 2",
    }


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        *(("de", "Kernpunkte"), ("fr-CA", "Points clés"), ("es", "Puntos clave"), ("ja", "要点"), ("zh-Hans", "要点")),
        *(("ko-KR", "핵심 내용"), ("en", "Key points"), ("fi", "Key points")),
    ],
)
def test_headings_are_in_the_language_or_else_in_english(language, heading):
    text = render_written_section(section("de"), ITEMS, language)

    assert get_section_labels(language)["points"] == heading
    assert text.count(f"### {heading}\n") == 1
