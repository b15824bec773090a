"""Classifies the words of a mail server about a mail: a dead mailbox, the sender's fault, or trouble that passes. Pure.

The one judgement for SMTP replies, events of ESPs and bounce mail. Words count before the status, because servers say 5.1.1
and 5.2.1 also of mailboxes that are full, slow or asked too often, and an address that is wrongly taken for dead is never
written to again. So a word of quota, rate or time vetoes "dead". Where an answer quotes another, the quoted one counts,
because gateways put the same words around refusals of every kind. Each pattern has its real replies in the tests of this
module.

Not here: what follows from a class (delivery/outcomes, feedback/events).
"""

import re
from typing import Literal

Verdict = Literal["mailbox", "policy", "passing", "other"]
"""`mailbox`: dead beyond doubt. `policy`: sender or content is refused. `passing`: it may work later. `other`: none of these."""

_MAX_CHARACTERS = 2000  # that are judged: the words come from strangers, and the patterns take time over long ones
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")  # not a part of an IP address
_TEMPORARY = re.compile(r"\s*4\d\d\b")
# What leads into an answer that stands inside another: a code before a quote, or the words of a relay.
_QUOTING = re.compile(
    r"\b(?P<code>[45]\d\d)(?:(?P<dash>-)| ?)(?P<mark>['\"\u2018\u201c])"
    r"|(?:\bsaid|\breturned|\breason|\bresponse was|smtp;)[: ]{1,3}['\"\u2018\u201c]?(?=[45]\d\d[ :-]|[45]\.\d)",
)
_ANSWER = re.compile(r"[45](?:\d\d[ :-]|\.\d)")
_CLOSING = re.compile("['\"\u2019\u201d](?=[\\s).,;]|$)")

# Taken out before anything is judged: <quota.rate@temporarily.example> says nothing of a quota.
_ADDRESS = re.compile(r"<{0}>|\({0}\)|\[{0}\]|{0}".format(r"[^\s<>()\[\]'\"@,;:=]{1,64}@[^\s<>()\[\]'\"@,;:]{1,255}"))

# The sender or the content is refused: a reader can do nothing about it, and must not pay for it.
_POLICY = re.compile(
    r"spam|unsolicited|\bbulk\b|blocked|block ?list|black ?list|deny ?list|banned|reputation|polic(?:y|ies)|\brbl\b|dnsbl"
    r"|spamhaus|\bdmarc\b|\bspf\b|\bdkim\b|authenticat|reverse dns|\bptr\b|\bhelo\b|your ip|too many|\bsender\b|mail ?from"
    r"|relay(?:ing)? (?:access )?(?:is )?(?:denied|not|operation|prohibited)|unable to relay|access was denied"
    r"|virus|malware|content (?:rejected|denied)|not accepted for|not accepting mail from|complaint|quota exceeded for"
    r"|\bbatv\b|backscatter|(?:address|sender)\w*[- ]?filter|fully qualified|different (?:address|alias)"
    r"|not subscribed|from ip address|multiple addresses|\brule\b|not verified|no valid recipients from|non-?compliant"
    r"|rate limit|스팸|차단|수신[을 ]{0,3}거부|受信(?:を)?拒否|迷惑メール|拒收|拒绝接收|垃圾邮件"
    # The sender in other languages, where it is the one that is unknown
    r"|(?:absender|expéditeur|remitente|remetente|mittente|отправител)[^.;]{0,40}(?:unbekannt|existiert nicht|inconnu|n'existe pas"
    r"|desconocid|desconhecid|no existe|não existe|sconosciut|inesistente|non esiste|неизвест|не существует|не найден)"
    r"|(?:발신자|보낸 ?사람|送信者|差出人|发件人|寄件人|寄件者)[^.;。]{0,30}(?:존재하지|찾을 수|없|存在しま|不明|不存在)",
)
# 5.1.7 and 5.1.8 are about the sender's address, 5.7.x about what is allowed to whom.
_POLICY_STATUS = re.compile(r"[245]\.(?:7\.\d+|1\.[78])")
# Full, slow, asked too often, or its domain or its server has trouble: the mailbox may live.
_PASSING = re.compile(
    r"quota|\brate\b|ingrate|rate ?limit|temporar|too (?:quickly|fast|often)|try(?:ing)? (?:it )?again|tried again|try (?:\w+ )?later"
    r"|\bretry|please resend|unverified|tim(?:ed|e) ?out|for now\b|faster than|gr[ae]y ?list|throttl|overload|\bbusy\b"
    # Of a domain, whose records may be back tomorrow
    r"|domain[^.;]{0,40}(?:does(?: not|n't) exist|not (?:exist|found)|unknown|invalid)|(?:unknown|invalid) (?:domain|host)\b"
    r"|host[^.;]{0,20}(?:unknown|not found)"
    r"|verification (?:is )?in progress|(?:queue|delivery|message|retry|time)[^.;]{0,30}expired|retry time"
    r"|(?:mail)?box (?:is |has |size |too )*full|(?:mail)?box overflow|over ?full|\bis full\b|disk (?:is )?full|\bfull mailbox"
    r"|exceed(?:s|ed|ing)?\b[^.;]{0,40}(?:storage|size|limit|space|allocat)|storage (?:limit|allocation|space|exceeded)"
    r"|(?:insufficient|not enough|out of|no) (?:\w+ )?(?:disk |free )?(?:storage|space)|over its (?:limit|size)"
    r"|(?:could ?n[o']t|cannot|can't|unable to|failed to) (?:create|open|write|lock)|no such file|permission denied"
    r"|cannot execute|command (?:died|not found)|exit (?:status|code)"  # of a delivery program
    r"|용량|가득|꽉|일시적|잠시 ?후|나중에 다시|一杯|容量|いっぱい|一時的|已满|已滿|超出|稍后|稍後"
    r"|\bvoll\b|überfüllt|vorübergehend|zurzeit|\bplein|saturée|temporairement|\bllen[oa]\b|\bcheia\b|\bpien[oa]\b|переполнен",
)
_PASSING_STATUS = {"2.2", "4.7"}  # full; tried for too long
# A closed mailbox counts as dead, unless the words beside it say that this will end.
_CLOSED = r"\b(?:disabled|locked|inactive|deactivated|suspended)\b"
_FOR_A_TIME = (
    r"\b(?:temporarily|now|currently|at (?:this|the) (?:time|moment)|try again|until|vacation|holiday"
    r"|maintenance|migrat\w+|pending|must (?:log|sign) in|(?:to )?(?:reactivate|re-enable|unlock)|reactivation)\b"
)
_CLOSED_FOR_A_TIME = re.compile(
    rf"{_CLOSED}[^.;]{{0,60}}{_FOR_A_TIME}|{_FOR_A_TIME}[^.;]{{0,60}}{_CLOSED}",
)
# Beside a status of dead mailboxes: a server that refuses, asks back or fails like this does not say that nobody is there.
_OTHER_REASON = re.compile(
    r"(?:lookup|ldap|directory|database|backend|callout|verif\w+|server|service)[^.;]{0,30}"
    r"(?:fail|error|unreachable|unavailable|not available|not respond|down\b)"
    r"|\bloop|deferred|delayed|malformed|source-routed|maximum size|limit exceeded|white ?list|\btls\b|mismatch|syntax error|system full|access denied|connect|unreachable|migrat|maintenance|read.?only|shutting down|\bpending|tomorrow|vacation|holiday|\bnot yet"
    r"|\bonly\b|\bmembers?\b|\baccepts? (?:only )?(?:e-?)?(?:mail|messages?) from|refuses|\bnot (?:allowed|permitted|authori[sz]ed)"
    r"|not accept(?:ing)? (?:e-?)?(?:mail|messages?)|restrict|opted out|message size|size limit|too (?:large|big)|attachment"
    r"|점검|허용|수신하지 ?않|許可|メンテナンス|维护|維護|只接收|wartung|mantenimiento|обслуживани",
)
# RFC 3463: bad mailbox, bad syntax of it, moved without a new address; RFC 7505: a domain that takes no mail.
_DEAD_STATUS = {"5.1.1", "5.1.3", "5.1.6", "5.1.10"}
_CLOSED_STATUS = "5.2.1"  # said of mailboxes that are closed, and of those that get mail too fast
# Words that servers say of a mailbox that does not exist, and of nothing else.
_DEAD = re.compile(
    r"\b556 5\.1\.10\b|null mx|no such (?:local )?(?:user|recipient|mailbox|address|account|person)"
    r"|(?:user|recipient|mailbox|address|addressee|account) (?:is )?"
    r"(?:unknown|not (?:found|known|exist)|does(?: not|n't) exist|disabled|inactive|suspended|closed|terminated|invalid)"
    r"|unknown (?:local |final )?(?:user|recipient|mailbox|address|addressee|account|local.part)|no mailbox"
    r"|(?:account|user|mailbox)[^.;]{0,60}(?:does(?: not|n't) exist|(?:has been|is) (?:disabled|discontinued|closed))"
    r"|account[^.;]{0,40}is inactive|account has been terminated"
    r"|(?:account|user|mailbox|address|recipient)[^.;]{0,60}(?:no longer (?:exists?|is valid|valid|active|in use|available|accepts? (?:e-?)?mail)"
    r"|(?:could|was)(?: not|n't) (?:be )?found|can(?:not|'t) be found)|bad destination mailbox|unknown or illegal (?:alias|user)"
    r"|no (?:user|account|mailbox) (?:by|of|with) (?:that|this) name"
    r"|invalid (?:final delivery )?(?:recipient|mailbox|user|final)|inactive (?:mbox|user|mailbox)|suspended user"
    r"|doesn't have an? [\w.]+ account|recipient ?not ?found|not a (?:\w+ )?valid (?:mailbox|user|recipient)"
    r"|name is not recogni[sz]ed|not our (?:user|customer)|no longer on (?:this )?server|user\b[^.;\n]{0,80}not listed"
    r"|not a (?:registered|known) (?:\w+ )?user|no one (?:here )?by that name|#5\.1\.0 address rejected"
    r"|(?:address|mailbox|user|recipient)(?:s|es)? (?:is |are |was |were )?(?:not (?:present|active|valid)|unknown)"
    r"|not listed in (?:the )?(?:public |domino )?(?:directory|name)|no se encuentra en el directorio|ディレクトリのリストにありません"
    r"|inactive e-?mail address|no valid recipients for"
    r"|not an active (?:address|user)|no one (?:at|by|with) this (?:address|name)|no mail ?box|invalid[- ](?:e-?mail )?address"
    r"|user ?unknown|recipient-?invalid|invalid(?:-| or unknown )(?:virtual )?(?:recipient|user)|not in my validrcptto"
    r"|^(?:\W*[45](?:\d\d\b|\.\d+\.\d+))*\W*does(?: not|n't) exist"
    r"|non-?existent (?:user|account|mailbox|recipient|address)|(?:account|mailbox|user) (?:has been|was|is) (?:deleted|removed)"
    # Korean, Japanese, Chinese
    r"|존재하지 ?않는 (?:사용자|수신자|메일|계정|주소)|없는 (?:사용자|수신자|계정|메일 ?주소)"
    r"|(?:사용자|수신자|계정|메일 ?주소|메일함)[^.\n]{0,12}(?:존재하지 ?않|찾을 수 없|없습니다)"
    r"|(?:탈퇴|해지|등록되지 ?않은|가입되지 ?않은)(?:한|된)? ?(?:회원|사용자|계정|아이디)"
    r"|宛先不明|(?:ユーザー?|アドレス|受信者)[^。\n]{0,12}(?:存在しません|見つかりません|不明)"
    r"|(?:用户|用戶|收件人|邮箱|郵箱|信箱|帐号|帳號)[^。\n]{0,10}不存在|查无此人|查無此人|(?:无此|没有该|無此)(?:用户|用戶|收件人|帐号)"
    # German, French, Spanish, Portuguese, Italian, Russian
    r"|(?:empfänger|benutzer|postfach|konto|mail-?adresse)[^.\n]{0,30}(?:unbekannt|existiert nicht|nicht gefunden|kein konto)"
    r"|unbekannter? (?:empfänger|benutzer|nutzer)|(?:utilisateur|destinataire|compte)[^.\n]{0,20}(?:inconnu|n'existe pas|introuvable)"
    r"|(?:usuario|usuário|destinat[aá]rio|cuenta|conta)[^.\n]{0,20}(?:desconocid|desconhecid|no existe|não existe)"
    r"|no existe (?:\w+ )?(?:usuario|persona|cuenta)|nessun utente"
    r"|(?:utente|destinatario|casella)[^.\n]{0,20}(?:sconosciut|inesistente|non esiste)"
    r"|(?:пользовател|ящик|получател)[^.\n]{0,20}(?:не существует|не найден|неизвестен)",
)
# Said by Microsoft of a dead mailbox, and by others of one that rests: believed beside a permanent code only.
_DEAD_WITH_CODE = re.compile(r"\b5(?:\d\d|\.\d+\.\d+)\b.*?mailbox (?:unavailable|not available)", re.DOTALL)
# Codes, links, hosts and ids.
_NOT_WORDS = re.compile(r"\S*(?:\d|\w\.\w|://)\S*|\b\w?smtp\b|\([^()]*\)")
# Words that stand beside a status of dead mailboxes where it is meant, and with refusals that are about one mailbox.
_ABOUT_MAILBOX = re.compile(
    r"mbox|mailbox|user|recip|\brcpt|address|account|alias|person|inactive|suspend|disabled|locked|quota|\bfull\b|unverified"
    r"|수신|사용자|계정|주소|메일함|宛先|アドレス|ユーザ|用户|用戶|收件|邮箱|郵箱|信箱|地址"
)
_EXCHANGE_UNKNOWN_ADDRESS = re.compile(r"5\.4\.1\D.*recipient address rejected: access denied", re.DOTALL)


def classify_reply(words: str) -> Verdict:
    """Return what a server's words say of the mailbox that a mail was for; a code and a status may stand before them."""
    words = _normalize_words(words)
    inner = _find_innermost_reply(words)
    statuses = [found[0] for found in _STATUS.finditer(inner)]
    status = statuses[0] if statuses else ""
    temporary = _is_temporary(words) or _is_temporary(inner)
    if any(one[2:] in _PASSING_STATUS for one in statuses):
        return "passing"  # full, whatever the words beside it
    # Exchange Online's answer for an address that its directory does not know; its status is one of the network.
    if not temporary and _EXCHANGE_UNKNOWN_ADDRESS.search(words):
        return "mailbox"
    if _POLICY.search(words):
        return "policy"
    if _POLICY_STATUS.fullmatch(status) and not _DEAD.search(inner):
        return "policy"
    if temporary or _PASSING.search(inner) or _CLOSED_FOR_A_TIME.search(inner) or _is_only_status(inner, status):
        return "passing"
    return "mailbox" if _is_dead(inner, status) else "other"


def is_about_mailbox(words: str) -> bool:
    """Say whether a refusal is about one mailbox that may live, and not about the sender, a relay or the network."""
    words = _normalize_words(words)
    found = _STATUS.search(_find_innermost_reply(words))
    about = found[2] in {"1", "2"} if found else bool(_ABOUT_MAILBOX.search(words))
    return about and classify_reply(words) in {"passing", "other"}


def is_unrelated_to_mailbox(words: str) -> bool:
    """Say whether a refusal with a code is about a loop, a size or the like, which proves nothing of the mailbox."""
    words = _normalize_words(words)
    return bool(_ANSWER.search(words)) and classify_reply(words) == "other" and not is_about_mailbox(words)


def _normalize_words(words: str) -> str:
    """Return words as the patterns expect them: one line of small letters without addresses, which hold words themselves."""
    words = " ".join(words[:_MAX_CHARACTERS].lower().split())
    return " ".join(_ADDRESS.sub("", words).split()) if "@" in words else words


def _is_dead(words: str, status: str) -> bool:
    """Say whether words that nothing vetoes are about a mailbox that will never exist again.

    A status alone proves it only where no words stand beside it, or words about a mailbox: servers send 5.1.1 and 5.1.3
    with refusals of every kind.
    """
    if _DEAD.search(words) or _DEAD_WITH_CODE.search(words):
        return True
    if status in _DEAD_STATUS:
        return bool(_ABOUT_MAILBOX.search(words)) or not re.search(r"[^\W\d_]{3}", _NOT_WORDS.sub("", words))
    return status == _CLOSED_STATUS and bool(re.search(_CLOSED, words))


def _is_only_status(words: str, status: str) -> bool:
    """Say whether only the status speaks of a dead mailbox, and the words beside it give another reason."""
    return status in _DEAD_STATUS and not _DEAD.search(words) and bool(_OTHER_REASON.search(words))


def _is_temporary(words: str) -> bool:
    """Say whether code or status is a temporary one; where they disagree, the temporary one counts."""
    found = _STATUS.search(words)
    return bool(_TEMPORARY.match(words)) or (found is not None and found[1] == "4")


def _find_innermost_reply(words: str) -> str:
    """Return the reply that others are wrapped around, or the words as they are."""
    for found in reversed(list(_QUOTING.finditer(words))):
        inner = words[found.end() :]
        if found["mark"]:
            inner = _CLOSING.split(inner, maxsplit=1)[0]
            # A name or an address in quotes is no reply: that begins with a code, or has at least three words.
            if not (found["dash"] or _ANSWER.match(inner)) and len(inner.split()) < 3:
                continue
            inner = f"{found['code']} {inner}"
        if inner.strip(" '\"0123456789"):
            return inner
    return words
