"""Word tables for the gate for figures: metrics, tasks and languages that a number may belong to, and what may be 2D or 3D.

Only data, read in `claim_pairs` and `claim_figures`.
"""

import re

# What a number may measure: the names of metrics and of what costs something. The first match counts.
METRICS: tuple[tuple[str, str], ...] = (
    ("accuracy", r"\baccurac(?:y|ies)\b|정확도|정답률"),
    ("f1", r"\bF1\b|F1"),
    ("precision", r"\bprecision\b|정밀도"),
    ("recall", r"\brecall\b|재현율"),
    ("auc", r"\bAU(?:RO)?C\b|AU(?:RO)?C"),
    ("map", r"\bmAP\b"),
    ("bleu", r"\w{0,6}BLEU\b"),
    ("wer", r"\b[WC]ER\b|word error rate|단어 오류율|문자 오류율"),
    ("fid", r"\bFID\b"),
    ("psnr", r"\bPSNR\b"),
    ("ssim", r"\bSSIM\b"),
    ("kappa", r"\bkappa\b|카파|일치도|\bagreement\b"),
    ("correlation", r"\bcorrelation\b|상관"),
    ("sensitivity", r"\bsensitivit\w+|민감도"),
    ("specificity", r"\bspecificit\w+|특이도"),
    ("success", r"\bsuccess rates?\b|성공률"),
    ("win", r"\bwin rates?\b|승률"),
    ("training", r"\btraining\b|학습|훈련"),
    ("inference", r"\binference\b|추론"),
    ("latency", r"\blatenc\w+|지연"),
    ("throughput", r"\bthroughput\b|처리량"),
    ("memory", r"\bmemory\b|메모리"),
    ("speed", r"\bspeed-?ups?\b|\bspeed\b|속도"),
    ("cost", r"\bcosts?\b|비용"),
    ("energy", r"\benergy\b|에너지"),
    ("storage", r"\bstorage\b|저장 (?:공간|용량)"),
    ("error", r"\berrors?\b|오차|오류"),
    ("parameters", r"\bparameters?\b|매개변수|파라미터"),
    ("tokens", r"\btokens?\b|토큰"),
    ("detection", r"\bdetection\b|탐지|검출"),
    ("segmentation", r"\bsegmentation\b|분할"),
    ("emotion", r"\bemotion\w*|감정|정서"),
    ("health", r"\bmental health\b|정신 ?건강"),
    ("translation", r"\btranslation\b|번역"),
    ("retrieval", r"\bretrieval\b|검색"),
    ("generation", r"\bgeneration\b|생성"),
    ("understanding", r"\bunderstanding\b|이해"),
    ("classification", r"\bclassification\b|분류"),
    ("quality", r"\bqualit\w+|품질"),
    ("diversity", r"\bdiversity\b|다양성"),
    ("zero", r"\bzero-?shot\b|제로샷"),
    ("few", r"\bfew-?shot\b|퓨샷"),
)
METRICS += tuple(
    (name, rf"\b{english}\b|{korean}")
    for name, english, korean in (
        ("english", "English", "영어"),
        ("chinese", "Chinese", "중국어"),
        ("japanese", "Japanese", "일본어"),
        ("korean", "Korean", "한국어"),
        ("german", "German", "독일어"),
        ("french", "French", "프랑스어"),
        ("spanish", "Spanish", "스페인어"),
        ("arabic", "Arabic", "아랍어"),
        ("hindi", "Hindi", "힌디어"),
        ("russian", "Russian", "러시아어"),
        ("vietnamese", "Vietnamese", "베트남어"),
        ("portuguese", "Portuguese", "포르투갈어"),
    )
)
# Of these a number is no measure but what it was measured on.
TASKS = frozenset(
    [
        "training",
        "inference",
        "detection",
        "segmentation",
        "emotion",
        "health",
        "translation",
        "retrieval",
        "generation",
        "understanding",
        "classification",
        "zero",
        "few",
        "english",
        "chinese",
        "japanese",
        "korean",
        "german",
        "french",
        "spanish",
        "arabic",
        "hindi",
        "russian",
        "vietnamese",
        "portuguese",
    ]
)

# What may be 2D or 3D, by its first letters.
SPATIAL_NOUNS = tuple(
    (meaning, re.compile(pattern, re.IGNORECASE))
    for meaning, pattern in (
        ("model", r"model|모델|모형"),
        ("content", r"content|콘텐츠"),
        ("reconstruction", r"reconstruct|복원|재구성"),
        ("image", r"image|photo|이미지|사진|그림|영상"),
        ("video", r"video|비디오|동영상|영상"),
        ("direction", r"orient|direction|방향"),
        ("pointmap", r"pointmap|점"),
        ("point", r"point|cloud|점"),
        ("scene", r"scene|장면"),
        ("pose", r"pose|자세|포즈"),
        ("object", r"object|물체|객체"),
        ("shape", r"shape|geometr|형상|형태|기하|모양"),
        ("map", r"map|지도"),
        ("gaussian", r"gaussian|splat|가우시안|스플래팅"),
        ("detection", r"detect|탐지|검출"),
        ("human", r"human|body|avatar|사람|인체|아바타"),
        ("face", r"face|facial|얼굴"),
        ("mesh", r"mesh|메시"),
        ("motion", r"motion|동작|움직임"),
        ("representation", r"represent|표현"),
        ("generation", r"generat|생성"),
        ("segmentation", r"segment|분할"),
        ("scan", r"scan|mri|ct|스캔|의료"),
        ("volume", r"volum|부피|볼륨"),
        ("environment", r"environ|world|space|spatial|환경|세계|공간"),
        ("placement", r"place|배치"),
        ("food", r"food|음식"),
        ("asset", r"asset|에셋|자산"),
        ("prior", r"prior|사전"),
        ("feature", r"feature|특징"),
        ("print", r"print|프린|인쇄"),
        ("structure", r"structure|구조"),
        ("view", r"view|시점"),
    )
)
