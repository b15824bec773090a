"""The class of real replies: a wrong `mailbox` would silence a reader for good."""

import time

import pytest

from newsletter.transport.smtp_reply_rules import classify_reply

MAILBOX = [
    "550 5.1.1 one or more addresses were unknown",
    "550 that mailbox is not present in our directory",
    "554 x@example.org is not an active address here",
    "550 <x@example.org> does not exist",
    "550 no existe esta cuenta en el servidor",
    "550 nessun utente con questo nome",
    "550 UserUnknown; nothing was kept",
    # Gmail
    "550-5.1.1 The email account that you tried to reach does not exist. Please check the recipient's address for typos",
    "550 5.2.1 The email account that you tried to reach is disabled.",
    "550-5.2.1 The email account that you tried to reach is inactive.",
    # Outlook and Exchange Online
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [X.prod.protection.outlook.com]",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@contoso.example not found by SMTP address lookup",
    "550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [X.mail.protection.outlook.com]",
    # Naver, Daum and other Korean servers
    "550 5.1.1 No such user x@naver.com - nsmtp",
    "550 5.1.1 Inactive mbox",
    "550 5.1.1 Suspended user",
    "550 User unknown",
    "550 Account disabled",
    "550 5.1.1 RUSR 192.0.2.1: No such user: <x@example.org>",
    "550 5.1.1 <x@hanmail.net>... User unknown",
    # Yahoo
    "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [-5] - mta1.mail.yahoo.com",
    "554 30 Sorry, your message to x@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
    "552 1 Requested mail action aborted, mailbox not found",
    # Postfix, Exim, Sendmail
    "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in local recipient table",
    "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in relay recipient table",
    "550 5.1.1 <x@example.org>: Recipient address rejected: undeliverable address: unknown user",
    "550 No Such User Here",
    "550-No Such User Here",
    "550 #5.1.0 Address rejected x@example.org: no such recipient",
    "5.1.10",
]
POLICY = [
    "550 5.1.1 the address that you send from is not subscribed to this list",
    "550 5.1.1 this address is not verified, so nothing may be sent by it",
    "550 5.1.1 refused by a rule for this mailbox",
    "550 5.1.1 backscatter: this address never wrote to you",
    # Gmail
    "550-5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail.",
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
    "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.",
    "550-5.4.5 Daily sending quota exceeded for this account",
    # Outlook
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on our block list (S3140).",
    "550 5.7.606 Access denied, banned sending IP [192.0.2.1]",
    "550 5.7.511 Access denied, banned sender",
    "550 5.7.509 Access denied, sending domain does not pass DMARC verification and has a DMARC policy of reject.",
    "550 5.1.8 Access denied, bad outbound sender",
    # Naver, Daum and other Korean servers
    "421 4.3.2 Your IP(192.0.2.1) is filtered and this connection will be closed. You must register your IP",
    "421 4.3.2 Your ip blocked from this server - nsmtp",
    "550 5.7.1 <x@example.org>... Error.your access was denied. Since you sent too many e-mails",
    "550-'Transaction failed. (SPAM_SUSPECT:IP_CONTROL)",
    "550 You are registered as spammer (by user's reject list)",
    "554 5.0.0 Service unavailable (userid: mail is denied, by spam filter)",
    "550 5.7.1 Unable to relay for x@example.org",
    # Yahoo
    "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes",
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
    "554 Message not allowed - [PH01] Email not accepted for policy reasons.",
    # Others
    "550 5.1.1 <news@news.example>: Sender address rejected: User unknown in virtual mailbox table",
    "550 Verification failed for <news@news.example>: Sender verify failed; no such user here",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "550 5.1.1 rejected due to local policy",
    "550 5.1.1 수신자가 수신을 거부하였습니다",
    "550 5.1.1 받는 사람이 차단한 주소",
    "550 5.1.1 ユーザーは受信を拒否しています",
    "550 5.1.1 收件人拒绝接收",
    # The sender, in words in which others blame the recipient
    "550 5.1.1 Absender dem Empfänger unbekannt",
    "550 Adresse de l'expéditeur inconnue: utilisateur inconnu",
    "550 Remitente: usuario desconocido",
    "550 отправитель: пользователь не существует",
    "550 발신자 계정이 존재하지 않습니다",
    "550 5.1.1 送信者アドレスが存在しません",
    "550 发件人邮箱不存在",
]
PASSING = [
    "550 5.1.1 recipient: a forwarding loop was found",
    "550 5.1.1 recipient deferred, its store is not mounted",
    "550 5.1.1 the mail system full, no recipient is taken",
    "550 5.1.1 syntax error in the address",
    # Full: said as 5.1.1 and 5.2.1 too
    "452-4.2.2 The email account that you tried to reach is over quota.",
    "552-5.2.2 The email account that you tried to reach is over quota and inactive.",
    "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
    "552 Requested mail action aborted: exceeded storage allocation",
    "552 5.1.1 sorry, that mailbox is over quota",
    "550 5.1.1 <x@example.org>... mailbox is full",
    "550 5.2.1 User unknown: QuotaExceeded",
    "552 sorry, the box of x@example.org is over quota temporarily (#5.1.1)",
    "552 5.1.1 User's disk is full",
    "550 5.1.1 수신자의 메일함 용량이 초과되었습니다. 존재하지 않는 사용자",
    "550 5.1.1 Postfach ist voll",
    # Asked too often
    "450-4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "550 5.2.1 This mailbox is disabled https://support.example/?p=ReceivingRatePerm",
    "550 5.1.1 no such user: you write too quickly",
    "550 5.2.1 mailbox inactive: mails come faster than it takes them",
    # Not now
    "451 4.3.0 Temporary lookup failure: user unknown",
    "450 Requested mail action not taken: mailbox unavailable",
    "451 mta113.mail.krs.yahoo.com Resources temporarily unavailable",
    "550 5.1.1 <x@example.org>: Recipient address rejected: unverified address: connect timed out",
    "550 5.1.1 User unknown, please try again in an hour",
    "550 5.1.1 user unknown: the lookup timed out",
    "450 5.1.1 User unknown",
    "550 5.2.1 mailbox temporarily disabled",
    "550 5.2.1 This mailbox is locked until its owner signs in",
    "550 5.1.1 the account is inactive now",
    "550 5.1.1 account disabled, try again tomorrow",
    "550 5.2.1 currently this account is locked",
    "550 Message was not accepted -- invalid mailbox. Local mailbox x@example.org is unavailable: mailbox overflow",
    "550 user on vacation, the account is inactive for the summer",
    "550 5.2.1 mailbox inactive: its owner must log in to reactivate it",
    # A status of dead mailboxes beside words of something else
    "550 5.1.1 The recipient's mailbox is being migrated",
    "550 5.1.1 Recipient address rejected: directory lookup failed",
    "550 5.1.1 recipient verification failed, LDAP server unreachable",
    "550 5.1.1 Recipient rejected: could not connect to the backend",
    "550 5.1.1 the mailbox is read-only",
    "550 5.1.1 only members may write to this address",
    "550 5.1.1 this recipient takes only what known contacts write",
    "550 5.1.1 Recipient address rejected: message size limit",
    "550 5.1.3 attachments to this address are not allowed",
    "550 5.1.1 connection refused by the recipient's server",
    "550 5.1.1 시스템 점검 중: 사용자",
    "550 5.1.1 이 사용자는 해외 메일을 수신하지 않습니다",
    # Of a domain
    "553 5.1.1 Domain of address x@example.org does not exist",
    "550 5.1.1 unknown host in the address",
    "550 5.4.4 Host or domain name not found",
    # A delivery program fails
    "5.1.1 procmail: couldn't create /var/mail/x: no such user",
    # What is quoted counts
    "5.1.0 - Unknown address error 550-'5.2.2 <x@example.org> box full' (delivery attempts: 0)",
    "5.1.1 - Unknown address error 450-'4.1.1 <x@example.org> not looked up yet' (delivery attempts: 9)",
    '5.1.0 - Unknown address error 550-"Mailbox is full" (delivery attempts: 0)',
    "550 5.1.1 unknown user: host mx.example said: 452 4.2.2 no room",
    "5.1.1 deliver: cannot execute /usr/bin/x: no such user",
    "550 5.1.1 User unknown (#5.2.2)",
    "550 5.1.1 User unknown: retry time not reached for any host",
]
QUOTED = [
    ("5.1.0 - Unknown address error 550-'5.1.1 <x@example.org>... User unknown' (delivery attempts: 0)", "mailbox"),
    ("5.3.0 - Other mail system problem 550-'Unknown user x@example.org' (delivery attempts: 0)", "mailbox"),
    ("5.1.0 - Unknown address error 550-'5.7.1 <x@example.org>... Access denied' (delivery attempts: 0)", "policy"),
    ("5.1.0 - Unknown address error 550-'the line was cut' (delivery attempts: 0)", "other"),
    ("554 5.4.14 left; remote server returned '550 5.1.1 no such mailbox'", "mailbox"),
    ("550 5.1.7 <news@news.example>: Sender address rejected: host mx said: 550 5.1.1 User unknown", "policy"),
    ("550 'x@example.org' is not a registered gateway user", "mailbox"),
    ('550 "Some Person" unknown user', "mailbox"),
]
SHUT = [
    "550 5.1.1 https://mail.example/?answer=6596 x1si19972pbd.83 - gsmtp",
    "550 5.1.1 Address rejected",
    "5.1.6 (moved)",
    "5.7.1 553 Invalid recipient x@example.org",
    "550 5.1.1 User <x@example.org> unknown",
    "550 The mailbox x@mail.example.org does not exist",
    "550 5.1.1 <quota.rate@temporarily.example>: User unknown",
    "550 5.1.1 <spam@policy.example>: no such user",
    "550 no.such.user@example.org: this address no longer accepts mail",
    "550 5.2.1 This mailbox is disabled",
    "550 5.2.1 This mailbox is locked",
    "550 5.2.1 The account is inactive. Now and then that happens to an account.",
    "550 5.1.1 Account disabled",
    "550 5.1.1 이 주소는 존재하지 않는 계정입니다",
    "550 宛先不明",
    "550 Empfänger unbekannt",
    "550 Die E-Mail-Adresse existiert nicht",
    "550 The recipient may contain a non-existent account, please check the recipient address",
    "550 The mailbox was deleted",
    "550 탈퇴한 회원입니다",
    "550 没有该用户",
    "550 5.1.1 x@5.2.2.1: User unknown",
]
OTHER = [
    "554 5.4.6 too long a loop",
    "550 5.3.4 Message too big",
    "554 delivery error: dd Requested mail action aborted - mta1.mail.yahoo.com",
    "5.2.1",
    "550 5.2.1 not now and not so",
    "554 5.0.0 rejected by 5.1.1.7",
    "554 <unknown.user@example.org> rejected",
    "550 5.1.1 the message was not taken",
    "5.1.3 553 http://lists.example/why?ip=192.0.2.1 listed",
    "",
    "550",
    "\0\ud800 💥",
]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *((words, "mailbox") for words in MAILBOX + SHUT),
        *((words, "policy") for words in POLICY),
        *((words, "passing") for words in PASSING),
        *((words, "other") for words in OTHER),
        *QUOTED,
    ],
)
def test_classify_real_replies(words, expected):
    assert classify_reply(words) == expected


@pytest.mark.parametrize("words", MAILBOX)
def test_classify_temporary_replies_never_prove_that_a_mailbox_is_dead(words):
    assert classify_reply(f"451 4.1.1 {words}") == "passing"


@pytest.mark.parametrize(
    "veto", ["quota", "temporarily", "rate", "too quickly", "try again", "unverified", "timed out"]
)
@pytest.mark.parametrize(
    "words", ["550 5.1.1 User unknown", "550 5.2.1 mailbox disabled", "550 no such user", "5.1.10"]
)
def test_classify_words_of_quota_rate_and_time_veto_a_dead_mailbox(words, veto):
    assert (classify_reply(words) != "other", classify_reply(f"{words} ({veto})")) == (True, "passing")


@pytest.mark.parametrize(
    "words",
    [
        "a" * 100_000,
        "5.4.1 " * 20_000,
        "mailbox " * 20_000,
        "user" + " is" * 50_000,
        "550 '" * 20_000,
        "account " * 20_000,
    ],
)
def test_classify_takes_no_time_over_long_words(words):
    began = time.process_time()
    classify_reply(words)

    assert time.process_time() - began < 0.5
